import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { activity } from '../text/activity.ts'
import { common } from '../text/common.ts'
import { dayHeading, showClock } from '../ui/dates.ts'
import { Mark } from '../ui/Mark.tsx'
import { newestFirst } from '../ui/newestFirst.ts'
import { Tag } from '../ui/Tone.tsx'
import { groupedBy } from './groupedBy.ts'
import { happeningText } from './happenings.ts'
import type { Happening } from './model.ts'

/** What happened, day by day, newest first. */
export function HappeningList(props: { happenings: readonly Happening[] }): ReactNode {
  const days = groupedBy(newestFirst(props.happenings), ({ at }) => dayHeading(at))
  return [...days].map(([day, list]) => (
    <section key={day} aria-label={day} style={{ marginTop: '1.25rem' }}>
      <h3 style={{ fontSize: '1rem', margin: '0 0 .5rem' }}>{day}</h3>
      <ol className="plain stack">
        {list.map((one) => (
          <li key={one.id} className="panel row-link" style={{ alignItems: 'flex-start' }}>
            <Mark
              name={one.who?.name ?? common.you}
              institution={one.who?.kind === 'institution'}
            />
            <Line happening={one} />
          </li>
        ))}
      </ol>
    </section>
  ))
}

function Line(props: { happening: Happening }): ReactNode {
  const one = props.happening
  const details = [
    one.reading
      ? activity.between(showClock(one.at), showClock(one.reading.until))
      : showClock(one.at),
    one.label,
    one.kind === 'read' || one.kind === 'refused' ? one.other && activity.at(one.other.name) : '',
  ]
  return (
    <div>
      <Text fw={600}>{happeningText(one)}</Text>
      <Text c="dimmed" fz="sm">
        {details.filter(Boolean).join(' · ')}
      </Text>
      {one.fields && one.fields.length > 0 ? (
        <Text c="dimmed" fz="sm">
          {activity.fields(one.fields.join(', '))}
        </Text>
      ) : null}
      {one.reading ? (
        <Text c="dimmed" fz="sm">
          {activity.inParts(one.reading.rows, one.reading.parts, one.reading.of)}
        </Text>
      ) : null}
      {one.reason ? (
        <Text c="dimmed" fz="sm">
          {activity.reason(one.reason)}
        </Text>
      ) : null}
      {one.kind === 'refused' ? <Tag mood="bad">{activity.refusedMark}</Tag> : null}
      {one.kind === 'read' ? <Tag mood="info">{activity.readMark}</Tag> : null}
    </div>
  )
}
