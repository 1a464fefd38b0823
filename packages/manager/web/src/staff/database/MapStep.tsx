import { NativeSelect, SimpleGrid, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { database } from '../../text/database.ts'
import { Choice } from '../../ui/Choice.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { type Draft, isComplete, type PickedTable } from './draft.ts'
import { PickTable } from './PickTable.tsx'

const text = database.setup
type Column = keyof typeof text.patientColumns
type Props = { draft: Draft; onChange: (more: Partial<Draft>) => void }

/** What is to be shared: as now, a mapping that comes with MedRec, or tables and columns. */
export function MapStep({ draft, onChange }: Props): ReactNode {
  const { found, mapping } = draft
  return (
    <div className="stack">
      <Tone mood="good" live>
        {text.connected(found.name)}
      </Tone>
      <div>
        <Choice
          legend={text.mapping}
          value={mapping}
          onChange={(next) => onChange({ mapping: next, sensitivity: {} })}
          options={[
            { value: 'present', label: text.keep, about: text.keepAbout },
            ...found.mappings.map(({ name }) => ({
              value: name,
              label: text.shipped(name),
              about: name === found.recognised ? text.recognised : undefined,
            })),
            ...(found.proposal
              ? [
                  {
                    value: 'pick',
                    label: text.proposed,
                    about: `${text.proposedAbout(found.proposal.resources.length)} ${text.losesForms}`,
                  },
                ]
              : []),
          ]}
        />
      </div>
      {mapping === 'pick' ? <Tables draft={draft} onChange={onChange} /> : null}
    </div>
  )
}

function Tables({ draft, onChange }: Props): ReactNode {
  const { found, tables } = draft
  const change = (place: string, picked: PickedTable): void =>
    onChange({ tables: { ...tables, [place]: picked } })
  const shared = Object.values(tables).filter(({ isShared }) => isShared).length
  return (
    <>
      <PatientColumns draft={draft} onChange={onChange} />
      <Text fw={650} role="status">
        {text.sharedCount(shared)}
      </Text>
      <ul className="plain stack">
        {found.tables.map((table) => (
          <li key={table.place} className="panel">
            <PickTable
              table={table}
              picked={tables[table.place] as PickedTable}
              onChange={(picked) => change(table.place, picked)}
            />
          </li>
        ))}
      </ul>
      {isComplete(draft) ? null : <Tone mood="info">{text.incomplete}</Tone>}
    </>
  )
}

function PatientColumns({ draft, onChange }: Props): ReactNode {
  const { found, patients } = draft
  const table = found.tables.find(({ place }) => place === patients.table)
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} className="panel">
      <NativeSelect
        label={text.patients}
        value={patients.table ?? ''}
        onChange={(event) => {
          const chosen = found.tables.find(({ place }) => place === event.currentTarget.value)
          onChange({ patients: chosen?.patients ?? {} })
        }}
        data={['', ...found.tables.map(({ place }) => place)]}
      />
      {table
        ? (Object.keys(text.patientColumns) as Column[]).map((column) => (
            <NativeSelect
              key={column}
              label={text.patientColumns[column]}
              value={patients[column] ?? ''}
              onChange={(event) => {
                const { [column]: _, ...rest } = patients
                const name = event.currentTarget.value
                onChange({ patients: name === '' ? rest : { ...rest, [column]: name } })
              }}
              data={[
                { value: '', label: text.none },
                ...table.columns.map(({ name }) => ({ value: name, label: name })),
              ]}
            />
          ))
        : null}
    </SimpleGrid>
  )
}
