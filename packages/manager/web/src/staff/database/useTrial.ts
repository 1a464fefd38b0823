import { useState } from 'react'
import { type TroubleFacts, troubleOf } from '../Trouble.tsx'

/** One question to the node at a time: whether it is under way, and what went wrong. */
export function useTrial(): {
  readonly isBusy: boolean
  readonly trouble: TroubleFacts | undefined
  readonly run: (work: () => Promise<void>) => void
} {
  const [isBusy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<TroubleFacts>()
  const run = (work: () => Promise<void>): void => {
    setBusy(true)
    setTrouble(undefined)
    work().then(
      () => setBusy(false),
      (error: unknown) => {
        setTrouble(troubleOf(error))
        setBusy(false)
      },
    )
  }
  return { isBusy, trouble, run }
}
