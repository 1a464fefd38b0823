import type { PoolConnection } from 'mysql2'
import { wholeLimits } from '../Adapter.ts'
import type { Limits } from '../messages.ts'
import type { Batches, Sink } from '../server/Backend.ts'
import { runStatement } from './runStatement.ts'

/**
 * Hands on the rows of a statement as they come: one statement reads as of one moment (InnoDB, consistent reads), and
 * the server waits while none are taken. The time limit of a statement is the whole record's meanwhile.
 */
export async function eachRow(
  connection: PoolConnection,
  statement: { readonly text: string; readonly values: readonly (string | null)[] },
  limits: Limits,
  sink: Sink & Batches,
): Promise<void> {
  await limitTime(connection, wholeLimits.milliseconds)
  try {
    await handOn(connection, statement, limits, sink)
  } finally {
    // Whoever is given the connection next is held to what an answer may take; a broken one is gone anyway.
    await limitTime(connection, limits.milliseconds).catch(() => connection.destroy())
  }
}

async function handOn(
  connection: PoolConnection,
  statement: { readonly text: string; readonly values: readonly (string | null)[] },
  limits: Limits,
  sink: Sink & Batches,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined
  const drained = async (): Promise<void> => {
    try {
      await sink.drain()
    } catch (error) {
      failure = { error }
    }
    connection.resume()
  }
  const bytes = 3 * limits.bytes + 1_048_576
  await runStatement(
    connection,
    statement,
    { rows: wholeLimits.rows + 1, bytes, isPerRow: true },
    {
      described: sink.described,
      row: (read) => {
        if (failure) throw failure.error
        sink.row(read)
        if (!sink.isFull()) return
        connection.pause()
        void drained()
      },
    },
  )
  if (failure) throw (failure as { error: unknown }).error
  await sink.drain()
}

/** MariaDB reads `M!`, MySQL the other (MariaDB, comment syntax). */
async function limitTime(connection: PoolConnection, milliseconds: number): Promise<void> {
  await connection.promise().query(`SET SESSION net_write_timeout = 60
    /*M!100101 , max_statement_time = ${milliseconds / 1_000} */
    /*!50708 , max_execution_time = ${milliseconds} */`)
}
