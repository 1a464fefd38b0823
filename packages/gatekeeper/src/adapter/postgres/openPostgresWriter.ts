import { fromBase64Url } from '@medrec/protocol'
import type pg from 'pg'
import type { Limits } from '../messages.ts'
import { dollars } from '../namedParameters.ts'
import { openServerWriter, type WriteBackend } from '../server/openServerWriter.ts'
import type { ServerSource } from '../source.ts'
import {
  type Change,
  type NamedTemplate,
  type Outcome,
  statementOf,
  type Writer,
} from '../Writer.ts'
import { PostgresPool } from './PostgresPool.ts'

/** unique_violation (PostgreSQL 15 manual, appendix A). */
const uniqueViolation = '23505'

/** Opens an account that writes to PostgreSQL. Throws CatalogueError when it may not run a template. */
export function openPostgresWriter(
  source: ServerSource,
  options: { readonly templates: readonly NamedTemplate[]; readonly limits: Limits },
): Promise<Writer> {
  const pool = new PostgresPool(source, options.limits, { isWriter: true })
  const backend: WriteBackend = {
    /** EXPLAIN plans the statement and checks the account's rights. */
    check: async (sql) => {
      const { text, names } = dollars(sql)
      await pool.ask(
        `EXPLAIN ${text}`,
        names.map(() => null),
      )
    },
    write: (change) => pool.use((client) => inTransaction(client, change)),
    isDuplicate: (state) => state === uniqueViolation,
    close: () => pool.close(),
  }
  return openServerWriter(backend, options.templates)
}

async function inTransaction(client: pg.PoolClient, change: Change): Promise<Outcome> {
  const { text, names } = dollars(statementOf(change.template))
  await client.query('BEGIN')
  try {
    const values = names.map((name) => textOf(change, name))
    const config = { text, values, queryMode: 'extended' }
    const { rowCount } = await client.query(config)
    const isDone = rowCount === 1
    await client.query(isDone ? 'COMMIT' : 'ROLLBACK')
    return { outcome: isDone ? 'written' : 'none', key: change.key }
  } catch (error) {
    // The connection may be gone; then the server rolls back by itself.
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** A parameter as PostgreSQL's own text; the server gives it the type of its place. */
function textOf({ template, values, owner, key }: Change, name: string): string | null {
  if (name === 'id') return key
  if (name === 'owner') return owner
  const value = values[name] ?? null
  const isBytes = template.parameters.some((one) => one.name === name && one.type === 'bytes')
  return value !== null && isBytes
    ? `\\x${Buffer.from(fromBase64Url(value)).toString('hex')}`
    : value
}
