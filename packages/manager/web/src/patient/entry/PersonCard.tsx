import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { entry } from '../../text/entry.ts'
import { Mark } from '../../ui/Mark.tsx'

/** A person's card on the demo's page. */
export function PersonCard(props: {
  name: string
  about: string
  kind: string
  onChoose: () => void
}): ReactNode {
  return (
    <button
      type="button"
      className="panel row-link"
      style={{ display: 'flex' }}
      aria-label={entry.demo.signInAs(props.name)}
      onClick={props.onChoose}
    >
      <Mark name={props.name} />
      <span>
        <span style={{ display: 'block', fontWeight: 650 }}>{props.name}</span>
        <Text component="span" c="dimmed" fz="sm" style={{ display: 'block' }}>
          {props.kind}
          {props.about ? ` · ${props.about}` : ''}
        </Text>
      </span>
    </button>
  )
}
