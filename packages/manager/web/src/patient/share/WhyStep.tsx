import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { common } from '../../text/common.ts'
import { share as text } from '../../text/share.ts'

/** Purposes that a person may choose; research, payment and emergency have ways of their own. */
const offered = [1, 0, 2, 5]

/** Why: one tap. */
export function WhyStep(props: {
  onChoose: (purpose: number) => void
  onBack: () => void
}): ReactNode {
  return (
    <div className="stack">
      {offered.map((purpose) => (
        <button
          key={purpose}
          type="button"
          className="panel"
          onClick={() => props.onChoose(purpose)}
        >
          <strong>{common.purposes[purpose]}</strong>
        </button>
      ))}
      <Button variant="default" onClick={props.onBack}>
        {text.wizard.back}
      </Button>
    </div>
  )
}
