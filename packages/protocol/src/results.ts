import {
  compareTexts,
  concat,
  fromBase64Url,
  fromHex,
  type Hex,
  toHex,
  uint,
  utf8,
} from './bytes.ts'
import { isCanonicalJson } from './canonicalJson.ts'
import { MalformedError } from './errors.ts'
import { sha256 } from './hash.ts'
import { hmacUnder } from './keyedHmac.ts'
import { merkleRoot } from './merkle.ts'

/** Types of a field, each with one lexical form (docs/protocol.md section 7). */
export type FieldType = 'int' | 'decimal' | 'date' | 'instant' | 'bool' | 'text' | 'bytes' | 'json'

/** A field of a resource; `bit` never changes its meaning. */
export type Field = { readonly bit: number; readonly name: string; readonly type: FieldType }

/** What a leaf tells of its field. */
type NamedField = Pick<Field, 'name' | 'type'>

/** One typed text, or null. */
export type Value = string | null
/** One row: values in the order of the fields. */
export type Row = readonly Value[]

/** A version of a resource's fields as readers see them: what each is called, in its place. */
export type FieldList = {
  readonly version: number
  readonly resource: string
  readonly label: string
  readonly fields: readonly {
    readonly bit: number
    readonly name: string
    readonly type: string
    readonly label: string
  }[]
}

/** What the header of a result says. */
export type ResultHeader = {
  readonly pointer: Uint8Array
  readonly version: number
  readonly category: number
  readonly schema: number
  readonly catalogue: number
  /** Hash of the fields' list, so that nobody is told other labels than the next reader. */
  readonly labels: Uint8Array
  readonly rows: number
  readonly fields: number
  readonly change: { readonly origin: number; readonly reason: string | null }
  /** Number of parts of a result that no one answer holds (docs/protocol.md 7.2); absent of all others. */
  readonly parts?: number
}

const leafPrefix = Uint8Array.of(0)

const forms: ReadonlyMap<string, (value: string) => boolean> = new Map<
  FieldType,
  (value: string) => boolean
>([
  ['int', (value) => /^(0|-?[1-9]\d*)$/.test(value)],
  ['decimal', (value) => /^(?!-0(\.0+)?$)-?(0|[1-9]\d*)(\.\d+)?$/.test(value)],
  ['date', (value) => /^\d{4}-\d{2}-\d{2}$/.test(value)],
  ['instant', (value) => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/.test(value)],
  ['bool', (value) => value === 'true' || value === 'false'],
  ['text', () => true],
  ['bytes', isBase64Url],
  ['json', isCanonicalJson],
])

/** Whether a value has the form of its type. */
export function isCanonical(type: FieldType, value: Value): boolean {
  if (value === null) return true
  if (!value.isWellFormed()) return false
  return forms.get(type)?.(value) ?? false
}

/** Rows in the order of their record keys. Throws MalformedError when a key stands twice. */
export function sortRows(rows: readonly Row[], keyColumns: readonly number[]): readonly Row[] {
  const keyed = rows.map((row) => ({
    row,
    key: JSON.stringify(keyColumns.map((column) => row[column])),
  }))
  keyed.sort((a, b) => compareTexts(a.key, b.key))
  const twice = keyed.some(({ key }, i) => i > 0 && keyed[i - 1]?.key === key)
  if (twice) throw new MalformedError('record keys of a result must be unique')
  return keyed.map(({ row }) => row)
}

/** Hash of a list of fields: H(0x09 | its exact text). */
export function labelsHash({ version, resource, label, fields }: FieldList): Uint8Array {
  const listed = fields.map((field) => {
    const { bit, name, type } = field
    return { bit, name, type, label: field.label }
  })
  const text = JSON.stringify({ version, resource, label, fields: listed })
  return sha256(uint(9, 1), utf8(text))
}

/** The header's exact text. */
export function headerText(header: ResultHeader): string {
  return JSON.stringify({
    pointer: toHex(header.pointer),
    version: header.version,
    category: header.category,
    schema: header.schema,
    catalogue: header.catalogue,
    labels: toHex(header.labels),
    rows: header.rows,
    fields: header.fields,
    change: { origin: header.change.origin, reason: header.change.reason },
    parts: header.parts, // left out where it is undefined
  })
}

/** The exact text of one field's leaf: `[name, type, [values]]`. */
export function columnText(field: NamedField, values: readonly Value[]): string {
  return JSON.stringify([field.name, field.type, values])
}

/** Salt (16 bytes) of the leaf at a position. */
export function leafSalt(
  pointerSecret: Uint8Array,
  pointer: Uint8Array,
  version: number,
  position: number,
): Uint8Array {
  return hmacUnder(pointerSecret)(concat(pointer, uint(version, 4), uint(position, 4)), 16)
}

/** Salts of a version's first leaves. */
export function leafSalts(
  pointerSecret: Uint8Array,
  pointer: Uint8Array,
  version: number,
  count: number,
): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, position) =>
    leafSalt(pointerSecret, pointer, version, position),
  )
}

/** Where what is hashed for a leaf is written, anew for each; longer ones have memory of their own. */
const scratch = new Uint8Array(65_536)
const encoder = new TextEncoder()

