import { Button, Group, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { entry } from '../../text/entry.ts'
import { LinkButton } from '../../ui/LinkButton.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import type { Person, PortalConfig } from '../entrance.ts'
import { type Keeper, keepers } from '../vault.ts'
import { DemoPeople } from './DemoPeople.tsx'
import { invitationKept } from './invitation.ts'

/** First screen: what this is, the demo's people, the ways in. */
export function Welcome(props: {
  config: PortalConfig
  onPerson: (person: Person) => void
  onKeeper: (keeper: Keeper) => void
}): ReactNode {
  const [known, setKnown] = useState<readonly Keeper[]>([])
  useEffect(() => {
    keepers().then(
      (all) => setKnown(all.filter((keeper) => keeper.lock !== 'device')),
      () => setKnown([]), // private windows without storage: the other ways in remain
    )
  }, [])
  return (
    <Page title={entry.welcome.title} lead={entry.welcome.lead}>
      {invitationKept() ? (
        <div className="panel stack" style={{ marginTop: '1.5rem' }}>
          <Title order={2} fz="1.2rem">
            {entry.welcome.invited}
          </Title>
          <Text>{entry.welcome.invitedAbout}</Text>
          <Ways variant="filled" />
        </div>
      ) : null}
      {known.length > 0 ? (
        <Section title={entry.welcome.onThisDevice}>
          <Group>
            {known.map((keeper) => (
              <Button key={keeper.id} onClick={() => props.onKeeper(keeper)}>
                {entry.welcome.unlock(keeper.label)}
              </Button>
            ))}
          </Group>
        </Section>
      ) : null}
      {props.config.demo ? <DemoPeople onPerson={props.onPerson} /> : null}
      {props.config.demo ? (
        <Section title={entry.demo.own}>
          <Ways variant="default" />
        </Section>
      ) : (
        <Ways variant="filled" />
      )}
      <div className="people" style={{ marginTop: '2.5rem' }}>
        {entry.welcome.points.map(([title, text]) => (
          <div key={title}>
            <Title order={2} fz="1.1rem">
              {title}
            </Title>
            <Text c="dimmed">{text}</Text>
          </div>
        ))}
      </div>
    </Page>
  )
}

function Ways(props: { variant: 'filled' | 'default' }): ReactNode {
  return (
    <Group>
      <LinkButton to="/start" variant={props.variant}>
        {entry.welcome.start}
      </LinkButton>
      <LinkButton to="/restore" variant="default">
        {entry.welcome.restore}
      </LinkButton>
    </Group>
  )
}
