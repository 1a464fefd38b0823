import { toBigInt, utf8 } from './bytes.ts'
import { sha256 } from './hash.ts'

/** Categories of records, by number (docs/protocol.md section 3). */
export const categories: Readonly<Record<number, string>> = {
  1: 'demographics',
  2: 'conditions',
  3: 'allergies',
  4: 'medications',
  5: 'results',
  6: 'vitals',
  7: 'immunizations',
  8: 'procedures',
  9: 'encounters',
  10: 'documents',
}

/** Number of a schema: the first four bytes of H(name). */
export function schemaId(name: string): number {
  return Number(toBigInt(sha256(utf8(name)).slice(0, 4)))
}
