import { Button, Group, Text } from '@mantine/core'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { WishStatus } from '../ui/WishStatus.tsx'
import type { Outcome } from './model.ts'
import { useWish } from './SessionContext.tsx'

/** An action with a consequence: one tap asks, the second one does it. */
export function Confirm(props: {
  button: string
  /** What the button is about, for screen readers, where several stand on one page. */
  of?: string
  ask: string
  keep: string
  done: string
  danger?: boolean
  act: () => Promise<Outcome>
}): ReactNode {
  const [asking, setAsking] = useState(false)
  const wish = useWish()
  const question = useRef<HTMLFieldSetElement>(null)
  useEffect(() => {
    if (asking) question.current?.focus()
  }, [asking])
  const colour = props.danger ? { color: 'danger' } : {}
  if (wish.state !== 'idle') return <WishStatus wish={wish} done={props.done} />
  if (!asking)
    return (
      <Button variant="default" onClick={() => setAsking(true)}>
        {props.button}
        {props.of ? <span className="sr">: {props.of}</span> : null}
      </Button>
    )
  return (
    <fieldset className="panel stack" ref={question} tabIndex={-1} aria-label={props.button}>
      <Text>{props.ask}</Text>
      <Group>
        <Button {...colour} onClick={() => void wish.run(props.act)}>
          {props.button}
        </Button>
        <Button variant="default" onClick={() => setAsking(false)}>
          {props.keep}
        </Button>
      </Group>
    </fieldset>
  )
}
