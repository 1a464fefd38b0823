import type { NodeDatabase } from '../NodeDatabase.ts'

/** What the sources of the records looked like when a catalogue was accepted, as JSON of hashes by table. */
export type AcceptedSchema = { readonly catalogue: Uint8Array; readonly print: string }

/** The schema accepted last. */
export function accepted(database: NodeDatabase): AcceptedSchema | undefined {
  return database.get<AcceptedSchema>('SELECT catalogue, print FROM source_schema')
}

/** Accepts a schema in place of the one before. */
export function accept(database: NodeDatabase, { catalogue, print }: AcceptedSchema): void {
  database.run('INSERT OR REPLACE INTO source_schema VALUES (1, ?, ?)', catalogue, print)
}
