import {
  IconActivity,
  IconAlertOctagon,
  IconFileText,
  IconHeartbeat,
  IconId,
  IconPill,
  IconScissors,
  IconStethoscope,
  IconTestPipe,
  IconVaccine,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'

const icons: Readonly<Record<number, typeof IconId>> = {
  1: IconId,
  2: IconStethoscope,
  3: IconAlertOctagon,
  4: IconPill,
  5: IconTestPipe,
  6: IconHeartbeat,
  7: IconVaccine,
  8: IconScissors,
  9: IconActivity,
  10: IconFileText,
}

/** Picture of a category; its name stands beside it. */
export function CategoryMark(props: { category: number }): ReactNode {
  const Icon = icons[props.category] ?? IconFileText
  return (
    <span className="mark" aria-hidden>
      <Icon size={22} />
    </span>
  )
}
