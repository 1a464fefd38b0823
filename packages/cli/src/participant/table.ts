/** Rows under headings, aligned by code points; empty rows give a sentence instead. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly unknown[])[],
  nothing = 'Nothing there.',
): string {
  if (rows.length === 0) return nothing
  const cells = [headings, ...rows].map((row) => row.map(cell))
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => [...(row[column] ?? '')].length)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) => text + ' '.repeat((widths[column] ?? 0) - [...text].length))
      .join('  ')
      .trimEnd()
  const [head = [], ...body] = cells
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)].join(
    '\n',
  )
}

/** A time in unix seconds as a person reads it, in UTC. */
export function moment(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** The first digits of an id: enough to name it on the command line. */
export function short(id: string): string {
  return id.slice(0, 12)
}

/** What can move a terminal's cursor, begin a line, or turn the order of letters around (Unicode TR 36, 3.4). */
const steering = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu

/** Somebody else's words as part of a line of ours: they can neither steer the terminal nor pass for a line. */
export function oneLine(text: string): string {
  return text.replace(steering, ' ')
}

/** Values out of somebody's database. */
function cell(value: unknown): string {
  const text =
    value === null || value === undefined
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value, (_, inner: unknown) => plain(inner))
        : String(value)
  return oneLine(text)
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** JSON for scripts of values that may hold big integers or bytes. */
export function scriptable(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64url')
  if (Array.isArray(value)) return value.map(scriptable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, scriptable(member)]),
  )
}
