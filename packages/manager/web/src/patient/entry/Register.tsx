import { Button, Group, Text, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../../text/common.ts'
import { entry } from '../../text/entry.ts'
import { Page } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import type { Invitation, Inviter, Person, PortalConfig } from '../entrance.ts'
import { forgetInvitation, invitationKept } from './invitation.ts'
import { loadEntrance } from './loadEntrance.ts'

const text = entry.register

/** Registration with an institution's invitation: first whose it is, then, if she agrees, her keys go there. */
export function Register(props: {
  config: PortalConfig
  person: Person
  onRegistered: () => void
  onLeave: () => void
}): ReactNode {
  const [typed, setTyped] = useState(invitationKept)
  const [invitation, setInvitation] = useState<Invitation>()
  const [trouble, setTrouble] = useState<string>()
  const [busy, setBusy] = useState(false)
  const attempt = async (act: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setTrouble(undefined)
    try {
      await act()
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error))
    } finally {
      setBusy(false)
    }
  }
  const look = async (): Promise<void> => {
    if (typed.trim() === '') throw new Error(common.required)
    const found = await (await loadEntrance()).readInvitation({ config: props.config, text: typed })
    if (found.inviters.length === 0) throw new Error(text.nobody)
    setInvitation(found)
  }
  const register = async (code: string, inviter: Inviter): Promise<void> => {
    const { config, person } = props
    await (await loadEntrance()).register({ config, entropy: person.entropy, code, inviter })
    forgetInvitation()
    props.onRegistered()
  }
  if (invitation)
    return (
      <WhoInvites
        invitation={invitation}
        busy={busy}
        trouble={trouble}
        onGo={(inviter) => void attempt(() => register(invitation.code, inviter))}
        onOther={() => {
          setInvitation(undefined)
          setTrouble(undefined)
        }}
      />
    )
  return (
    <Page title={text.title} lead={text.lead}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void attempt(look)
        }}
      >
        <TextInput
          label={text.code}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={trouble}
          autoComplete="off"
        />
        {busy ? <Tone mood="wait">{text.reading}</Tone> : null}
        <Group>
          <Button type="submit" loading={busy}>
            {text.next}
          </Button>
          <Button variant="default" onClick={props.onLeave}>
            {text.later}
          </Button>
        </Group>
        <Text c="dimmed">{text.none}</Text>
      </form>
    </Page>
  )
}

/** Who it is by the network's list, before anything is sent there. */
function WhoInvites(props: {
  invitation: Invitation
  busy: boolean
  trouble: string | undefined
  onGo: (inviter: Inviter) => void
  onOther: () => void
}): ReactNode {
  const { inviters } = props.invitation
  const [only, ...others] = inviters
  const title = only && others.length === 0 ? text.who(only.name) : text.whoseTitle
  return (
    <Page title={title} lead={others.length === 0 ? text.whoAbout : text.whose}>
      <div className="stack">
        {inviters.map((inviter) => (
          <div key={inviter.idTag} className="panel stack">
            <Text>{text.at(new URL(inviter.origin).host)}</Text>
            <Group>
              <Button loading={props.busy} onClick={() => props.onGo(inviter)}>
                {text.go(inviter.name)}
              </Button>
            </Group>
          </div>
        ))}
        {props.busy ? <Tone mood="wait">{text.working}</Tone> : null}
        {props.trouble ? (
          <Tone mood="bad" live>
            {props.trouble}
          </Tone>
        ) : null}
        <Group>
          <Button variant="default" onClick={props.onOther} disabled={props.busy}>
            {text.other}
          </Button>
        </Group>
      </div>
    </Page>
  )
}
