import type { ReactNode } from 'react'
import { staff } from '../text/staff.ts'
import { type Mood, Tag } from '../ui/Tone.tsx'

const moods: Readonly<Record<string, Mood>> = {
  none: 'info',
  proposed: 'wait',
  sending: 'wait',
  accepted: 'good',
  declined: 'bad',
  rejected: 'bad',
  closed: 'bad',
  frozen: 'warn',
}

/** How a person and this institution stand. */
export function PersonStatus(props: { status: string }): ReactNode {
  return (
    <Tag mood={moods[props.status] ?? 'info'}>
      {staff.people.status[props.status] ?? props.status}
    </Tag>
  )
}
