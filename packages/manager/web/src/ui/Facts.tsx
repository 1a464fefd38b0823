import type { ReactNode } from 'react'

/** Names and values, one under the other. */
export function Facts(props: {
  facts: readonly (readonly [label: string, value: ReactNode])[]
}): ReactNode {
  return (
    <dl className="facts">
      {props.facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
