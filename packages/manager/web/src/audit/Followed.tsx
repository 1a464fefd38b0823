import { Button, Group, NativeSelect, Title } from '@mantine/core'
import { type Audit, AuditFile } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import { type ReactNode, useMemo, useState } from 'react'
import { audit as text } from '../text/audit.ts'
import { live } from '../text/live.ts'
import { ColumnHeads } from '../ui/ColumnHeads.tsx'
import { showMoment } from '../ui/dates.ts'
import { Nothing } from '../ui/Nothing.tsx'
import { offerFile } from '../ui/offerFile.ts'
import { Scroll } from '../ui/Scroll.tsx'

/** Entries on screen; saved files hold all. */
const shown = 200
const short = (tag: string): string => tag.slice(0, 12)

/** One viewer or one emergency over all institutions, and the entries to keep. */
export function Followed({ audit }: { audit: Audit.Audit }): ReactNode {
  const [viewer, setViewer] = useState('')
  const [emergency, setEmergency] = useState('')
  const all = useMemo(() => audit.entries(), [audit])
  const entries = audit.entries({
    ...(viewer && { viewer: viewer as Hex }),
    ...(emergency && { emergency: emergency as Hex }),
  })
  return (
    <section style={{ marginTop: '2rem' }}>
      <Title order={2}>{text.follow}</Title>
      <p>{text.followLead}</p>
      <Group align="end" mb="md" className="no-print">
        <NativeSelect
          label={text.who}
          value={viewer}
          onChange={(event) => setViewer(event.currentTarget.value)}
          data={[{ value: '', label: text.everybody }, ...viewersIn(all)]}
        />
        <NativeSelect
          label={text.emergency}
          value={emergency}
          onChange={(event) => setEmergency(event.currentTarget.value)}
          data={[{ value: '', label: text.everything }, ...emergenciesIn(all)]}
        />
      </Group>
      <Save entries={entries} />
      <Title order={3} mb="sm">
        {text.list}
      </Title>
      {entries.length === 0 ? <Nothing title={text.none} /> : <Entries entries={entries} />}
    </section>
  )
}

function Save({ entries }: { entries: readonly Audit.Entry[] }): ReactNode {
  const offer = (name: string, type: string, pieces: Iterable<string>): void =>
    offerFile(name, new Blob([...pieces], { type }))
  return (
    <Group mb="lg" className="no-print">
      <Button
        variant="default"
        onClick={() => offer('audit.csv', 'text/csv', AuditFile.csvOf(entries))}
      >
        {text.save.csv}
      </Button>
      <Button
        variant="default"
        onClick={() =>
          offer(
            'audit.jsonl',
            'application/x-ndjson',
            entries.map((entry) => `${JSON.stringify(entry)}\n`),
          )
        }
      >
        {text.save.json}
      </Button>
      <Button
        variant="default"
        onClick={() => offer('audit.json', 'application/fhir+json', AuditFile.bundleOf(entries))}
      >
        {text.save.fhir}
      </Button>
    </Group>
  )
}

function Entries({ entries }: { entries: readonly Audit.Entry[] }): ReactNode {
  const some = entries.slice(-shown).toReversed()
  return (
    <>
      <Scroll label={text.list}>
        <table className="grid">
          <ColumnHeads columns={text.listColumns} />
          <tbody>
            {some.map(({ institution, name, number, patient, content }) => (
              <tr key={`${institution}${number}`}>
                <td className="day">{showMoment(content.time)}</td>
                <td>{name}</td>
                <td>{text.kinds[content.kind] ?? content.kind}</td>
                <td>{whoOf(content)}</td>
                <td>{patient ?? '–'}</td>
                <td>{AuditFile.purposeOf(content) || '–'}</td>
                <td className="long">{resultOf(content)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p>{text.patient}</p>
      {entries.length > shown ? <p>{text.shown(shown, entries.length)}</p> : null}
    </>
  )
}

function whoOf(content: Audit.Entry['content']): ReactNode {
  const { idTag } = content.who
  if (content.staff) return AuditFile.whoOf(content)
  return idTag ? <span className="mono">{short(idTag)}</span> : '–'
}

function resultOf({ code, count, outcome, remark }: Audit.Entry['content']): string {
  const times = count === undefined || count === 1 ? '' : ` × ${count}`
  return code
    ? `${live.codes[code] ?? code}${times}`
    : [outcome, remark].filter(Boolean).join(': ') || '–'
}

type Choice = { readonly value: string; readonly label: string }

function viewersIn(entries: readonly Audit.Entry[]): readonly Choice[] {
  const tags = entries.flatMap(({ content }) => content.who.idTag ?? [])
  return [...new Set(tags)].toSorted().map((value) => ({ value, label: short(value) }))
}

function emergenciesIn(entries: readonly Audit.Entry[]): readonly Choice[] {
  return entries.flatMap(({ content, name }) =>
    content.kind === 'emergency' && content.emergency
      ? [{ value: content.emergency, label: text.opened(name, showMoment(content.time)) }]
      : [],
  )
}
