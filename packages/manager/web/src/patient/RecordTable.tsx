import { Button } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../text/common.ts'
import { record } from '../text/record.ts'
import type { Table } from './model.ts'
import { readable, showValue } from './present.ts'

const shownAtFirst = 10

/** A table of records; every column that was proven, the readable ones first. */
export function RecordTable(props: { label: string; table: Table }): ReactNode {
  const { table, label } = props
  const [all, setAll] = useState(false)
  const order = readable(table.fields)
  const rows = all ? table.rows : table.rows.slice(0, shownAtFirst)
  return (
    <div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="scroll" tabIndex={0} aria-label={label}>
        <table className="grid">
          <caption>
            {label} · {record.entries(table.rows.length)}
          </caption>
          <thead>
            <tr>
              {order.map((i) => (
                <th key={table.fields[i]?.name} scope="col">
                  {table.fields[i]?.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows are in the order of their proof
              <tr key={at}>
                {order.map((i) => {
                  const field = table.fields[i]
                  return field ? (
                    <td key={field.name} className={cellClass(field.type)}>
                      {showValue(field, row[i] ?? null)}
                    </td>
                  ) : null
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {rows.length < table.rows.length ? (
        <Button variant="subtle" onClick={() => setAll(true)}>
          {common.more}
        </Button>
      ) : null}
    </div>
  )
}

/** Dates stay on one line. */
export function cellClass(type: string): string {
  return type === 'date' || type === 'instant' ? 'day' : ''
}
