import { Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { activity } from '../../text/activity.ts'
import { Page } from '../../ui/Page.tsx'
import { useSnapshot } from '../SessionContext.tsx'

/** What somebody who reads the whole chain learns about the person, in plain words. */
export default function Strangers(): ReactNode {
  const { exposed } = useSnapshot()
  return (
    <Page
      title={activity.strangers}
      lead={activity.strangersLead}
      back={{ to: '/activity', label: activity.title }}
    >
      <ul className="plain stack">
        {exposed.map((line) => (
          <li key={line.what} className="panel">
            <Title order={2} fz="1.05rem">
              {line.what}
            </Title>
            <Text mt="xs">
              <strong>{activity.seen}:</strong> {line.seen}
            </Text>
            <Text mt={4}>
              <strong>{activity.hidden}:</strong> {line.hidden}
            </Text>
          </li>
        ))}
      </ul>
    </Page>
  )
}
