import { NativeSelect, SimpleGrid, Text, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { database } from '../../text/database.ts'
import type { Label, Overview } from './api.ts'
import { type Draft, type Kind, kindsOf } from './draft.ts'
import { Ticks } from './PickTable.tsx'

const text = database.setup

/** Tables that nobody may ever read through MedRec, and kinds of records that are sensitive. */
export function StaysStep(props: {
  overview: Overview
  draft: Draft
  onChange: (more: Partial<Draft>) => void
}): ReactNode {
  const { overview, draft, onChange } = props
  const { found, exclusions, others, sensitivity, tables, mapping } = draft
  const kept = found.isPresent ? overview.catalogue.exclusions.map(({ table }) => table) : []
  const isShared = (place: string): boolean =>
    mapping === 'pick' && tables[place]?.isShared === true
  const places = found.tables
    .map(({ place }) => place)
    .filter((place) => !kept.includes(place) && !isShared(place))
  return (
    <div className="stack">
      <div className="panel stack">
        {kept.map((table) => (
          <Text key={table}>
            {table}: {text.staysAnyway}
          </Text>
        ))}
        {places.length > 0 ? (
          <Ticks
            label={text.exclusions}
            about={text.exclusionsAbout}
            names={places}
            ticked={exclusions.filter((table) => places.includes(table))}
            onChange={(ticked) => onChange({ exclusions: ticked })}
          />
        ) : null}
        <TextInput
          label={text.other}
          description={text.otherAbout}
          value={others}
          onChange={(event) => onChange({ others: event.currentTarget.value })}
        />
      </div>
      <div className="panel stack">
        <Text fw={650}>{text.sensitive}</Text>
        <Text c="dimmed">{text.sensitiveAbout}</Text>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {kindsOf(draft, overview).map((kind) => (
            <Sensitive
              key={kind.name}
              kind={kind}
              chosen={sensitivity[kind.name] ?? kind.sensitivity}
              onChange={(label) =>
                onChange({ sensitivity: { ...sensitivity, [kind.name]: label } })
              }
            />
          ))}
        </SimpleGrid>
      </div>
    </div>
  )
}

function Sensitive(props: {
  kind: Kind
  chosen: Label
  onChange: (label: Label) => void
}): ReactNode {
  return (
    <NativeSelect
      label={props.kind.label}
      value={props.chosen}
      onChange={(event) => props.onChange(event.currentTarget.value as Label)}
      data={Object.entries(database.sensitivities).map(([value, label]) => ({ value, label }))}
    />
  )
}
