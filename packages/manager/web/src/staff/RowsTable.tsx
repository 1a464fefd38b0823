import { Button, Group } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { showValue } from '../patient/present.ts'
import { cellClass } from '../patient/RecordTable.tsx'
import { useAsked } from '../patient/SessionContext.tsx'
import { staff } from '../text/staff.ts'
import { Nothing } from '../ui/Nothing.tsx'
import { RecordGrid } from '../ui/RecordGrid.tsx'
import { Tone } from '../ui/Tone.tsx'
import { Waiting } from '../ui/Waiting.tsx'
import { api, type Resource, type Rows, type Values } from './api.ts'
import { ChangeRow } from './ChangeRow.tsx'
import { useLiveCount } from './live.ts'

const text = staff.patient

/** The entry as it stood when its button was pressed: rows move when others come. */
type Changing = {
  readonly row: readonly (string | null)[]
  readonly key: readonly (string | null)[]
  readonly how: 'correct' | 'retract'
}

/** The entries of one kind in the institution's own database, with correction and retraction. */
export function RowsTable(props: { id: string; resource: Resource; version: number }): ReactNode {
  const { id, resource } = props
  const live = useLiveCount()
  const [saved, setSaved] = useState(0)
  const [changing, setChanging] = useState<Changing>()
  const key = `${id} ${resource.name} ${props.version} ${live} ${saved}`
  const asked = useAsked(key, () => api.rows(id, resource.name))
  if (asked.state === 'loading') return <Waiting />
  if (asked.state === 'failed') return <Tone mood="bad">{asked.reason}</Tone>
  const table = asked.value
  if (table.rows.length === 0) return <Nothing title={text.noRows} />
  return (
    <div className="stack">
      {changing ? (
        <ChangeRow
          key={JSON.stringify([changing.key, changing.how])}
          id={id}
          resource={resource}
          table={table}
          row={changing.row}
          rowKey={keyOf(resource, changing.key)}
          how={changing.how}
          onClose={() => {
            setChanging(undefined)
            setSaved(saved + 1)
          }}
        />
      ) : null}
      <Grid resource={resource} table={table} onChange={setChanging} />
    </div>
  )
}

function keyOf(resource: Resource, values: readonly (string | null)[]): Values {
  return Object.fromEntries(resource.recordKey.map((name, i) => [name, values[i] ?? null]))
}

function Grid(props: {
  resource: Resource
  table: Rows
  onChange: (changing: Changing) => void
}): ReactNode {
  const { resource, table } = props
  const canChange = resource.update || resource.retract
  const change = (at: number, how: Changing['how']): void =>
    props.onChange({ row: table.rows[at] ?? [], key: table.keys[at] ?? [], how })
  const actions = (at: number): ReactNode => (
    <Group gap="xs">
      {resource.update ? (
        <Button size="compact-sm" variant="default" onClick={() => change(at, 'correct')}>
          {text.correct}
        </Button>
      ) : null}
      {resource.retract ? (
        <Button size="compact-sm" variant="default" onClick={() => change(at, 'retract')}>
          {text.retract}
        </Button>
      ) : null}
    </Group>
  )
  return (
    <RecordGrid
      label={resource.label}
      caption={text.rows(table.rows.length)}
      columns={[...table.fields, ...(canChange ? [{ name: '', label: text.actions }] : [])]}
      rows={table.rows.map((row, at) => [
        ...table.fields.map((field, i) => ({
          className: cellClass(field, row[i]),
          shown: showValue({ ...field, bit: i }, row[i] ?? null),
        })),
        { shown: actions(at) },
      ])}
    />
  )
}
