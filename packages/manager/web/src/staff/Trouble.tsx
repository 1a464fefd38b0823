import type { ReactNode } from 'react'
import { Tone } from '../ui/Tone.tsx'
import { type Remedy, StaffApiError } from './api.ts'

export type TroubleFacts = {
  readonly message: string
  readonly whatToDo: string
  readonly remedies?: readonly Remedy[]
}

/** An error in words for the screen. */
export function troubleOf(error: unknown): TroubleFacts {
  if (error instanceof StaffApiError) {
    const { message, whatToDo, remedies } = error
    return { message, whatToDo, remedies }
  }
  return { message: error instanceof Error ? error.message : String(error), whatToDo: '' }
}

/** What happened and what to do. */
export function Trouble(props: { trouble: TroubleFacts }): ReactNode {
  return (
    <Tone mood="bad" title={props.trouble.message} live>
      <span style={{ whiteSpace: 'pre-line' }}>{props.trouble.whatToDo}</span>
    </Tone>
  )
}
