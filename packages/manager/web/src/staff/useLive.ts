import { useEffect, useState } from 'react'
import { followEvents } from './events.ts'

/** Counts up with every event of the node, so that screens ask anew; tells when the session is over. */
export function useLive(onEnded: () => void): number {
  const [count, setCount] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: one stream for as long as the screens are shown
  useEffect(() => followEvents({ onEvent: () => setCount((before) => before + 1), onEnded }), [])
  return count
}
