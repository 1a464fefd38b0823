import type { FieldPacket, PoolConnection } from 'mysql2'
import type { ResultColumn, Sink } from '../server/Backend.ts'
import type { SqlRead } from '../typedText.ts'
import { convertOf } from './values.ts'

/** What the driver gives beyond its types: the socket, and a command's events. */
type Socket = {
  on(event: 'data', listener: (chunk: Buffer) => void): void
  off(event: 'data', listener: (chunk: Buffer) => void): void
}
type Running = {
  on(event: 'fields', listener: (fields: readonly FieldPacket[]) => void): Running
  on(event: 'result', listener: (row: readonly unknown[]) => void): Running
  on(event: 'error', listener: (error: unknown) => void): Running
  on(event: 'end', listener: () => void): Running
}

/**
 * Runs a prepared statement and hands its rows on as they come (binary protocol: one statement only, values apart
 * from it). More rows or bytes than may come end the connection, since the server would send all of them.
 */
export function runStatement(
  connection: PoolConnection,
  { text, values }: { readonly text: string; readonly values: readonly (string | null)[] },
  limits: {
    readonly rows: number
    readonly bytes: number
    /** `bytes` counts anew with each row: however many there are, none is put together that is larger. */
    readonly isPerRow?: boolean
  },
  sink: Sink,
): Promise<void> {
  const { stream } = connection as unknown as { stream: Socket }
  let stopWatching: () => void = () => undefined
  const done = new Promise<void>((resolve, reject) => {
    let isOver = false
    const fail = (error: unknown): void => {
      if (isOver) return
      isOver = true
      connection.destroy()
      reject(error)
    }
    let converts: readonly ReturnType<typeof convertOf>[] = []
    let rows = 0
    const seen = { bytes: 0 }
    const attempt = (work: () => void): void => {
      if (isOver) return
      try {
        work()
      } catch (error) {
        fail(error)
      }
    }
    const running = connection.execute({
      ...{ sql: text, values: [...values], rowsAsArray: true },
    }) as unknown as Running
    running
      .on('fields', (fields) =>
        attempt(() => {
          converts = fields.map((field) => convertOf(field))
          sink.described(columnsOf(fields))
        }),
      )
      .on('result', (row) =>
        attempt(() => {
          rows += 1
          if (limits.isPerRow) seen.bytes = 0
          if (Array.isArray(row)) sink.row(row.map((value, i) => read(value, converts[i])))
          if (rows >= limits.rows) fail(new EnoughRowsError())
        }),
      )
      .on('error', (error) => {
        if (isOver) return
        isOver = true
        reject(error)
      })
      .on('end', resolve)
    connection.on('error', fail)
    const unwatch = watch(stream, seen, { most: limits.bytes, fail })
    stopWatching = () => {
      unwatch()
      connection.off('error', fail)
    }
  })
  return done.catch(ignoreEnough).finally(stopWatching)
}

function columnsOf(fields: readonly FieldPacket[]): readonly ResultColumn[] {
  return fields.map(({ name, columnType = -1 }) => ({ name, type: columnType }))
}

function read(value: unknown, convert: ReturnType<typeof convertOf>): SqlRead {
  if (value === null || convert === undefined) return value as SqlRead
  return convert(value)
}

/** A single cell may be as large as 1 GB: what comes is counted before it is put together. */
function watch(
  stream: Socket,
  seen: { bytes: number },
  { most, fail }: { readonly most: number; readonly fail: (error: unknown) => void },
): () => void {
  const count = (chunk: Buffer): void => {
    seen.bytes += chunk.length
    if (seen.bytes > most) fail(new AnswerTooLargeError())
  }
  stream.on('data', count)
  return () => stream.off('data', count)
}

/** As many rows as were wanted are there; the rest is not waited for. */
class EnoughRowsError extends Error {}

function ignoreEnough(error: unknown): void {
  if (!(error instanceof EnoughRowsError)) throw error
}

/** More came over the wire than an answer may hold; the connection is cut. */
export class AnswerTooLargeError extends Error {}
