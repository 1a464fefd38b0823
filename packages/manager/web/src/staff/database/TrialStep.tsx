import { Button, Group, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { database } from '../../text/database.ts'
import { Tone } from '../../ui/Tone.tsx'
import type { Remedy } from '../api.ts'
import { Trouble } from '../Trouble.tsx'
import { databaseApi, type Trial } from './api.ts'
import { type Draft, planOf, remedied } from './draft.ts'
import { PreviewPanel } from './PreviewPanel.tsx'
import { RecordKinds } from './RecordKinds.tsx'
import { Rights } from './Rights.tsx'
import { useTrial } from './useTrial.ts'

const text = database.setup

/** Reads some patients' records as the node would: numbers, then, if wanted, what they would see. */
export function TrialStep(props: {
  draft: Draft
  trial: Trial | undefined
  onChange: (more: Partial<Draft>) => void
  onTrial: (trial: Trial) => void
}): ReactNode {
  const { draft, trial, onChange, onTrial } = props
  const { isBusy, trouble, run } = useTrial()
  const take = (remedy: Remedy): void => {
    const more = remedied(draft, remedy)
    onChange(more)
    run(async () => onTrial(await databaseApi.trial(planOf({ ...draft, ...more }))))
  }
  return (
    <div className="stack">
      <form
        className="panel stack"
        onSubmit={(event) => {
          event.preventDefault()
          run(async () => onTrial(await databaseApi.trial(planOf(draft))))
        }}
      >
        <p style={{ margin: 0 }}>{text.runLead}</p>
        <TextInput
          label={text.samples}
          description={text.samplesAbout}
          value={draft.samples}
          onChange={(event) => onChange({ samples: event.currentTarget.value })}
          autoComplete="off"
        />
        <Button type="submit" loading={isBusy}>
          {text.run}
        </Button>
        {trouble ? <Trouble trouble={trouble} /> : null}
        <WaysOut remedies={trouble?.remedies ?? []} onTake={take} />
      </form>
      {trial ? (
        <>
          <Tone mood="good" live>
            {text.ran(trial.patients)}
          </Tone>
          <RecordKinds
            label={database.kinds}
            columns={text.ranColumns}
            kinds={trial.resources}
            last={({ rows, patients }) =>
              rows === null || patients === null ? text.ofChosen : text.ofPatients(rows, patients)
            }
          />
          <Rights excess={trial.excess} role={trial.role} />
          <PreviewPanel plan={planOf(draft)} />
        </>
      ) : null}
    </div>
  )
}

/** What may be answered otherwise after a refusal, tried at once; the one first that shares least. */
function WaysOut(props: {
  remedies: readonly Remedy[]
  onTake: (remedy: Remedy) => void
}): ReactNode {
  if (props.remedies.length === 0) return null
  return (
    <Group role="group" aria-label={text.waysOut}>
      {props.remedies.map((remedy) => (
        <Button key={remedy.do} variant="default" onClick={() => props.onTake(remedy)}>
          {wordsFor(remedy)}
        </Button>
      ))}
    </Group>
  )
}

function wordsFor(remedy: Remedy): string {
  if (remedy.do === 'asText')
    return text.asText(remedy.columns.map(([table, name]) => `${table}.${name}`).join(', '))
  return text[remedy.do](remedy.tables.join(', '))
}
