import { Button, NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import type { Hex } from '@medrec/protocol'
import { type ReactNode, useState } from 'react'
import { common } from '../text/common.ts'
import { staff } from '../text/staff.ts'
import type { ExplainChoice, Question } from './api.ts'

const text = staff.explain
const kinds = ['query', 'index', 'log'] as const

/** Chooses who would ask for what, and when. */
export function ExplainForm(props: {
  choices: readonly ExplainChoice[]
  onAsk: (question: Question) => void
}): ReactNode {
  const { choices, onAsk } = props
  const [id, setId] = useState(choices[0]?.id ?? '0x')
  const chosen = choices.find((one) => one.id === id)
  const [viewer, setViewer] = useState('')
  const [kind, setKind] = useState<(typeof kinds)[number]>('query')
  const [resource, setResource] = useState('')
  const [purpose, setPurpose] = useState('0')
  const [block, setBlock] = useState('')
  const asker = chosen?.viewers.find(({ idTag }) => idTag === viewer) ?? chosen?.viewers[0]
  const record = chosen?.records.find((one) => one.resource === resource) ?? chosen?.records[0]
  const ask = (): void => {
    if (!chosen || !asker) return
    onAsk({
      relationship: chosen.id,
      viewer: asker.idTag,
      kind,
      ...(kind === 'query' && record && { resource: record.resource, purpose: Number(purpose) }),
      ...(/^\d+$/.test(block) && { block: Number(block) }),
    })
  }
  return (
    <form
      style={{ marginTop: '1.5rem' }}
      onSubmit={(event) => {
        event.preventDefault()
        ask()
      }}
    >
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <NativeSelect
          label={text.relationship}
          value={id}
          onChange={(event) => setId(event.currentTarget.value as Hex)}
          data={choices.map((one) => ({ value: one.id, label: one.id.slice(0, 18) }))}
        />
        <NativeSelect
          label={text.viewer}
          value={asker?.idTag ?? ''}
          onChange={(event) => setViewer(event.currentTarget.value)}
          data={(chosen?.viewers ?? []).map(({ idTag, name }) => ({
            value: idTag,
            label: `${name} (${idTag.slice(0, 10)})`,
          }))}
        />
        <NativeSelect
          label={text.kind}
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as typeof kind)}
          data={kinds.map((value) => ({ value, label: text.kinds[value] }))}
        />
        {kind === 'query' ? (
          <RecordFields
            records={chosen?.records ?? []}
            {...{ resource: record?.resource ?? '', setResource, purpose, setPurpose }}
          />
        ) : null}
        <TextInput
          label={text.block}
          inputMode="numeric"
          pattern="[0-9]*"
          value={block}
          onChange={(event) => setBlock(event.currentTarget.value)}
        />
      </SimpleGrid>
      <Button type="submit" mt="md">
        {text.go}
      </Button>
    </form>
  )
}

function RecordFields(props: {
  records: ExplainChoice['records']
  resource: string
  setResource: (resource: string) => void
  purpose: string
  setPurpose: (purpose: string) => void
}): ReactNode {
  return (
    <>
      <NativeSelect
        label={text.record}
        value={props.resource}
        onChange={(event) => props.setResource(event.currentTarget.value)}
        data={props.records.map((one) => ({ value: one.resource, label: one.label }))}
      />
      <NativeSelect
        label={text.purpose}
        value={props.purpose}
        onChange={(event) => props.setPurpose(event.currentTarget.value)}
        data={common.purposes.map((label, value) => ({ value: String(value), label }))}
      />
    </>
  )
}
