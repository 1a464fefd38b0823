import { Button, Group, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { share as text } from '../../text/share.ts'
import { Small } from '../../ui/LinkCard.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { type Choice, choose, type PresetName } from '../draft.ts'
import type { RecordSet } from '../model.ts'
import { FieldTicks } from './FieldTicks.tsx'

const names: readonly PresetName[] = ['summary', 'medicines', 'results', 'everything', 'own']

/** Presets first; "Let me choose" opens tick boxes for every field. */
export function WhatStep(props: {
  records: readonly RecordSet[]
  choice: Choice
  onChoice: (choice: Choice) => void
  onNext: () => void
  onBack: () => void
}): ReactNode {
  const { records, choice } = props
  const [own, setOwn] = useState(choice.size > 0)
  const [tried, setTried] = useState(false)
  const pick = (name: PresetName): void => {
    if (name === 'own') setOwn(true)
    else {
      props.onChoice(choose(name, records))
      props.onNext()
    }
  }
  const next = (): void => {
    setTried(true)
    if (choice.size > 0) props.onNext()
  }
  return (
    <div className="stack">
      {own ? (
        <FieldTicks records={records} choice={choice} onChoice={props.onChoice} />
      ) : (
        names
          .filter((name) => name === 'own' || choose(name, records).size > 0)
          .map((name) => (
            <button key={name} type="button" className="panel" onClick={() => pick(name)}>
              <Text component="span" fw={650}>
                {text.wizard.presets[name]?.[0]}
              </Text>
              <Small>{text.wizard.presets[name]?.[1]}</Small>
            </button>
          ))
      )}
      {tried && choice.size === 0 ? (
        <Tone mood="bad" live>
          {text.wizard.choosePart}
        </Tone>
      ) : null}
      {own && choice.size > 0 ? <Chosen records={records} choice={choice} /> : null}
      <Group>
        {own ? <Button onClick={next}>{text.wizard.next}</Button> : null}
        <Button variant="default" onClick={() => (own ? setOwn(false) : props.onBack())}>
          {text.wizard.back}
        </Button>
      </Group>
    </div>
  )
}

function Chosen(props: { records: readonly RecordSet[]; choice: Choice }): ReactNode {
  const fields = [...props.choice.values()].reduce((sum, bits) => sum + bits.size, 0)
  const chosen = props.records.filter(({ id }) => props.choice.has(id))
  const places = new Set(chosen.map(({ institution }) => institution.name)).size
  return <Text role="status">{text.wizard.chosen(fields, places)}</Text>
}
