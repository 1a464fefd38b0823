import { fromBase64Url } from '@medrec/protocol'
import type { PoolConnection, ResultSetHeader } from 'mysql2'
import type { Limits } from '../messages.ts'
import { questionMarks } from '../namedParameters.ts'
import { openServerWriter, type WriteBackend } from '../server/openServerWriter.ts'
import type { ServerSource } from '../source.ts'
import {
  type Change,
  type NamedTemplate,
  type Outcome,
  statementOf,
  type Writer,
} from '../Writer.ts'
import { MariadbPool } from './MariadbPool.ts'

/** Opens an account that writes to MariaDB or MySQL. Throws CatalogueError when it may not run a template. */
export function openMariadbWriter(
  source: ServerSource,
  options: { readonly templates: readonly NamedTemplate[]; readonly limits: Limits },
): Promise<Writer> {
  const pool = new MariadbPool(source, options.limits, { isWriter: true })
  const backend: WriteBackend = {
    check: (sql) =>
      pool.use(async (connection) => {
        await connection.promise().prepare(questionMarks(sql).text)
      }),
    write: (change) => pool.use((connection) => inTransaction(connection, change)),
    isDuplicate: (state) => state === 'ER_DUP_ENTRY',
    close: () => pool.close(),
  }
  return openServerWriter(backend, options.templates)
}

async function inTransaction(connection: PoolConnection, change: Change): Promise<Outcome> {
  const { text, names } = questionMarks(statementOf(change.template))
  const asked = connection.promise()
  await asked.beginTransaction()
  try {
    const values = names.map((name) => parameterOf(change, name))
    const [{ affectedRows }] = await asked.execute<ResultSetHeader>(text, values)
    const isDone = affectedRows === 1 // rows found, changed or not
    if (isDone) await asked.commit()
    else await asked.rollback()
    return { outcome: isDone ? 'written' : 'none', key: change.key }
  } catch (error) {
    // The connection may be gone; then the server rolls back by itself.
    await asked.rollback().catch(() => undefined)
    throw error
  }
}

/** A parameter as text, which the server gives the type of its place; bytes as they are. */
function parameterOf(
  { template, values, owner, key }: Change,
  name: string,
): string | Buffer | null {
  if (name === 'id') return key
  if (name === 'owner') return owner
  const value = values[name] ?? null
  const type = template.parameters.find((one) => one.name === name)?.type
  if (value === null) return null
  if (type === 'bool') return value === 'true' ? '1' : '0'
  return type === 'bytes' ? Buffer.from(fromBase64Url(value)) : value
}
