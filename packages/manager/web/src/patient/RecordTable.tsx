import { Button, Progress } from '@mantine/core'
import { type ReactNode, useMemo, useState } from 'react'
import { common } from '../text/common.ts'
import { record } from '../text/record.ts'
import { RecordGrid } from '../ui/RecordGrid.tsx'
import { Tone } from '../ui/Tone.tsx'
import type { FieldInfo, RecordSet, Row, Table } from './model.ts'
import { dateOf, isDull, readable, showValue } from './present.ts'
import { type LongRecord, useLongRecord } from './useLongRecord.ts'

const shownAtFirst = 10
/** Rows that one press adds: more of them at once make a slow page. */
const shownMore = 250

/**
 * A table of records; every column that was proven, the readable ones first. With the set that it shows, the further
 * parts of a long one are fetched as they are wanted.
 */
export function RecordTable(props: { label: string; table: Table; set?: RecordSet }): ReactNode {
  const { table, label, set } = props
  const [wanted, setWanted] = useState(shownAtFirst)
  const long = useLongRecord(table, set)
  const order = readable(table.fields)
  const columns = order.map((i) => table.fields[i] as FieldInfo)
  const rows = useMemo(() => ordered(table, long.rows), [table, long.rows]).slice(0, wanted)
  const total = long.read?.rows ?? table.rows.length
  const isRestHere = wanted < long.rows.length
  const mayFetch = set !== undefined && long.rows.length < total
  const more = (): void => {
    const next = Math.min(wanted, long.rows.length) + shownMore
    setWanted(next)
    if (mayFetch && next > long.rows.length) long.fetch()
  }
  return (
    <div>
      <RecordGrid
        label={label}
        caption={`${label} · ${
          long.rows.length === total
            ? record.entries(total)
            : record.firstEntries(long.rows.length, total)
        }`}
        columns={columns}
        rows={rows.map((row) =>
          order.map((i) => {
            const field = table.fields[i] as FieldInfo
            return { className: cellClass(field, row[i]), shown: showValue(field, row[i] ?? null) }
          }),
        )}
      />
      <LongStatus long={long} />
      {(isRestHere || mayFetch) && !long.isFetching ? (
        <Button variant="subtle" onClick={more}>
          {common.more}
        </Button>
      ) : null}
    </div>
  )
}

/** Newest first; what comes in parts stays in its own order, so that more of it stands below. */
function ordered(table: Table, rows: readonly Row[]): readonly Row[] {
  if (table.read) return rows
  return rows.toSorted((a, b) => dateOf(table, b).localeCompare(dateOf(table, a)))
}

/** Where a long record is in coming; nothing for one that came as a whole. */
function LongStatus(props: { long: LongRecord }): ReactNode {
  const { read, isFetching, trouble, stop } = props.long
  if (!read) return null
  const { partsRead, parts } = read
  return (
    <div className="stack" style={{ marginTop: '.4rem' }}>
      <p role="status">
        {partsRead === parts
          ? record.long.all
          : isFetching
            ? record.long.fetching(partsRead + 1, parts)
            : record.veryLong}
      </p>
      {isFetching ? (
        <div>
          <Progress value={(100 * partsRead) / parts} aria-hidden />
          <Button variant="default" size="sm" mt="sm" onClick={stop}>
            {record.long.stop}
          </Button>
        </div>
      ) : null}
      {trouble ? (
        <Tone mood="bad" title={record.long.refused} live>
          {trouble}
        </Tone>
      ) : null}
    </div>
  )
}

/** Longest value that stands on one line by itself. */
export const shortText = 24

/** Dates, codes and short words stay on one line; long texts get room. */
export function cellClass(
  field: { readonly name: string; readonly type: string },
  value: string | null | undefined,
): string {
  const isOneLine = field.type !== 'text' || isDull(field.name) || (value ?? '').length <= shortText
  return isOneLine ? 'day' : 'long'
}
