import { Button, CopyButton, Text } from '@mantine/core'
import {
  IconAddressBook,
  IconAmbulance,
  IconFlask,
  IconKey,
  IconLogout,
  IconTool,
  IconTrash,
  IconUrgent,
  IconUserHeart,
  IconUsersGroup,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { acting, emergency } from '../../text/acting.ts'
import { me } from '../../text/me.ts'
import { LinkCard, Small } from '../../ui/LinkCard.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { QrCode } from '../../ui/QrCode.tsx'
import { ThemeSwitch } from '../../ui/ThemeSwitch.tsx'
import { useSnapshot } from '../SessionContext.tsx'
import type { SessionActions } from '../useSessionActions.ts'

/** The person's own card, contacts, words, device. */
export default function Me(props: { actions: SessionActions }): ReactNode {
  const snapshot = useSnapshot()
  const links = [
    ['/me/contacts', me.contacts, me.contactsAbout, IconAddressBook],
    ['/me/delegates', acting.title, acting.about, IconUsersGroup],
    ['/me/emergency', emergency.mine, emergency.mineAbout, IconUrgent],
    ['/me/words', me.words, me.wordsAbout, IconKey],
    ['/me/wipe', me.wipe, me.wipeAbout, IconTrash],
    ['/me/technical', me.technical, me.technicalAbout, IconTool],
  ] as const
  return (
    <Page title={me.title} lead={snapshot.me.name}>
      <div className="stack">
        {snapshot.me.researcher ? (
          <LinkCard to="/research" title={me.research} mark={<Icon icon={IconFlask} />} />
        ) : null}
        {snapshot.me.clinician ? (
          <LinkCard to="/emergency" title={emergency.title} mark={<Icon icon={IconAmbulance} />}>
            <Small>{emergency.about}</Small>
          </LinkCard>
        ) : null}
        {snapshot.actingFor
          .filter(({ status }) => status === 'active')
          .map(({ id, subject, institution }) => (
            <LinkCard
              key={id}
              to={`/acting/${id}`}
              title={acting.iActFor(subject.name)}
              mark={<Icon icon={IconUserHeart} />}
            >
              <Small>{`${acting.iActForAbout} ${institution.name}`}</Small>
            </LinkCard>
          ))}
        {links.map(([to, title, about, icon]) => (
          <LinkCard key={to} to={to} title={title} mark={<Icon icon={icon} />}>
            <Small>{about}</Small>
          </LinkCard>
        ))}
      </div>
      <Section title={me.card}>
        <div className="panel stack">
          <Text c="dimmed">{me.cardAbout}</Text>
          <QrCode text={snapshot.me.card} label={me.qr} />
          <CopyButton value={snapshot.me.card}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                <span aria-live="polite">{copied ? me.copied : me.copy}</span>
              </Button>
            )}
          </CopyButton>
        </div>
      </Section>
      <div className="stack" style={{ marginTop: '2rem' }}>
        <ThemeSwitch />
        <Button
          variant="default"
          leftSection={<IconLogout size={18} aria-hidden />}
          onClick={() => void props.actions.signOut()}
        >
          {me.signOut}
        </Button>
      </div>
    </Page>
  )
}

function Icon(props: { icon: typeof IconKey }): ReactNode {
  const Picture = props.icon
  return (
    <span className="mark" aria-hidden>
      <Picture size={22} />
    </span>
  )
}
