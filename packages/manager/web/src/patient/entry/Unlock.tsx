import { Button, Group, PasswordInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { entry } from '../../text/entry.ts'
import { LinkButton } from '../../ui/LinkButton.tsx'
import { Page } from '../../ui/Page.tsx'
import type { Person } from '../entrance.ts'
import { type Keeper, unlock } from '../vault.ts'

/** Opens the words kept on this device. */
export function Unlock(props: { keeper: Keeper; onPerson: (person: Person) => void }): ReactNode {
  const { keeper } = props
  const [passphrase, setPassphrase] = useState('')
  const [wrong, setWrong] = useState(false)
  const [busy, setBusy] = useState(false)
  const open = async (): Promise<void> => {
    setBusy(true)
    const entropy = await unlock(keeper, passphrase).catch(() => undefined) // a refused passkey
    setBusy(false)
    if (entropy) props.onPerson({ id: keeper.id, name: keeper.label, entropy })
    else setWrong(true)
  }
  return (
    <Page title={entry.unlock.title(keeper.label)}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void open()
        }}
      >
        {keeper.lock === 'passphrase' ? (
          <PasswordInput
            label={entry.unlock.passphrase}
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
            error={wrong ? entry.unlock.wrong : undefined}
            autoComplete="current-password"
          />
        ) : null}
        <Group>
          <Button type="submit" loading={busy}>
            {entry.unlock.open}
          </Button>
          <LinkButton to="/restore" variant="default">
            {entry.unlock.words}
          </LinkButton>
          <LinkButton to="/" variant="subtle">
            {entry.unlock.other}
          </LinkButton>
        </Group>
      </form>
    </Page>
  )
}
