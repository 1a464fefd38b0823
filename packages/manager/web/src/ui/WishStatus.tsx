import { Loader } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import type { Wish } from '../patient/SessionContext.tsx'
import { common } from '../text/common.ts'
import { Tone } from './Tone.tsx'

/** How far a wish is. Pending shows as pending; the focus goes to the result when it is there. */
export function WishStatus(props: {
  wish: Pick<Wish, 'state' | 'reason'>
  done?: string
}): ReactNode {
  const { state, reason } = props.wish
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (state === 'done' || state === 'refused') box.current?.focus()
  }, [state])
  return (
    <div ref={box} tabIndex={-1} aria-live="polite" style={{ outline: 'none' }}>
      {state === 'working' ? (
        <div className="tone tone-warn">
          <Loader size={20} color="currentColor" />
          <div>{common.pending}</div>
        </div>
      ) : null}
      {state === 'waiting' ? <Tone mood="wait">{common.waiting}</Tone> : null}
      {state === 'done' ? <Tone mood="good">{props.done ?? common.done}</Tone> : null}
      {state === 'refused' ? (
        <Tone mood="bad" title={common.refusedBefore}>
          {reason ? `${reason} ` : ''}
          {common.refusedAfter}
        </Tone>
      ) : null}
    </div>
  )
}
