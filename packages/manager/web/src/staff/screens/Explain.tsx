import type { ReactNode } from 'react'
import { useState } from 'react'
import { useSearch } from 'wouter'
import { useAsked } from '../../patient/SessionContext.tsx'
import { staff } from '../../text/staff.ts'
import { Nothing } from '../../ui/Nothing.tsx'
import { Page } from '../../ui/Page.tsx'
import { Tone } from '../../ui/Tone.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { api, type Question } from '../api.ts'
import { ExplainForm } from '../ExplainForm.tsx'
import { Outcome } from '../Outcome.tsx'

const text = staff.explain

/** Why the gatekeeper would answer a request or not, for IT: rule, statement, block; nothing of the data. */
export default function Explain(): ReactNode {
  const entry = new URLSearchParams(useSearch()).get('entry')
  const [question, setQuestion] = useState<Question | undefined>(
    entry === null ? undefined : { entry: Number(entry) },
  )
  const choices = useAsked('', api.explainChoices)
  return (
    <Page title={text.title} lead={text.lead}>
      {question ? <Answer question={question} /> : null}
      {choices.state === 'loading' ? <Waiting /> : null}
      {choices.state === 'failed' ? <Tone mood="bad">{choices.reason}</Tone> : null}
      {choices.state === 'ready' && choices.value.relationships.length === 0 ? (
        <Nothing title={text.none} />
      ) : null}
      {choices.state === 'ready' && choices.value.relationships.length > 0 ? (
        <ExplainForm choices={choices.value.relationships} onAsk={setQuestion} />
      ) : null}
    </Page>
  )
}

function Answer(props: { question: Question }): ReactNode {
  const { question } = props
  const asked = useAsked(JSON.stringify(question), () => api.explain(question))
  if (asked.state === 'loading') return <Waiting />
  if (asked.state === 'failed') return <Tone mood="bad">{asked.reason}</Tone>
  return (
    <div className="stack">
      {'entry' in question ? <p>{text.fromEntry}</p> : null}
      <Outcome explanation={asked.value} />
    </div>
  )
}
