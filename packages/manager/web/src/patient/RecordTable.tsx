import { Button } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { common } from '../text/common.ts'
import { record } from '../text/record.ts'
import type { Table } from './model.ts'
import { dateOf, isDull, readable, showValue } from './present.ts'

const shownAtFirst = 10

/** A table of records; every column that was proven, the readable ones first. */
export function RecordTable(props: { label: string; table: Table }): ReactNode {
  const { table, label } = props
  const [all, setAll] = useState(false)
  const order = readable(table.fields)
  const sorted = table.rows.toSorted((a, b) => dateOf(table, b).localeCompare(dateOf(table, a)))
  const rows = all ? sorted : sorted.slice(0, shownAtFirst)
  return (
    <div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="scroll" tabIndex={0} aria-label={label}>
        <table className="grid">
          <caption>
            <span className="caption">
              {label} · {record.entries(table.rows.length)}
            </span>
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
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name of their own in every catalogue
              <tr key={at}>
                {order.map((i) => {
                  const field = table.fields[i]
                  return field ? (
                    <td key={field.name} className={cellClass(field, row[i])}>
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

const shortText = 24

/** Dates, codes and short words stay on one line; long texts get room. */
export function cellClass(
  field: { readonly name: string; readonly type: string },
  value: string | null | undefined,
): string {
  const isOneLine = field.type !== 'text' || isDull(field.name) || (value ?? '').length <= shortText
  return isOneLine ? 'day' : 'long'
}
