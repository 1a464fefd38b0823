import { Button, PasswordInput, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { entry } from '../../text/entry.ts'
import { me } from '../../text/me.ts'
import { Page } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import type { Person } from '../entrance.ts'
import { loadEntrance } from '../entry/loadEntrance.ts'
import { WordList } from '../entry/WordList.tsx'
import { useAsked } from '../SessionContext.tsx'
import { keepers, unlock } from '../vault.ts'

/** The recovery words again, after the lock was opened once more. */
export default function Words(props: { person: Person }): ReactNode {
  const [words, setWords] = useState<string>()
  const [passphrase, setPassphrase] = useState('')
  const [wrong, setWrong] = useState(false)
  const keeper = useAsked(props.person.id, async () =>
    (await keepers()).find(({ id }) => id === props.person.id),
  )
  const show = async (): Promise<void> => {
    const kept = keeper.state === 'ready' ? keeper.value : undefined
    const entropy = kept && (await unlock(kept, passphrase).catch(() => undefined)) // refused passkey
    if (!entropy) {
      setWrong(true)
      return
    }
    setWords((await loadEntrance()).wordsOf(entropy))
  }
  const back = { to: '/me', label: me.title }
  if (words)
    return (
      <Page title={me.words} back={back}>
        <div className="stack">
          <Text>{entry.create.wordsAbout}</Text>
          <WordList words={words} />
          <Button variant="default" onClick={() => setWords(undefined)}>
            {me.wordsHide}
          </Button>
        </div>
      </Page>
    )
  return (
    <Page title={me.words} back={back}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void show()
        }}
      >
        <Tone mood="warn">{me.wordsAsk}</Tone>
        {keeper.state === 'ready' && keeper.value?.lock === 'passphrase' ? (
          <PasswordInput
            label={me.wordsPassphrase}
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
            error={wrong ? entry.unlock.wrong : undefined}
            autoComplete="current-password"
          />
        ) : null}
        <Button type="submit">{me.wordsShow}</Button>
      </form>
    </Page>
  )
}
