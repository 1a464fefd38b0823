import type { ReactNode } from 'react'
import { common } from '../text/common.ts'
import { Tone } from '../ui/Tone.tsx'
import { useSnapshot } from './SessionContext.tsx'

/** Warns when what the screen shows may be old, or when two places disagree. */
export function Freshness(): ReactNode {
  const { freshness } = useSnapshot()
  if (!freshness.online)
    return (
      <div style={{ marginBottom: '1rem' }}>
        <Tone mood="wait" live>
          {common.offline}
        </Tone>
      </div>
    )
  if (!freshness.agree)
    return (
      <div style={{ marginBottom: '1rem' }}>
        <Tone mood="warn" live>
          {common.disagree}
        </Tone>
      </div>
    )
  return null
}
