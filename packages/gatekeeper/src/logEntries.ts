import { fromHex, type Hex, toHex } from '@medrec/protocol'
import { AccessTables } from '@medrec/records/node'
import type { Staff } from './Core.ts'
import type { LogContent } from './query/AccessLog.ts'
import type { Context } from './query/Context.ts'

/** An entry of the access log. */
export type LogEntry = LogContent & {
  readonly sequence: number
  readonly relationship: Hex | undefined
}

const largestPage = 10_000
const exportPage = 1_000

/** The newest 10,000 entries of a time span (unix seconds, `to` exclusive), oldest first. */
export function entriesIn(
  { database }: Pick<Context, 'database'>,
  span: { readonly from: number; readonly to: number; readonly relationship?: Hex },
): readonly LogEntry[] {
  const { from, to, relationship } = span
  const of = relationship === undefined ? undefined : fromHex(relationship, 32)
  const page = { from, to, limit: largestPage, relationship: of }
  return AccessTables.entriesBetween(database, page).map(toEntry)
}

/** Notes in the log that somebody exports it, and gives its entries one by one. Throws LogUnavailableError. */
export async function exportLog(
  context: Pick<Context, 'database' | 'log' | 'clock'>,
  { by, ...span }: { readonly from: number; readonly to: number; readonly by: Staff },
): Promise<Iterable<LogEntry>> {
  const staff = { id: by.id, role: by.role }
  await context.log.append(undefined, { time: context.clock(), kind: 'exported', who: {}, staff })
  return everyEntry(context, span)
}

/** All entries of a time span, oldest first, read in pages so that a long log stays on the disk. */
function* everyEntry(
  { database }: Pick<Context, 'database'>,
  span: { readonly from: number; readonly to: number },
): Generator<LogEntry> {
  for (let after = 0; ; ) {
    const page = AccessTables.entriesAfter(database, { ...span, after, limit: exportPage })
    for (const row of page) yield toEntry(row)
    const last = page.at(-1)
    if (!last || page.length < exportPage) return
    after = last.sequence
  }
}

/** One entry by its number in the log. */
export function entryOf(
  { database }: Pick<Context, 'database'>,
  sequence: number,
): LogEntry | undefined {
  const row = AccessTables.entryNumbered(database, sequence)
  return row && toEntry(row)
}

function toEntry({ sequence, text, relationship }: AccessTables.LogRow): LogEntry {
  return {
    ...(JSON.parse(text) as LogContent),
    sequence,
    relationship: relationship ? toHex(relationship) : undefined,
  }
}
