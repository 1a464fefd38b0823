import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { common } from '../text/common.ts'

/** Says that a list is empty, and what would fill it. */
export function Nothing(props: { title?: string; children?: ReactNode }): ReactNode {
  return (
    <div className="panel" style={{ textAlign: 'center', padding: '1.75rem 1rem' }}>
      <Text fw={650}>{props.title ?? common.nothing}</Text>
      {props.children ? (
        <Text c="dimmed" mt={4} component="div">
          {props.children}
        </Text>
      ) : null}
    </div>
  )
}
