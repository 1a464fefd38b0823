import { ReadError } from '../RowCollector.ts'
import {
  type Change,
  type NamedTemplate,
  type Outcome,
  statementOf,
  templateError,
  WriteRefusedError,
  type Writer,
} from '../Writer.ts'
import { SqlError } from './SqlError.ts'

/** What differs between database servers when they are written to. Whatever fails throws as a Backend does. */
export type WriteBackend = {
  /** Lets the server check a statement: its tables, columns and the account's rights; nothing is written. */
  check(sql: string): Promise<void>
  /** One change in one transaction. */
  write(change: Change): Promise<Outcome>
  /** Whether the error says that there is a record with this key. */
  isDuplicate(state: string): boolean
  close(): Promise<void>
}

/** Opens an account that writes; the backend is closed when that fails. Throws CatalogueError when it may not run a template. */
export async function openServerWriter(
  backend: WriteBackend,
  templates: readonly NamedTemplate[],
): Promise<Writer> {
  try {
    for (const { resource, template } of templates)
      await requireRuns(backend, resource, statementOf(template))
  } catch (error) {
    await backend.close()
    throw error
  }
  return { write: (change) => written(backend, change), close: () => backend.close() }
}

async function requireRuns(backend: WriteBackend, resource: string, sql: string): Promise<void> {
  try {
    await backend.check(sql)
  } catch (error) {
    if (error instanceof SqlError || error instanceof ReadError)
      throw templateError(resource, error)
    throw error
  }
}

async function written(backend: WriteBackend, change: Change): Promise<Outcome> {
  const { kind, resource, key } = change
  try {
    return await backend.write(change)
  } catch (error) {
    if (error instanceof SqlError && backend.isDuplicate(error.state) && kind === 'insert')
      return { outcome: 'exists', key }
    if (error instanceof SqlError || error instanceof ReadError)
      throw new WriteRefusedError(resource.name, error)
    throw error
  }
}
