import { instantText } from '../instantText.ts'
import type { SqlRead } from '../typedText.ts'

type Convert = (text: string) => SqlRead

/** PostgreSQL's own numbers of the types whose text is not ours already (pg_type.dat). */
const converts: ReadonlyMap<number, Convert> = new Map<number, Convert>([
  [16, (text) => (text === 't' ? 'true' : 'false')], // boolean
  [17, (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))], // bytea, bytea_output = hex
  [700, Number], // real
  [701, Number], // double precision
  [1184, instantText], // timestamp with time zone
])

/** What a column's text means; undefined: the text itself. */
export function convertOf(typeOid: number): Convert | undefined {
  return converts.get(typeOid)
}
