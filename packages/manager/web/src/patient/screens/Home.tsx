import { Group, Text } from '@mantine/core'
import { IconAlertTriangle, IconBell, IconFlask, IconShare3 } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { common } from '../../text/common.ts'
import { home } from '../../text/home.ts'
import { ahead, now } from '../../ui/dates.ts'
import { LinkButton } from '../../ui/LinkButton.tsx'
import { LinkCard, Small } from '../../ui/LinkCard.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Tag, Tone } from '../../ui/Tone.tsx'
import type { Snapshot } from '../model.ts'
import { useSnapshot } from '../SessionContext.tsx'
import { changes, proposals } from '../toDo.ts'

const soonSeconds = 7 * 86_400

/** What waits, what ends soon, who is connected. */
export function Home(): ReactNode {
  const snapshot = useSnapshot()
  const unseen = snapshot.notices.filter(({ seen }) => !seen).length
  const soon = snapshot.shares.filter(
    (share) => share.status === 'active' && share.until < now() + soonSeconds,
  )
  return (
    <Page
      title={home.title(snapshot.me.name)}
      aside={
        <LinkButton
          to="/notices"
          variant="default"
          size="sm"
          leftSection={<IconBell size={18} aria-hidden />}
        >
          {home.openNotices(unseen)}
        </LinkButton>
      }
    >
      <ToDo snapshot={snapshot} />
      {soon.length > 0 ? (
        <Section title={home.ending}>
          <div className="stack">
            {soon.map((share) => (
              <LinkCard
                key={share.id}
                to={`/share/${encodeURIComponent(share.id)}`}
                title={share.viewer.name}
                mark={<Mark name={share.viewer.name} />}
              >
                <Small>{home.endsIn(ahead(share.until))}</Small>
              </LinkCard>
            ))}
          </div>
        </Section>
      ) : null}
      <SharedWithYou snapshot={snapshot} />
      <Institutions snapshot={snapshot} />
      {snapshot.me.researcher ? (
        <Section title={common.nav.research}>
          <LinkCard to="/research" title={home.research} mark={<IconMark icon={IconFlask} />} />
        </Section>
      ) : null}
    </Page>
  )
}

function ToDo(props: { snapshot: Snapshot }): ReactNode {
  const asked = proposals(props.snapshot)
  const changed = changes(props.snapshot)
  if (asked.length + changed.length === 0)
    return (
      <Tone mood="good" title={home.allClear}>
        {home.allClearAbout}
      </Tone>
    )
  return (
    <section aria-label={home.toDo} className="stack" aria-live="polite">
      {asked.map((one) => (
        <LinkCard
          key={one.id}
          to={`/requests/${one.id}`}
          title={home.newRequest(one.institution.name)}
          mark={<Mark name={one.institution.name} institution />}
        >
          <Small>{home.newRequestAbout}</Small>
          <Tag mood="wait">{home.toDo}</Tag>
        </LinkCard>
      ))}
      {changed.map((set) => (
        <LinkCard
          key={set.id}
          to={`/record/${set.id}`}
          title={
            set.state === 'unexplained' ? home.unexplained(set.label) : home.changed(set.label)
          }
          mark={<IconMark icon={IconAlertTriangle} />}
        >
          <Small>
            {set.state === 'unexplained'
              ? home.unexplainedAbout(set.institution.name)
              : home.changedAbout(set.institution.name)}
          </Small>
          <Tag mood="wait">{home.toDo}</Tag>
        </LinkCard>
      ))}
    </section>
  )
}

function SharedWithYou(props: { snapshot: Snapshot }): ReactNode {
  const active = props.snapshot.sharedWithMe.filter(({ status }) => status === 'active')
  if (active.length === 0) return null
  return (
    <Section title={home.sharedWithYou}>
      <div className="stack">
        {active.map((share) => (
          <LinkCard
            key={share.id}
            to={`/shared/${encodeURIComponent(share.id)}`}
            title={share.subject.name}
            mark={<IconMark icon={IconShare3} />}
          >
            <Small>
              {share.labels.join(', ')} · {home.endsIn(ahead(share.until))}
            </Small>
          </LinkCard>
        ))}
      </div>
    </Section>
  )
}

function Institutions(props: { snapshot: Snapshot }): ReactNode {
  const connected = props.snapshot.relationships.filter(({ status }) => status === 'accepted')
  if (connected.length === 0) return null
  return (
    <Section title={home.institutions}>
      <div className="stack">
        {connected.map((one) => (
          <LinkCard
            key={one.id}
            to={`/institutions/${one.id}`}
            title={one.institution.name}
            mark={<Mark name={one.institution.name} institution />}
          >
            <Group gap="xs">
              <Text component="span" fz="sm" c="dimmed">
                {home.institution.status.accepted}
              </Text>
              {one.certified ? null : <Tag mood="warn">{home.institution.notCertifiedMark}</Tag>}
            </Group>
          </LinkCard>
        ))}
      </div>
    </Section>
  )
}

function IconMark(props: { icon: typeof IconBell }): ReactNode {
  const Icon = props.icon
  return (
    <span className="mark" aria-hidden>
      <Icon size={22} />
    </span>
  )
}
