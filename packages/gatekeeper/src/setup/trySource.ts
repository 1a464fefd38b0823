import type { Source } from '../adapter/source.ts'
import { openAsker } from './openAsker.ts'
import { tryFhir } from './tryFhir.ts'

/** Connects a database once and leaves it. Throws RecordsUnreachableError, which says what to do. */
export async function trySource(source: Source): Promise<void> {
  if (source.engine === 'fhir') await tryFhir(source)
  else await (await openAsker(source)).close()
}

/** A database as people call it: engine, place, account; never its password. */
export function nameOfSource(source: Source): string {
  if (source.engine === 'sqlite') return `SQLite, ${source.file}`
  if (source.engine === 'fhir') return `FHIR R4, ${source.base}`
  const { engine, user, database } = source
  return `${engine === 'postgres' ? 'PostgreSQL' : 'MariaDB or MySQL'}, ${database} as ${user}`
}
