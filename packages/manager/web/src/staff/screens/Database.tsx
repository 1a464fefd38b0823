import type { ReactNode } from 'react'
import { useAsked } from '../../patient/SessionContext.tsx'
import { database as text } from '../../text/database.ts'
import { showMoment } from '../../ui/dates.ts'
import { Facts } from '../../ui/Facts.tsx'
import { LinkButton } from '../../ui/LinkButton.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Tag, Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { databaseApi, type Overview } from '../database/api.ts'
import { RecordKinds } from '../database/RecordKinds.tsx'
import { Code, Rights } from '../database/Rights.tsx'
import { useLiveCount } from '../live.ts'

/** How the institution's database is connected: what is shared, what stays, what its account may do. */
export default function Database(): ReactNode {
  const live = useLiveCount()
  const asked = useAsked(`database ${live}`, databaseApi.overview)
  return (
    <Page title={text.title} lead={text.lead}>
      {asked.state === 'loading' ? <Waiting /> : null}
      {asked.state === 'failed' ? <Tone mood="bad">{asked.reason}</Tone> : null}
      {asked.state === 'ready' ? <Connected overview={asked.value} /> : null}
    </Page>
  )
}

function Connected(props: { overview: Overview }): ReactNode {
  const { isUp, address, probedAt, lookedAt, catalogue, excess, role, waiting, restart } =
    props.overview
  return (
    <>
      {waiting ? (
        <div className="stack" style={{ marginBottom: '1rem' }}>
          <Tone mood="wait" title={text.waiting}>
            {text.waitingAbout}
          </Tone>
          <Code lines={[restart]} label={text.waiting} />
        </div>
      ) : null}
      <div className="panel stack">
        <Tag mood={isUp ? 'good' : 'bad'}>{isUp ? text.up : text.down}</Tag>
        <Facts
          facts={[
            [
              text.address,
              <span key="address" className="mono">
                {address}
              </span>,
            ],
            [text.probed, showMoment(probedAt)],
            [text.looked, lookedAt === null ? text.never : showMoment(lookedAt)],
            [text.version, `${catalogue.name}, ${catalogue.version}`],
          ]}
        />
        <LinkButton to="/database/setup">{text.change}</LinkButton>
      </div>
      <Section title={text.shared}>
        <RecordKinds
          label={text.kinds}
          columns={text.columns}
          kinds={catalogue.resources}
          last={({ fields, isWritten, query }) => (
            <>
              {fields.join(', ')}
              {isWritten ? <div>{text.written}</div> : null}
              <details className="technical" style={{ marginTop: 0 }}>
                <summary>{text.statement}</summary>
                <div className="mono">{query}</div>
              </details>
            </>
          )}
        />
      </Section>
      <Section title={text.stays}>
        <Stays catalogue={catalogue} />
      </Section>
      <Section title={text.rights}>
        <Rights excess={excess} role={role} />
      </Section>
    </>
  )
}

function Stays(props: { catalogue: Overview['catalogue'] }): ReactNode {
  const { exclusions, excludedLabels } = props.catalogue
  if (exclusions.length + excludedLabels.length === 0)
    return <Tone mood="info">{text.staysNone}</Tone>
  return (
    <div className="panel stack">
      <Facts
        facts={[
          ...exclusions.map(
            ({ table, reason, ifPresent }) =>
              [table, ifPresent ? `${reason} (${text.ifPresent})` : reason] as const,
          ),
          ...excludedLabels.map(({ code, reason }) => [text.label(code), reason] as const),
        ]}
      />
      <p>{text.staysAbout}</p>
    </div>
  )
}
