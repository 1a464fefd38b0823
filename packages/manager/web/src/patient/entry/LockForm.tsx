import { Button, Divider, PasswordInput, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { entry } from '../../text/entry.ts'
import { Tone } from '../../ui/Tone.tsx'
import type { Person } from '../entrance.ts'
import { hasPasskeys, keepWithPasskey, keepWithPassphrase } from '../vault.ts'
import { loadEntrance } from './loadEntrance.ts'

const shortest = 10

/** Passkey or passphrase: what opens the words on this device from now on. */
export function LockForm(props: {
  words: string
  name: string
  onPerson: (person: Person) => void
}): ReactNode {
  const [passphrase, setPassphrase] = useState('')
  const [again, setAgain] = useState('')
  const [tried, setTried] = useState(false)
  const [trouble, setTrouble] = useState(false)
  const [busy, setBusy] = useState(false)

  const keep = async (how: 'passkey' | 'passphrase'): Promise<void> => {
    setBusy(true)
    setTrouble(false)
    try {
      const entrance = await loadEntrance()
      const entropy = entrance.entropyOf(props.words)
      const options = { id: entrance.idOf(entropy), label: props.name }
      if (how === 'passkey') await keepWithPasskey(entropy, options)
      else await keepWithPassphrase(entropy, { ...options, passphrase })
      props.onPerson({ id: options.id, name: props.name, entropy })
    } catch {
      setTrouble(true) // no passkey, or refused by the person: the passphrase remains
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="stack">
      <Text>{entry.create.lockAbout}</Text>
      {trouble ? (
        <Tone mood="warn" live>
          {entry.create.noPasskey}
        </Tone>
      ) : null}
      {hasPasskeys() ? (
        <>
          <Button onClick={() => void keep('passkey')} loading={busy}>
            {entry.create.passkey}
          </Button>
          <Divider />
        </>
      ) : null}
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (passphrase.length >= shortest && passphrase === again) void keep('passphrase')
        }}
      >
        <PasswordInput
          label={entry.create.passphrase}
          description={entry.create.passphraseAbout}
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          error={tried && passphrase.length < shortest ? entry.create.tooShort : undefined}
          autoComplete="new-password"
        />
        <PasswordInput
          label={entry.create.passphraseAgain}
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          error={tried && again !== passphrase ? entry.create.different : undefined}
          autoComplete="new-password"
        />
        <Button type="submit" loading={busy}>
          {entry.create.finish}
        </Button>
      </form>
    </div>
  )
}
