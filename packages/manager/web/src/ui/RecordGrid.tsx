import type { ReactNode } from 'react'
import { Scroll } from './Scroll.tsx'

type Column = { readonly name: string; readonly label: string }

type Cell = { readonly shown: ReactNode; readonly className?: string }

/** Rows that become blocks are a table for every reader only if it is said: some browsers go by the layout. */
const as = {
  table: { role: 'table' },
  group: { role: 'rowgroup' },
  row: { role: 'row' },
  head: { role: 'columnheader' },
  cell: { role: 'cell' },
} as const

/** More columns than these have no room beside each other where patients read. */
const fewColumns = 6

/**
 * Records as a table. Where columns have no room each row is a block, in which every value stands beside its column's name.
 */
export function RecordGrid(props: {
  label: string
  caption: ReactNode
  columns: readonly Column[]
  rows: readonly (readonly Cell[])[]
}): ReactNode {
  const { label, caption, columns, rows } = props
  return (
    <Scroll label={label}>
      <table className={`grid blocks ${columns.length > fewColumns ? 'many' : ''}`} {...as.table}>
        <caption>
          <span className="caption">{caption}</span>
        </caption>
        <thead {...as.group}>
          <tr {...as.row}>
            {columns.map(({ name, label: head }) => (
              <th key={name} scope="col" {...as.head}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...as.group}>
          {rows.map((cells, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name of their own in every catalogue
            <tr key={at} {...as.row}>
              {columns.map(({ name, label: head }, i) => (
                <td key={name} className={cells[i]?.className} data-label={head} {...as.cell}>
                  {cells[i]?.shown}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
