import type { ReactNode } from 'react'
import { common } from '../../text/common.ts'
import { home } from '../../text/home.ts'
import { record } from '../../text/record.ts'
import { showDay } from '../../ui/dates.ts'
import { Facts } from '../../ui/Facts.tsx'
import { LinkCard, Small } from '../../ui/LinkCard.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Confirm } from '../Confirm.tsx'
import type { RecordSet, Relationship } from '../model.ts'
import { useSession, useSnapshot } from '../SessionContext.tsx'

const text = home.institution

/** One institution: its records, stop all sharing from it, end the connection. */
export default function Institution(props: { id: string }): ReactNode {
  const session = useSession()
  const { relationships, records } = useSnapshot()
  const relationship = relationships.find(({ id }) => id === props.id)
  const back = { to: '/', label: common.nav.home }
  if (!relationship)
    return (
      <Page title={common.nothing} back={back}>
        <Nothing />
      </Page>
    )
  const from = records.filter((set) => set.relationship === relationship.id)
  return (
    <Page title={relationship.institution.name} back={back} lead={text.status[relationship.status]}>
      <div className="stack">
        <Standing relationship={relationship} />
        <div className="panel">
          <Facts
            facts={[
              [text.since, showDay(relationship.changedAt)],
              [text.policy, text[relationship.policy]],
            ]}
          />
        </div>
      </div>
      {from.length > 0 ? <Records sets={from} /> : null}
      {relationship.status === 'accepted' ? (
        <div className="stack" style={{ marginTop: '2rem' }}>
          <Confirm
            button={text.stopSharing}
            ask={text.stopSharingAbout}
            keep={text.stopSharingKeep}
            done={text.stopSharingDone}
            danger
            act={() => session.stopAllSharing(relationship.id)}
          />
          <Confirm
            button={text.end}
            ask={text.endAbout}
            keep={text.endKeep}
            done={text.ended}
            danger
            act={() => session.close(relationship.id, '')}
          />
        </div>
      ) : null}
    </Page>
  )
}

function Records(props: { sets: readonly RecordSet[] }): ReactNode {
  return (
    <Section title={text.records}>
      <div className="stack">
        {props.sets.map((set) => (
          <LinkCard key={set.id} to={`/record/${set.id}`} title={set.label}>
            <Small>{set.current ? record.entries(set.current.rows.length) : common.loading}</Small>
          </LinkCard>
        ))}
      </div>
    </Section>
  )
}

/** What is unusual about a connection: it has ended, or the network trusts the institution no more. */
function Standing(props: { relationship: Relationship }): ReactNode {
  const { status, certified } = props.relationship
  if (status === 'closed')
    return (
      <Tone mood="info" live>
        {text.ended}
      </Tone>
    )
  return certified ? null : (
    <Tone mood="warn" live>
      {text.notCertified}
    </Tone>
  )
}
