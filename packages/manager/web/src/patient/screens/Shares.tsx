import { Group } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { common } from '../../text/common.ts'
import { share as text } from '../../text/share.ts'
import { ahead, showMoment } from '../../ui/dates.ts'
import { LinkButton } from '../../ui/LinkButton.tsx'
import { LinkCard, Small } from '../../ui/LinkCard.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { type Mood, Tag } from '../../ui/Tone.tsx'
import type { Share, SharedWithMe } from '../model.ts'
import { useSnapshot } from '../SessionContext.tsx'
import { StopShare } from '../share/StopShare.tsx'

const moods: Readonly<Record<Share['status'], Mood>> = {
  sending: 'wait',
  waitingForInstitution: 'wait',
  declined: 'warn',
  active: 'good',
  ended: 'info',
  stopped: 'bad',
}

/** Who may see what: active, ended, and what others let me see. */
export default function Shares(): ReactNode {
  const { shares, sharedWithMe, contacts } = useSnapshot()
  const live = shares.filter(({ status }) => !isOver(status))
  const over = shares.filter(({ status }) => isOver(status))
  return (
    <Page title={text.title} lead={text.lead}>
      <Group gap="xs">
        <LinkButton to="/share/new" leftSection={<IconPlus size={20} aria-hidden />}>
          {text.start}
        </LinkButton>
        {contacts.slice(0, 3).map((who) => (
          <LinkButton key={who.idTag} to={`/share/new?to=${who.idTag}`} variant="default">
            {text.startWith(who.name)}
          </LinkButton>
        ))}
      </Group>
      <Section title={text.active}>
        {live.length === 0 ? <Nothing title={text.none}>{text.noneAbout}</Nothing> : null}
        <ShareList shares={live} />
      </Section>
      {sharedWithMe.length > 0 ? (
        <Section title={text.withMe}>
          <ul className="plain stack">
            {sharedWithMe.map((one) => (
              <li key={one.id}>
                <SharedCard share={one} />
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
      {over.length > 0 ? (
        <Section title={text.ended}>
          <ShareList shares={over} />
        </Section>
      ) : null}
    </Page>
  )
}

function isOver(status: Share['status']): boolean {
  return status === 'ended' || status === 'stopped'
}

function ShareList(props: { shares: readonly Share[] }): ReactNode {
  return (
    <ul className="plain stack">
      {props.shares.map((one) => (
        <li key={one.id} className="stack">
          <LinkCard
            to={`/share/${encodeURIComponent(one.id)}`}
            title={one.viewer.name}
            mark={<Mark name={one.viewer.name} />}
          >
            <Small>
              {[...new Set(one.parts.map(({ label }) => label))].join(', ')} ·{' '}
              {common.purposes[one.purpose]}
            </Small>
            <Small>
              {isOver(one.status)
                ? text.endedAt(showMoment(one.stoppedAt ?? one.until))
                : text.until(`${showMoment(one.until)}, ${ahead(one.until)}`)}
            </Small>
            <Tag mood={moods[one.status]}>{text.status[one.status]}</Tag>
          </LinkCard>
          {isOver(one.status) ? null : <StopShare share={one} />}
        </li>
      ))}
    </ul>
  )
}

function SharedCard(props: { share: SharedWithMe }): ReactNode {
  const one = props.share
  return (
    <LinkCard
      to={`/shared/${encodeURIComponent(one.id)}`}
      title={one.subject.name}
      mark={<Mark name={one.subject.name} />}
    >
      <Small>
        {one.labels.join(', ')} · {common.purposes[one.purpose]}
      </Small>
      <Small>{text.until(showMoment(one.until))}</Small>
      <Tag mood={moods[one.status]}>{text.status[one.status]}</Tag>
    </LinkCard>
  )
}
