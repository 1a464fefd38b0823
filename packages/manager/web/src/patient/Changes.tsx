import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { record } from '../text/record.ts'
import { showDate } from '../ui/dates.ts'
import { Facts } from '../ui/Facts.tsx'
import type { Table } from './model.ts'
import { type Difference, differences, isDull, showValue } from './present.ts'

const text = record.change

/** Old and new values, entry by entry. */
export function Changes(props: { former: Table; current: Table }): ReactNode {
  const found = differences(props.former, props.current)
  if (found.length === 0) return <Text c="dimmed">{text.same}</Text>
  return (
    <ul className="plain stack">
      {found.map((one) => (
        <li key={`${one.kind}${one.title}${one.date}`} className="panel">
          <Text fw={650}>
            {text[one.kind]}: {one.title}
            {one.date ? `, ${showDate(one.date)}` : ''}
          </Text>
          <Facts
            facts={shown(one).map((cell) => [
              cell.field.label,
              <Cell key="v" one={one} cell={cell} />,
            ])}
          />
        </li>
      ))}
    </ul>
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
