import type { ReactNode } from 'react'
import { useAsked } from '../../patient/SessionContext.tsx'
import { staff } from '../../text/staff.ts'
import { showDate, showMoment } from '../../ui/dates.ts'
import { Facts } from '../../ui/Facts.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { AddRecord } from '../AddRecord.tsx'
import { api, type HistoryLine, type PatientPage } from '../api.ts'
import { Connect } from '../Connect.tsx'
import { useLiveCount } from '../live.ts'
import { PersonStatus } from '../PersonStatus.tsx'
import { ResourcePanel } from '../ResourcePanel.tsx'

const text = staff.patient

/** One person at this institution: connection, records, what she answered, history. */
export default function PersonPage(props: { id: string }): ReactNode {
  const live = useLiveCount()
  const asked = useAsked(`${props.id} ${live}`, () => api.patient(props.id))
  const catalogue = useAsked('catalogue', () => api.catalogue())
  const back = { to: '/', label: text.back }
  if (asked.state === 'failed')
    return (
      <Page title={staff.people.title} back={back}>
        <Tone mood="bad">{asked.reason}</Tone>
      </Page>
    )
  if (asked.state === 'loading' || catalogue.state === 'loading') return <Waiting />
  const page = asked.value
  const resources = catalogue.state === 'ready' ? catalogue.value.resources : []
  return (
    <Page
      title={page.patient.name}
      lead={staff.people.born(showDate(page.patient.birthDate))}
      back={back}
    >
      <Section title={text.relationship}>
        <div className="stack">
          <PersonStatus status={statusOf(page)} />
          {page.policy && !canConnect(page) ? (
            <Facts facts={[[text.policyNow, text[page.policy]]]} />
          ) : null}
          {canConnect(page) ? <Connect page={page} /> : null}
        </div>
      </Section>
      <Section title={text.add}>
        <AddRecord id={props.id} resources={resources} />
      </Section>
      <Section title={text.records}>
        <div className="stack">
          {resources.map((resource) => (
            <ResourcePanel
              key={resource.name}
              id={props.id}
              resource={resource}
              pointer={page.pointers.find((pointer) => pointer.resource === resource.name)}
            />
          ))}
        </div>
      </Section>
      <Section title={text.history}>
        <History lines={page.history} />
      </Section>
    </Page>
  )
}

function statusOf(page: PatientPage): string {
  return page.status ?? page.patient.status ?? 'none'
}

function canConnect(page: PatientPage): boolean {
  return !['proposed', 'accepted', 'sending'].includes(statusOf(page))
}

function History(props: { lines: readonly HistoryLine[] }): ReactNode {
  if (props.lines.length === 0) return <Nothing />
  return (
    <ol className="plain stack">
      {props.lines.map((line) => (
        <li key={`${line.at}${line.kind}${line.text}${line.by}`} className="panel">
          <strong>{staff.happened[line.kind] ?? line.kind}</strong>
          {line.text ? <div>{line.text}</div> : null}
          <div>{[showMoment(line.at), line.by, line.reason].filter(Boolean).join(' · ')}</div>
        </li>
      ))}
    </ol>
  )
}
