import { expect } from 'vitest'
import { excludedBy } from './excludedBy.ts'

/** Asks of the clinic's database which statements read what must not be read, whatever its engine. */
export async function expectExcludedFound(source: Parameters<typeof excludedBy>[0]): Promise<void> {
  const tables = ['Psychotherapy_Notes', 'lab', 'nowhere']
  const statements = [
    'SELECT id FROM visit',
    'SELECT text FROM all_notes',
    'SELECT id FROM lab_view',
  ]
  expect(await excludedBy(source, tables, statements)).toEqual([
    [],
    ['Psychotherapy_Notes'],
    ['lab'],
  ])
}
