import { Button, Group, Title } from '@mantine/core'
import { type ReactNode, useId, useState } from 'react'
import { staff } from '../text/staff.ts'
import { showMoment } from '../ui/dates.ts'
import { Small } from '../ui/LinkCard.tsx'
import { type Mood, Tag } from '../ui/Tone.tsx'
import type { Pointer, Resource } from './api.ts'
import { RowsTable } from './RowsTable.tsx'

const text = staff.patient

/** One kind of record: how far the newest version came, its entries, corrections. */
export function ResourcePanel(props: {
  id: string
  resource: Resource
  pointer: Pointer | undefined
}): ReactNode {
  const { resource, pointer } = props
  const [open, setOpen] = useState(false)
  const panel = useId()
  return (
    <div className="panel stack">
      <Group justify="space-between">
        <Title order={3} fz="1.05rem">
          {resource.label}
        </Title>
        {pointer ? <PointerState pointer={pointer} /> : null}
      </Group>
      {pointer ? (
        <Small>
          {text.version(pointer.version)} · {showMoment(pointer.updatedAt)}
          {pointer.seen?.reason ? ` · ${pointer.seen.reason}` : ''}
        </Small>
      ) : null}
      <Button
        variant="default"
        size="sm"
        aria-expanded={open}
        aria-controls={panel}
        onClick={() => setOpen(!open)}
      >
        {open ? text.hide(resource.label) : text.show(resource.label)}
      </Button>
      <div id={panel}>
        {open ? (
          <RowsTable id={props.id} resource={resource} version={pointer?.version ?? 0} />
        ) : null}
      </div>
    </div>
  )
}

/** Arrived, seen, said to be wrong: words and icon. */
export function PointerState(props: { pointer: Pointer }): ReactNode {
  const { pointer } = props
  const verdict = pointer.seen?.verdict
  const states: readonly (readonly [boolean, Mood, string])[] = [
    [verdict === 'wrong' || verdict === 1, 'bad', text.state.wrong],
    [pointer.origin === 3 && verdict === undefined, 'warn', text.state.unexplained],
    [verdict === 'seen' || verdict === 0, 'good', text.state.seen],
    [pointer.anchored, 'info', text.state.arrived],
    [true, 'wait', text.state.sending],
  ]
  const found = states.find(([holds]) => holds)
  return found ? <Tag mood={found[1]}>{found[2]}</Tag> : null
}
