import { Button, Group, List, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../../text/common.ts'
import { home } from '../../text/home.ts'
import { ago } from '../../ui/dates.ts'
import { LinkButton } from '../../ui/LinkButton.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Reason } from '../../ui/Reason.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { WishStatus } from '../../ui/WishStatus.tsx'
import type { Relationship } from '../model.ts'
import { RecordTable } from '../RecordTable.tsx'
import { useAsked, useSession, useSnapshot, useWish } from '../SessionContext.tsx'

const text = home.request

/** An institution's request: who, what it means, the data before any answer. */
export default function Request(props: { id: string }): ReactNode {
  const { relationships } = useSnapshot()
  const relationship = relationships.find(({ id }) => id === props.id)
  const back = { to: '/', label: common.nav.home }
  if (!relationship)
    return (
      <Page title={common.nothing} back={back}>
        <Nothing />
      </Page>
    )
  return (
    <Page
      title={text.title(relationship.institution.name)}
      lead={text.since(ago(relationship.proposedAt))}
      back={back}
    >
      <Text>{text.what(relationship.institution.name)}</Text>
      {relationship.restored ? <Tone mood="info">{text.restored}</Tone> : null}
      <Section title={text.meansTitle}>
        <List spacing="xs">
          {text.means.map((line) => (
            <List.Item key={line}>{line}</List.Item>
          ))}
          {relationship.policy === 'dualConsent' ? <List.Item>{text.dual}</List.Item> : null}
        </List>
      </Section>
      {relationship.status === 'proposed' ? <LookFirst relationship={relationship} /> : null}
      <Answer relationship={relationship} />
    </Page>
  )
}

function LookFirst(props: { relationship: Relationship }): ReactNode {
  const [looking, setLooking] = useState(false)
  return (
    <Section title={text.looked}>
      {looking ? (
        <Looked relationship={props.relationship} />
      ) : (
        <Button variant="default" onClick={() => setLooking(true)}>
          {text.look}
        </Button>
      )}
    </Section>
  )
}

function Looked(props: { relationship: Relationship }): ReactNode {
  const session = useSession()
  const asked = useAsked(props.relationship.id, () => session.look(props.relationship.id))
  if (asked.state === 'loading') return <Waiting />
  if (asked.state === 'failed') return <Tone mood="bad">{asked.reason}</Tone>
  return (
    <div className="stack">
      <Tone mood="good" live>
        {text.lookedChecked}
      </Tone>
      {asked.value.map((set) =>
        set.current ? (
          <RecordTable key={set.id} label={set.label} table={set.current} set={set} />
        ) : null,
      )}
    </div>
  )
}

function Answer(props: { relationship: Relationship }): ReactNode {
  const { relationship } = props
  const session = useSession()
  const wish = useWish()
  const [declining, setDeclining] = useState(false)
  const open = relationship.status === 'proposed' && wish.state !== 'done'
  const answered = relationship.status === 'accepted' ? text.accepted : text.declined
  return (
    <div className="stack" style={{ marginTop: '2rem' }}>
      {open && !declining ? (
        <Group>
          <Button
            loading={wish.state === 'working'}
            onClick={() => void wish.run(() => session.accept(relationship.id))}
          >
            {text.accept}
          </Button>
          <Button
            variant="default"
            disabled={wish.state === 'working'}
            onClick={() => setDeclining(true)}
          >
            {text.decline}
          </Button>
        </Group>
      ) : null}
      {open && declining ? (
        <Reason
          label={text.declineTitle}
          about={text.declineAbout}
          optional
          confirm={text.declineConfirm}
          keep={text.keep}
          onKeep={() => setDeclining(false)}
          onConfirm={(reason) => {
            setDeclining(false)
            void wish.run(() => session.decline(relationship.id, reason))
          }}
        />
      ) : null}
      {relationship.status === 'proposed' ? (
        <WishStatus wish={wish} />
      ) : (
        <>
          <Tone mood={relationship.status === 'accepted' ? 'good' : 'info'} live>
            {answered}
          </Tone>
          {relationship.status === 'accepted' ? (
            <LinkButton to="/record">{text.seeRecord}</LinkButton>
          ) : null}
        </>
      )}
    </div>
  )
}
