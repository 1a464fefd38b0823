import { Button, Text } from '@mantine/core'
import { type ReactNode, useMemo, useState } from 'react'
import { record } from '../text/record.ts'
import { showDate } from '../ui/dates.ts'
import { Facts } from '../ui/Facts.tsx'
import type { Table } from './model.ts'
import { type Difference, differences, isDull, showValue } from './present.ts'

const text = record.change

/** Entries that stand there at first, and that one press adds. */
const [shownAtFirst, shownMore] = [20, 100]

/** Old and new values, entry by entry. */
export function Changes(props: { former: Table; current: Table }): ReactNode {
  const { former, current } = props
  const [wanted, setWanted] = useState(shownAtFirst)
  const found = useMemo(() => differences(former, current), [former, current])
  const isPart = [former, current].some(({ read }) => read)
  if (found.length === 0) return <Text c="dimmed">{isPart ? text.sameBeginning : text.same}</Text>
  return (
    <div className="stack">
      {isPart ? <Text c="dimmed">{text.beginning}</Text> : null}
      <ul className="plain stack">
        {found.slice(0, wanted).map((one, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: differences have no name of their own, and keep their order
          <li key={at} className="panel">
            <Entry one={one} />
          </li>
        ))}
      </ul>
      {found.length > wanted ? (
        <Button variant="subtle" onClick={() => setWanted(wanted + shownMore)}>
          {text.more(found.length - wanted)}
        </Button>
      ) : null}
    </div>
  )
}

function Entry(props: { one: Difference }): ReactNode {
  const { one } = props
  return (
    <>
      <Text fw={650}>
        {text[one.kind]}: {one.title}
        {one.date ? `, ${showDate(one.date)}` : ''}
      </Text>
      <Facts
        facts={shown(one).map((cell) => [cell.field.label, <Cell key="v" one={one} cell={cell} />])}
      />
    </>
  )
}

/** Of an entry that is new or gone: what people read. Of a changed one: every change. */
function shown(one: Difference): Difference['cells'] {
  if (one.kind === 'changed') return one.cells
  return one.cells.filter(
    ({ field, before, after }) => !isDull(field.name) && (before ?? after) !== null,
  )
}

function Cell(props: { one: Difference; cell: Difference['cells'][number] }): ReactNode {
  const { one, cell } = props
  return (
    <>
      {one.kind === 'added' ? null : (
        <span>
          {one.kind === 'removed' ? null : (
            <Text component="span" fz="sm" c="dimmed">
              {text.was}{' '}
            </Text>
          )}
          <del className="old">{showValue(cell.field, cell.before)}</del>{' '}
        </span>
      )}
      {one.kind === 'removed' ? null : (
        <span>
          {one.kind === 'added' ? null : (
            <Text component="span" fz="sm" c="dimmed">
              {text.is}{' '}
            </Text>
          )}
          <ins className="new">{showValue(cell.field, cell.after)}</ins>
        </span>
      )}
    </>
  )
}
