import { Button, Checkbox, Group, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../../text/common.ts'
import { me } from '../../text/me.ts'
import { LinkButton } from '../../ui/LinkButton.tsx'
import { Page } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import type { SessionActions } from '../useSessionActions.ts'

/** Takes everything off this device, after asking for the words. */
export default function Wipe(props: { actions: SessionActions }): ReactNode {
  const [have, setHave] = useState(false)
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  return (
    <Page title={me.wipe} back={{ to: '/me', label: me.title }}>
      <div className="stack">
        <Text>{me.wipeAbout}</Text>
        <Tone mood="warn">{me.wipeAsk}</Tone>
        <Checkbox
          label={me.wipeHave}
          checked={have}
          error={tried && !have ? common.required : undefined}
          onChange={(event) => setHave(event.currentTarget.checked)}
        />
        <Group>
          <Button
            color="danger"
            loading={busy}
            onClick={() => {
              setTried(true)
              if (!have) return
              setBusy(true)
              void props.actions.wipe()
            }}
          >
            {me.wipeGo}
          </Button>
          <LinkButton to="/me" variant="default">
            {me.wipeKeep}
          </LinkButton>
        </Group>
      </div>
    </Page>
  )
}
