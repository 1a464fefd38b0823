import { Checkbox, NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { common } from '../../text/common.ts'
import { database } from '../../text/database.ts'
import type { FoundTable } from './api.ts'
import type { PickedTable } from './draft.ts'

const text = database.setup

/** Whether and how a table is shared. */
export function PickTable(props: {
  table: FoundTable
  picked: PickedTable
  onChange: (picked: PickedTable) => void
}): ReactNode {
  const { table, picked, onChange } = props
  const { isShared, category, label, owner, key, hidden } = picked
  const columns = table.columns.map(({ name }) => name)
  const shareable = table.columns.filter(({ name, field }) => field && name !== owner)
  return (
    <div className="stack">
      <Checkbox
        label={text.share(table.place)}
        checked={isShared}
        onChange={(event) => onChange({ ...picked, isShared: event.currentTarget.checked })}
      />
      {isShared ? (
        <>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <NativeSelect
              label={text.category}
              value={String(category)}
              onChange={(event) =>
                onChange({ ...picked, category: Number(event.currentTarget.value) })
              }
              data={Object.entries(common.categories).map(([value, name]) => ({
                value,
                label: name,
              }))}
            />
            <TextInput
              label={text.heading}
              value={label}
              onChange={(event) => onChange({ ...picked, label: event.currentTarget.value })}
              maxLength={200}
            />
            <NativeSelect
              label={text.owner}
              value={owner}
              onChange={(event) => onChange({ ...picked, owner: event.currentTarget.value })}
              data={['', ...columns]}
            />
          </SimpleGrid>
          <details className="technical" style={{ marginTop: 0 }} open={key.length === 0}>
            <summary>
              {text.columns(shareable.filter(({ name }) => !hidden.includes(name)).length)}
            </summary>
            <Ticks
              label={text.rows}
              names={columns}
              ticked={key}
              onChange={(ticked) => onChange({ ...picked, key: ticked })}
            />
            <Ticks
              label={text.fields}
              names={shareable.map(({ name }) => name)}
              ticked={shareable.map(({ name }) => name).filter((name) => !hidden.includes(name))}
              onChange={(ticked) =>
                onChange({ ...picked, hidden: columns.filter((name) => !ticked.includes(name)) })
              }
            />
          </details>
        </>
      ) : null}
    </div>
  )
}

/** Some of several names. */
export function Ticks(props: {
  label: string
  about?: string
  names: readonly string[]
  ticked: readonly string[]
  onChange: (ticked: string[]) => void
}): ReactNode {
  return (
    <Checkbox.Group
      label={props.label}
      description={props.about}
      value={[...props.ticked]}
      onChange={props.onChange}
    >
      <div className="chips" style={{ marginTop: '.5rem', columnGap: '1.5rem' }}>
        {props.names.map((name) => (
          <Checkbox key={name} value={name} label={name} />
        ))}
      </div>
    </Checkbox.Group>
  )
}
