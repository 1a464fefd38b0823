import { Button, Group, Text, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../../text/common.ts'
import { entry } from '../../text/entry.ts'
import { Page } from '../../ui/Page.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import type { Person } from '../entrance.ts'
import { useAsked } from '../SessionContext.tsx'
import { LockForm } from './LockForm.tsx'
import { loadEntrance } from './loadEntrance.ts'
import { VerifyWords } from './VerifyWords.tsx'
import { WordList } from './WordList.tsx'

/** First run: name, twelve words, two of them checked, a lock. */
export function Create(props: { onPerson: (person: Person) => void }): ReactNode {
  const [step, setStep] = useState(0)
  const [name, setName] = useState('')
  const words = useAsked('words', async () => (await loadEntrance()).newWords())
  if (words.state !== 'ready') return <Waiting />
  const titles = [entry.create.name, entry.create.words, entry.create.check, entry.create.lock]
  return (
    <Page
      title={titles[step] as string}
      lead={entry.create.step(step + 1, titles.length)}
      back={{ to: '/', label: common.back }}
    >
      {step === 0 ? (
        <NameForm
          name={name}
          onName={(chosen) => {
            setName(chosen)
            setStep(1)
          }}
        />
      ) : null}
      {step === 1 ? (
        <div className="stack">
          <Text>{entry.create.wordsAbout}</Text>
          <WordList words={words.value} />
          <Group className="no-print">
            <Button onClick={() => setStep(2)}>{entry.create.written}</Button>
            <Button variant="default" onClick={() => window.print()}>
              {entry.create.print}
            </Button>
          </Group>
        </div>
      ) : null}
      {step === 2 ? <VerifyWords words={words.value} onRight={() => setStep(3)} /> : null}
      {step === 3 ? <LockForm words={words.value} name={name} onPerson={props.onPerson} /> : null}
    </Page>
  )
}

function NameForm(props: { name: string; onName: (name: string) => void }): ReactNode {
  const [name, setName] = useState(props.name)
  const [missing, setMissing] = useState(false)
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() === '') setMissing(true)
        else props.onName(name.trim())
      }}
    >
      <TextInput
        label={entry.create.name}
        description={entry.create.nameAbout}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={missing ? common.required : undefined}
        autoComplete="name"
        maxLength={60}
      />
      <Button type="submit">{common.next}</Button>
    </form>
  )
}
