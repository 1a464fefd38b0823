import type { ReactNode } from 'react'
import { common } from '../text/common.ts'
import { record } from '../text/record.ts'
import { Tag } from '../ui/Tone.tsx'
import type { RecordSet } from './model.ts'

/** Marks of a record set: checked or not, changed, said to be wrong. */
export function SetMarks(props: { set: RecordSet }): ReactNode {
  const { set } = props
  return (
    <span style={{ display: 'flex', flexWrap: 'wrap', gap: '.35rem', marginTop: '.35rem' }}>
      <CheckMark set={set} />
      {set.state === 'changed' ? <Tag mood="wait">{record.changedMark}</Tag> : null}
      {set.state === 'unexplained' ? <Tag mood="warn">{record.unexplainedMark}</Tag> : null}
      {set.verdict?.kind === 'wrong' ? <Tag mood="bad">{record.wrongMark}</Tag> : null}
    </span>
  )
}

/** Whether the data were proven to be what the institution put on record. */
export function CheckMark(props: { set: RecordSet }): ReactNode {
  const proof = props.set.current?.proof
  if (proof === 'anchored') return <Tag mood="good">{common.checked}</Tag>
  if (proof === 'promised') return <Tag mood="info">{common.promised}</Tag>
  return <Tag mood="wait">{common.unchecked}</Tag>
}
