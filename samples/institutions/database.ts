import type { PersonRecord } from '@medrec/interop'
import {
  DatabaseSync,
  type DatabaseSyncInstance,
  type StatementSyncInstance,
} from '@photostructure/sqlite'
import { splitByInstitution } from './assign.ts'
import type { Catalogue, Institution } from './catalogue.ts'
import { hillcrestCatalogue } from './hillcrest.catalogue.ts'
import { writeHillcrest } from './hillcrest.rows.ts'
import { hillcrestSchema } from './hillcrest.schema.ts'
import { lakeviewCatalogue } from './lakeview.catalogue.ts'
import { writeLakeview } from './lakeview.rows.ts'
import { lakeviewSchema } from './lakeview.schema.ts'
import { riversideCatalogue } from './riverside.catalogue.ts'
import { writeRiverside } from './riverside.rows.ts'
import { riversideSchema } from './riverside.schema.ts'
import { type Cell, type Insert, numberOf, personKey, uuidOf } from './rows.ts'

type Site = {
  readonly catalogue: Catalogue
  readonly schema: string
  readonly write: (insert: Insert, person: PersonRecord) => void
  /** Rows that stay at the provider: one psychotherapy note and one physician's note on a patient */
  readonly writePrivate: (insert: Insert, key: string, psychotherapy: string, own: string) => void
}

const writtenOn = '2024-02-29'

const sites: { readonly [institution in Institution]: Site } = {
  riverside: {
    catalogue: riversideCatalogue,
    schema: riversideSchema,
    write: writeRiverside,
    writePrivate(insert, key, psychotherapy, own) {
      const row = { Id: uuidOf('private', key), PATIENT: uuidOf('riverside', key), DATE: writtenOn }
      insert('psychotherapy_notes', { ...row, NOTE: psychotherapy })
      insert('physician_private_notes', { ...row, NOTE: own })
    },
  },
  lakeview: {
    catalogue: lakeviewCatalogue,
    schema: lakeviewSchema,
    write: writeLakeview,
    writePrivate(insert, key, psychotherapy, own) {
      const row = {
        note_id: numberOf('private', key),
        person_id: numberOf('lakeview', key),
        note_date: writtenOn,
      }
      insert('psychotherapy_note', { ...row, note_text: psychotherapy })
      insert('provider_private_note', { ...row, note_text: own })
    },
  },
  hillcrest: {
    catalogue: hillcrestCatalogue,
    schema: hillcrestSchema,
    write: writeHillcrest,
    writePrivate(insert, key, psychotherapy, own) {
      const row = {
        nr: numberOf('private', key),
        patnr: numberOf('hillcrest', key),
        datum: '29.02.2024',
      }
      insert('therapist_notes', { ...row, notiz: psychotherapy })
      insert('arzt_notizen', { ...row, notiz: own })
    },
  },
}

/** What an institution's gatekeeper may serve. */
export function catalogueOf(institution: Institution): Catalogue {
  return sites[institution].catalogue
}

/** A value that stands in the institution's excluded tables and must never be seen outside them. */
export function excludedCanary(institution: Institution): string {
  return `CANARY-${uuidOf('canary', institution)}`
}

/** What came of an import. */
export type Inserted = {
  /** People with something at this institution */
  persons: number
  /** Rows that were not there before */
  rows: number
}

/**
 * Opens (creating it if need be) an institution's existing database and fills in what these people have there.
 * Rows that are there already stay as they are. The caller's iterable is read once, person by person.
 */
export function createInstitutionDatabase(
  path: string,
  institution: Institution,
  people: Iterable<PersonRecord>,
): Inserted {
  const database = openInstitutionDatabase(path, institution)
  const total: Inserted = { persons: 0, rows: 0 }
  try {
    database.exec('BEGIN')
    for (const person of people) {
      const { persons, rows } = insertBundle(database, institution, person)
      total.persons += persons
      total.rows += rows
    }
    database.exec('COMMIT')
  } finally {
    database.close()
  }
  return total
}

/** Opens an institution's database, making its tables if they are not there. The caller closes it. */
export function openInstitutionDatabase(
  path: string,
  institution: Institution,
): DatabaseSyncInstance {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF')
  database.exec(sites[institution].schema)
  return database
}

/** Adds one person's entries that belong to this institution, as one change; importing twice changes nothing. */
export function insertBundle(
  database: DatabaseSyncInstance,
  institution: Institution,
  person: PersonRecord,
): Inserted {
  const part = splitByInstitution(person).get(institution)
  if (!part) return { persons: 0, rows: 0 }
  const site = sites[institution]
  const counts = { persons: 1, rows: 0 }
  const insert = inserter(database, counts)
  database.exec('SAVEPOINT person')
  try {
    site.write(insert, part)
    const canary = excludedCanary(institution)
    site.writePrivate(
      insert,
      personKey(part),
      `Session notes, kept apart from the record. ${canary}`,
      `Own reminder, not part of the record. ${canary}`,
    )
    database.exec('RELEASE person')
  } catch (error) {
    database.exec('ROLLBACK TO person; RELEASE person')
    throw error
  }
  return counts
}

const prepared = new WeakMap<DatabaseSyncInstance, Map<string, StatementSyncInstance>>()

function inserter(database: DatabaseSyncInstance, counts: { rows: number }): Insert {
  const statements = prepared.get(database) ?? new Map<string, StatementSyncInstance>()
  prepared.set(database, statements)
  return (table, row) => {
    const columns = Object.keys(row)
    const key = `${table}:${columns.join()}`
    const statement = statements.get(key) ?? database.prepare(insertText(table, columns))
    statements.set(key, statement)
    counts.rows += Number(statement.run(...(Object.values(row) as Cell[])).changes)
  }
}

/** Table and column names come from this folder only, never from data. */
function insertText(table: string, columns: readonly string[]): string {
  return `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
}
