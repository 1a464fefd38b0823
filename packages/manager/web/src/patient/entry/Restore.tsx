import { Button, Textarea, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../../text/common.ts'
import { entry } from '../../text/entry.ts'
import { Page } from '../../ui/Page.tsx'
import type { Person } from '../entrance.ts'
import { LockForm } from './LockForm.tsx'
import { loadEntrance } from './loadEntrance.ts'

/** Twelve words on a new or wiped device; everything else comes back by itself. */
export function Restore(props: { onPerson: (person: Person) => void }): ReactNode {
  const [typed, setTyped] = useState('')
  const [name, setName] = useState('')
  const [trouble, setTrouble] = useState<string>()
  const [words, setWords] = useState<string>()
  const check = async (): Promise<void> => {
    const entrance = await loadEntrance()
    try {
      setWords(entrance.wordsOf(entrance.entropyOf(typed)))
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error))
    }
  }
  if (words)
    return (
      <Page title={entry.create.lock} back={{ to: '/', label: common.back }}>
        <LockForm words={words} name={name.trim() || common.you} onPerson={props.onPerson} />
      </Page>
    )
  return (
    <Page
      title={entry.restore.title}
      lead={entry.restore.lead}
      back={{ to: '/', label: common.back }}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void check()
        }}
      >
        <Textarea
          label={entry.restore.words}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={trouble}
          autosize
          minRows={3}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
        />
        <TextInput
          label={entry.create.name}
          description={entry.create.nameAbout}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={60}
        />
        <Button type="submit">{entry.restore.go}</Button>
      </form>
    </Page>
  )
}
