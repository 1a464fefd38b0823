import { Button, PasswordInput, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useAsked } from '../../patient/SessionContext.tsx'
import { staff } from '../../text/staff.ts'
import { Brand } from '../../ui/Brand.tsx'
import { Page } from '../../ui/Page.tsx'
import { ThemeSwitch } from '../../ui/ThemeSwitch.tsx'
import { api, type Session } from '../api.ts'
import { Trouble, troubleOf } from '../Trouble.tsx'

/** Sign-in of staff at their own institution. */
export function Login(props: { onSession: (session: Session) => void }): ReactNode {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [trouble, setTrouble] = useState<ReturnType<typeof troubleOf>>()
  const [busy, setBusy] = useState(false)
  const place = useAsked('config', institutionName)
  const sign = async (): Promise<void> => {
    setBusy(true)
    setTrouble(undefined)
    try {
      await api.login(name.trim(), password)
      props.onSession(await api.session())
    } catch (error) {
      setTrouble(troubleOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <main style={{ maxWidth: '28rem', margin: '0 auto', padding: '2rem 1rem' }} id="main">
      <div style={{ marginBottom: '2rem' }}>
        <Brand />
      </div>
      <Page
        title={staff.login.title(place.state === 'ready' ? place.value : '…')}
        lead={staff.login.lead}
      >
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            void sign()
          }}
        >
          <TextInput
            label={staff.login.name}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            autoComplete="username"
            autoCapitalize="none"
          />
          <PasswordInput
            label={staff.login.password}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
          />
          {trouble ? <Trouble trouble={trouble} /> : null}
          <Button type="submit" loading={busy}>
            {staff.login.go}
          </Button>
          <ThemeSwitch />
        </form>
      </Page>
    </main>
  )
}

async function institutionName(): Promise<string> {
  const response = await fetch('/config.json')
  const config = (await response.json()) as { institution?: string | { name: string } }
  const { institution } = config
  return (typeof institution === 'object' ? institution.name : institution) ?? staff.app
}
