import { Button, Group } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useAsked } from '../../patient/SessionContext.tsx'
import { database } from '../../text/database.ts'
import { Page, Section } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { databaseApi, type Overview, type Trial } from '../database/api.ts'
import { ConnectStep } from '../database/ConnectStep.tsx'
import { type Draft, goOnWith, isComplete, planOf } from '../database/draft.ts'
import { MapStep } from '../database/MapStep.tsx'
import { SaveStep } from '../database/SaveStep.tsx'
import { StaysStep } from '../database/StaysStep.tsx'
import { TrialStep } from '../database/TrialStep.tsx'

const text = database.setup

/** The set-up of the institution's database: `medrec provider setup` as pages. */
export default function DatabaseSetup(): ReactNode {
  const asked = useAsked('database', databaseApi.overview)
  return (
    <Page title={text.title} back={{ to: '/database', label: database.back }}>
      {asked.state === 'loading' ? <Waiting /> : null}
      {asked.state === 'failed' ? <Tone mood="bad">{asked.reason}</Tone> : null}
      {asked.state === 'ready' ? <Steps overview={asked.value} /> : null}
    </Page>
  )
}

function Steps(props: { overview: Overview }): ReactNode {
  const { overview } = props
  const [step, setStep] = useState(0)
  const [draft, setDraft] = useState<Draft>()
  const [trial, setTrial] = useState<Trial>()
  const change = (more: Partial<Draft>): void => {
    setDraft((before) => before && { ...before, ...more })
    setTrial(undefined)
  }
  const body = (): ReactNode => {
    if (step === 0 || !draft)
      return (
        <ConnectStep
          overview={overview}
          onFound={(found, connection) => {
            setDraft((before) => goOnWith(before, found, connection))
            setTrial(undefined)
            setStep(1)
          }}
        />
      )
    switch (step) {
      case 1:
        return <MapStep draft={draft} onChange={change} />
      case 2:
        return <StaysStep overview={overview} draft={draft} onChange={change} />
      case 3:
        return <TrialStep draft={draft} trial={trial} onChange={change} onTrial={setTrial} />
      default:
        return trial ? <SaveStep plan={planOf(draft)} trial={trial} /> : null
    }
  }
  const mayGoOn = step < 3 ? draft !== undefined && isComplete(draft) : trial !== undefined
  return (
    <Section title={text.step(step + 1, text.steps.length, text.steps[step] ?? '')}>
      {body()}
      {step > 0 ? (
        <Group mt="lg">
          <Button variant="default" onClick={() => setStep(step - 1)}>
            {text.backStep}
          </Button>
          {step < text.steps.length - 1 ? (
            <Button disabled={!mayGoOn} onClick={() => setStep(step + 1)}>
              {text.next}
            </Button>
          ) : null}
        </Group>
      ) : null}
    </Section>
  )
}
