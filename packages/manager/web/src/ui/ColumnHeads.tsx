import type { ReactNode } from 'react'

/** The heads of a table's columns, each with a text of its own. */
export function ColumnHeads(props: { columns: readonly string[] }): ReactNode {
  return (
    <thead>
      <tr>
        {props.columns.map((column) => (
          <th key={column} scope="col">
            {column}
          </th>
        ))}
      </tr>
    </thead>
  )
}
