import { readFhirFolder } from '@medrec/interop/node'
import type { Identification } from '@medrec/protocol'
import { splitByInstitution } from './institutions/assign.ts'
import { type Institution, institutions } from './institutions/catalogue.ts'
import { type Inserted, insertBundle, openInstitutionDatabase } from './institutions/database.ts'
import { identificationOf } from './institutions/rows.ts'

/** A person found in a folder, and the institutions that now have something of hers. */
export type LoadedPerson = {
  readonly id: string
  readonly name: string
  readonly identification: Identification
  readonly institutions: readonly Institution[]
  /** Number of entries, to choose people with much to show */
  readonly entries: number
}

/** What came of loading a folder. */
export type LoadReport = {
  readonly people: readonly LoadedPerson[]
  readonly inserted: { readonly [institution in Institution]: Inserted }
  readonly mapped: Readonly<Record<string, number>>
  /** Resource types that no table of ours holds, with their number */
  readonly unmapped: Readonly<Record<string, number>>
  readonly problems: readonly { readonly file: string; readonly reason: string }[]
}

export type LoadOptions = {
  /** Path of each institution's database; made if it is not there */
  readonly databases: { readonly [institution in Institution]: string }
  readonly onProgress?: (done: number, of: number, file: string) => void
  readonly signal?: AbortSignal
}

/**
 * Fills the institutions' databases from a folder of FHIR R4 files, person by person; stopped half-way and
 * started again it goes on where it was, since rows that are there stay. Rejects with the signal's reason when
 * cancelled and with the system's error when folder or database cannot be used.
 */
export async function loadFhirFolder(folder: string, options: LoadOptions): Promise<LoadReport> {
  const opened = institutions.map((institution) => ({
    institution,
    database: openInstitutionDatabase(options.databases[institution], institution),
    inserted: { persons: 0, rows: 0 },
  }))
  const people: LoadedPerson[] = []
  const problems: { file: string; reason: string }[] = []
  const counts = { mapped: {}, unmapped: {} }
  try {
    const persons = readFhirFolder(folder, {
      ...(options.signal && { signal: options.signal }),
      onProblem: (problem) => problems.push(problem),
      onProgress: ({ done, of, file, mapped, unmapped }) => {
        add(counts.mapped, mapped)
        add(counts.unmapped, unmapped)
        options.onProgress?.(done, of, file)
      },
    })
    for await (const person of persons) {
      const parts = splitByInstitution(person)
      for (const { institution, database, inserted } of opened) {
        const { persons: more, rows } = insertBundle(database, institution, person)
        inserted.persons += more
        inserted.rows += rows
      }
      const { given, family } = person.demographics
      people.push({
        id: person.id,
        name: `${given} ${family}`.trim(),
        identification: identificationOf(person),
        institutions: [...parts.keys()],
        entries: person.encounters.length + person.observations.length + person.conditions.length,
      })
    }
  } finally {
    for (const { database } of opened) database.close()
  }
  const inserted = Object.fromEntries(
    opened.map(({ institution, inserted: one }) => [institution, one]),
  ) as { [institution in Institution]: Inserted }
  return { people, inserted, ...counts, problems }
}

function add(total: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [type, count] of Object.entries(more)) total[type] = (total[type] ?? 0) + count
}
