import { useEffect, useState } from 'react'
import { now } from '../ui/dates.ts'

const longestTimerMs = 2 ** 31 - 1

/** Whether a moment (unix seconds) has passed; renders again when it does. */
export function usePassed(at: number): boolean {
  const [passed, setPassed] = useState(now() >= at)
  useEffect(() => {
    const left = Math.max(0, at * 1000 - Date.now())
    setPassed(left === 0)
    if (left === 0 || left > longestTimerMs) return
    const timer = setTimeout(() => setPassed(true), left)
    return () => clearTimeout(timer)
  }, [at])
  return passed
}
