import { columnTexts, sha256, toHex, utf8, type Value } from '@medrec/protocol'
import { type Catalogue, parseCatalogue } from '../catalogue.ts'
import { clinicCatalogue } from '../clinic.test-support.ts'

const fields = [
  { bit: 0, name: 'id', type: 'int', label: 'Number' },
  { bit: 1, name: 'day', type: 'date', label: 'Day' },
  { bit: 2, name: 'moment', type: 'instant', label: 'Moment' },
  { bit: 3, name: 'amount', type: 'decimal', label: 'Amount' },
  { bit: 4, name: 'ratio', type: 'decimal', label: 'Ratio' },
  { bit: 5, name: 'flag', type: 'bool', label: 'Flag' },
  { bit: 6, name: 'note', type: 'text', label: 'Note' },
  { bit: 7, name: 'scan', type: 'bytes', label: 'Scan' },
  { bit: 8, name: 'doc', type: 'json', label: 'Document' },
] as const

/** A row as every engine is given it, in the canonical text of each type (docs/protocol.md section 7). */
export type SampleRow = { readonly [field in (typeof fields)[number]['name']]: Value }

const nothing = { day: null, moment: null, amount: null, ratio: null, flag: null, note: null }

/** What drivers get wrong when they are let. */
export const sampleRows: readonly SampleRow[] = [
  {
    ...{ id: '-9223372036854775808', day: '1899-12-31', moment: '1899-12-31T23:59:59Z' },
    ...{ amount: '-0.100000', ratio: '0.1', flag: 'true', note: 'caf\u00e9' },
    ...{ scan: '_wDerQ', doc: '{"a":[1,null],"b":"\u00e9"}' },
  },
  { id: '-1', ...nothing, scan: null, doc: null },
  {
    ...{ id: '9007199254740993', day: '2201-01-01', moment: '2201-01-01T00:00:00.500Z' },
    ...{ amount: '12345678901234567890.123400', ratio: '1000000000000000000000', flag: 'false' },
    ...{ note: 'cafe\u0301', scan: 'AA', doc: '[]' },
  },
  {
    ...{ id: '9223372036854775807', day: '2024-02-29', moment: '2024-02-29T12:00:00Z' },
    ...{ amount: '0.000000', ratio: '0.00000015', flag: 'false' },
    ...{ note: `tab\t "quotes" 'single' \\ back \u{1f600} \u2028 end`, scan: null, doc: 'null' },
  },
]

/** Hash of the sample's leaves: the same on every engine, in the order of the record key's text. */
export const sampleDigest: string = digestOf(
  sampleRows.toSorted((a, b) => (JSON.stringify([a.id]) < JSON.stringify([b.id]) ? -1 : 1)),
)

function digestOf(rows: readonly SampleRow[]): string {
  const values = rows.map((row) => fields.map(({ name }) => row[name]))
  return toHex(sha256(utf8(JSON.stringify(columnTexts(fields, values)))))
}

/** The clinic's catalogue with the sample as a resource. */
export function sampleCatalogue(query: string, more: object = {}): Catalogue {
  const sample = {
    ...{ name: 'sample', category: 1, schema: 'test/sample', label: 'Sample', query },
    ...{ ownerColumn: 'owner', recordKey: ['id'], fields },
    ...more,
  }
  return parseCatalogue({ ...clinicCatalogue, resources: [sample] })
}