/** Hash of a leaf of a result: H(0x00 | salt | text). Throws MalformedError for unpaired surrogates. */
export function resultLeafHash(salt: Uint8Array, text: string): Uint8Array {
  const start = leafPrefix.length + salt.length
  // A unit of UTF-16 takes up to three bytes.
  if (start + 3 * text.length > scratch.length) return sha256(leafPrefix, salt, utf8(text))
  if (!text.isWellFormed()) throw new MalformedError('text with an unpaired surrogate')
  scratch.set(leafPrefix)
  scratch.set(salt, leafPrefix.length)
  const { written } = encoder.encodeInto(text, scratch.subarray(start))
  return sha256(scratch.subarray(0, start + written))
}

/** A result as its tree's leaves: the header, then one leaf per field. */
export type ResultTree = {
  readonly texts: readonly string[]
  readonly salts: readonly Uint8Array[]
  readonly leaves: readonly Uint8Array[]
  readonly root: Uint8Array
}

/** Builds the tree of a pointer's whole result (fields in catalogue order, rows sorted). */
export function resultTree(options: {
  header: ResultHeader
  fields: readonly Field[]
  rows: readonly Row[]
  pointerSecret: Uint8Array
}): ResultTree {
  const { header, fields, rows, pointerSecret } = options
  const columns = columnTexts(fields, rows)
  const salts = leafSalts(pointerSecret, header.pointer, header.version, columns.length + 1)
  return columnTree({ header, columns, salts })
}

/** The exact texts of all fields' leaves. */
export function columnTexts(
  fields: readonly NamedField[],
  rows: readonly Row[],
): readonly string[] {
  return fields.map((field, column) =>
    columnText(
      field,
      rows.map((row) => row[column] as Value),
    ),
  )
}

/** Builds the tree of a pointer's whole result from the exact texts of its fields' leaves. */
export function columnTree(options: {
  header: ResultHeader
  columns: readonly string[]
  /** One for the header, then one for each column */
  salts: readonly Uint8Array[]
}): ResultTree {
  const { header, columns, salts } = options
  const texts = [headerText(header), ...columns]
  if (salts.length !== texts.length) throw new MalformedError('a salt for each leaf expected')
  const leaves = texts.map((text, position) => resultLeafHash(salts[position] as Uint8Array, text))
  return { texts, salts, leaves, root: merkleRoot(leaves) }
}

/** Reads a leaf's text back into a column. Throws MalformedError. */
export function parseColumn(text: string): {
  name: string
  type: FieldType
  values: readonly Value[]
} {
  const parsed: unknown = parseJson(text)
  if (!Array.isArray(parsed) || parsed.length !== 3) throw new MalformedError('a column expected')
  const [name, type, values] = parsed as unknown[]
  if (typeof name !== 'string' || typeof type !== 'string' || !forms.has(type))
    throw new MalformedError('a column names its field and type')
  if (!Array.isArray(values) || values.some((value) => value !== null && typeof value !== 'string'))
    throw new MalformedError('a column holds texts and nulls')
  if (values.some((value: Value) => !isCanonical(type as FieldType, value)))
    throw new MalformedError('a value is not in the form of its type')
  if (JSON.stringify(parsed) !== text)
    throw new MalformedError('a column in its exact form expected')
  return { name, type: type as FieldType, values: values as readonly Value[] }
}

/** Reads a header's text. Throws MalformedError unless it is exactly of the prescribed form. */
export function parseHeader(text: string): ResultHeader & { readonly pointerHex: Hex } {
  const parsed: unknown = parseJson(text)
  if (!isHeader(parsed)) throw new MalformedError('a header holds its prescribed members')
  const header = {
    ...parsed,
    pointer: fromHex(parsed.pointer, 16),
    labels: fromHex(parsed.labels, 32),
    pointerHex: parsed.pointer,
  }
  if (headerText(header) !== text) throw new MalformedError('a header in its exact form expected')
  return header
}

type HeaderJson = Omit<ResultHeader, 'pointer' | 'labels'> & {
  readonly pointer: Hex
  readonly labels: Hex
}

function isHeader(parsed: unknown): parsed is HeaderJson {
  if (typeof parsed !== 'object' || parsed === null) return false
  const { pointer, labels, change, ...numbers } = parsed as Record<string, unknown>
  if (typeof pointer !== 'string' || !/^0x[0-9a-f]{32}$/.test(pointer)) return false
  if (typeof labels !== 'string' || !/^0x[0-9a-f]{64}$/.test(labels)) return false
  const isCount = (name: string): boolean =>
    Number.isSafeInteger(numbers[name]) && Number(numbers[name]) >= 0
  if (!['version', 'category', 'schema', 'catalogue', 'rows', 'fields'].every(isCount)) return false
  if (!isPartCount(numbers['parts'], 'parts' in parsed)) return false
  if (typeof change !== 'object' || change === null) return false
  const { origin, reason } = change as Record<string, unknown>
  const isOrigin = typeof origin === 'number' && [1, 2, 3, 4].includes(origin)
  return isOrigin && (reason === null || (typeof reason === 'string' && reason.isWellFormed()))
}

/** A whole number above 0, or not there at all. */
function isPartCount(parts: unknown, isThere: boolean): boolean {
  return isThere ? Number.isSafeInteger(parts) && Number(parts) > 0 : true
}

function isBase64Url(text: string): boolean {
  try {
    fromBase64Url(text)
    return true
  } catch {
    return false // another spelling: the question is answered
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new MalformedError('JSON expected') // without the cause: its message quotes the text
  }
}
