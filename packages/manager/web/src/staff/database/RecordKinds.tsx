import type { ReactNode } from 'react'
import { common } from '../../text/common.ts'
import { database as text } from '../../text/database.ts'
import { ColumnHeads } from '../../ui/ColumnHeads.tsx'
import { Scroll } from '../../ui/Scroll.tsx'
import type { Label } from './api.ts'

type Kind = {
  readonly name: string
  readonly label: string
  readonly category: number
  readonly sensitivity: Label
}

/** Kinds of records, one in a row: heading, category, sensitivity and one more thing. */
export function RecordKinds<T extends Kind>(props: {
  label: string
  columns: readonly string[]
  kinds: readonly T[]
  last: (kind: T) => ReactNode
}): ReactNode {
  return (
    <Scroll label={props.label}>
      <table className="grid">
        <caption className="sr">{props.label}</caption>
        <ColumnHeads columns={props.columns} />
        <tbody>
          {props.kinds.map((kind) => (
            <tr key={kind.name}>
              <td>{kind.label}</td>
              <td>{common.categories[kind.category] ?? kind.category}</td>
              <td>{text.sensitivities[kind.sensitivity]}</td>
              <td className="long">{props.last(kind)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
