import { Button, Group, Text, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../../text/common.ts'
import { entry } from '../../text/entry.ts'
import { Page } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import type { PortalConfig } from '../entrance.ts'
import type { Person } from '../PatientApp.tsx'
import { forgetInvitation, invitationKept } from './invitation.ts'
import { loadEntrance } from './loadEntrance.ts'

/** Registration with an institution's invitation: it knows the person, so it vouches for her. */
export function Register(props: {
  config: PortalConfig
  person: Person
  onRegistered: () => void
  onLeave: () => void
}): ReactNode {
  const [invitation, setInvitation] = useState(() => decodeURIComponent(invitationKept()))
  const [trouble, setTrouble] = useState<string>()
  const [busy, setBusy] = useState(false)
  const register = async (): Promise<void> => {
    if (invitation.trim() === '') {
      setTrouble(common.required)
      return
    }
    setBusy(true)
    setTrouble(undefined)
    try {
      const entrance = await loadEntrance()
      await entrance.register({
        config: props.config,
        entropy: props.person.entropy,
        invitation: invitation.trim(),
      })
      forgetInvitation()
      props.onRegistered()
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Page title={entry.register.title} lead={entry.register.lead}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void register()
        }}
      >
        <TextInput
          label={entry.register.code}
          value={invitation}
          onChange={(event) => setInvitation(event.currentTarget.value)}
          error={trouble}
          autoComplete="off"
        />
        {busy ? <Tone mood="wait">{entry.register.working}</Tone> : null}
        <Group>
          <Button type="submit" loading={busy}>
            {entry.register.go}
          </Button>
          <Button variant="default" onClick={props.onLeave}>
            {entry.register.later}
          </Button>
        </Group>
        <Text c="dimmed">{entry.register.none}</Text>
      </form>
    </Page>
  )
}
