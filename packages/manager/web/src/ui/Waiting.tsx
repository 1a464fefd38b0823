import { Loader, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { common } from '../text/common.ts'

/** Shown while something is on its way. */
export function Waiting(props: { label?: string }): ReactNode {
  return (
    <div
      role="status"
      style={{ display: 'grid', placeItems: 'center', gap: '1rem', padding: '4rem 1rem' }}
    >
      <Loader aria-hidden />
      <Text c="dimmed">{props.label ?? common.loading}</Text>
    </div>
  )
}
