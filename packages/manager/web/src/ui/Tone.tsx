import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconInfoCircle,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'

export type Mood = 'info' | 'good' | 'warn' | 'bad' | 'wait'
const icons = {
  info: IconInfoCircle,
  good: IconCircleCheck,
  warn: IconAlertTriangle,
  bad: IconCircleX,
  wait: IconClock,
}
const colours = { info: 'info', good: 'good', warn: 'warn', bad: 'bad', wait: 'warn' }

/** A message with an icon and a colour; the icon and the words carry the meaning alone too. */
export function Tone(props: {
  mood: Mood
  title?: string
  children?: ReactNode
  live?: boolean
}): ReactNode {
  const Icon = icons[props.mood]
  return (
    <div
      className={`tone tone-${colours[props.mood]}`}
      {...(props.live ? { role: props.mood === 'bad' ? 'alert' : 'status' } : {})}
    >
      <Icon size={22} aria-hidden />
      <div>
        {props.title ? <strong style={{ display: 'block' }}>{props.title}</strong> : null}
        {props.children}
      </div>
    </div>
  )
}

/** A short mark of state: icon and word. */
export function Tag(props: { mood: Mood; children: ReactNode }): ReactNode {
  const Icon = icons[props.mood]
  return (
    <span className={`tag tone-${colours[props.mood]}`}>
      <Icon size={15} aria-hidden />
      <span>{props.children}</span>
    </span>
  )
}
