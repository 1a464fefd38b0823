import { Text } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'

/** A whole card that leads somewhere. */
export function LinkCard(props: {
  to: string
  title: string
  mark?: ReactNode
  children?: ReactNode
}): ReactNode {
  return (
    <Link href={props.to} className="panel row-link" style={{ display: 'flex' }}>
      {props.mark ?? <span />}
      <span>
        <Text component="span" fw={650} style={{ display: 'block' }}>
          {props.title}
        </Text>
        {props.children}
      </span>
      <IconChevronRight size={20} aria-hidden style={{ flex: 'none' }} />
    </Link>
  )
}

/** Small print in a card. */
export function Small(props: { children: ReactNode }): ReactNode {
  return (
    <Text component="span" c="dimmed" fz="sm" style={{ display: 'block' }}>
      {props.children}
    </Text>
  )
}
