import mysql, { type PoolConnection, type PoolOptions } from 'mysql2'
import { DatabaseBusyError, DatabaseStoppedError, longestQueue } from '../Adapter.ts'
import type { Limits } from '../messages.ts'
import { ReadError } from '../RowCollector.ts'
import { SqlError } from '../server/SqlError.ts'
import type { ServerSource } from '../source.ts'
import { AnswerTooLargeError } from './runStatement.ts'

const connections = 4
/** A server that does not answer within the time of a statement and this is given up, in milliseconds. */
const grace = 1_500

/** Names of errors (MariaDB and MySQL, server error reference). */
const timeouts = new Set([
  ...['ER_STATEMENT_TIMEOUT', 'ER_QUERY_TIMEOUT', 'ER_LOCK_WAIT_TIMEOUT', 'ER_QUERY_INTERRUPTED'],
  ...['ER_LOCK_DEADLOCK', 'ER_CON_COUNT_ERROR', 'ER_TOO_MANY_USER_CONNECTIONS'],
])
/** MariaDB's number of a statement that max_statement_time ended; the driver knows MySQL's names only. */
const mariadbTimeout = 1969
const schemaCodes = new Set([
  ...['ER_BAD_FIELD_ERROR', 'ER_NO_SUCH_TABLE', 'ER_VIEW_INVALID', 'ER_SP_DOES_NOT_EXIST'],
  ...['ER_BAD_TABLE_ERROR', 'ER_NEED_REPREPARE'],
])
const lostCodes = new Set(['ER_SERVER_SHUTDOWN', 'ER_ACCESS_DENIED_ERROR', 'ER_BAD_DB_ERROR'])

type Told = { readonly code?: unknown; readonly errno?: unknown; readonly fatal?: unknown }

/** Connections of one account, each with our settings; reads are asked again when a connection is lost. */
export class MariadbPool {
  readonly #pool: mysql.Pool
  readonly #limits: Limits
  readonly #isWriter: boolean
  readonly #settled = new WeakSet<PoolConnection>()
  #waiting = 0
  #isUp = true
  readonly #closing = new AbortController()

  /** @param options.isWriter the account writes; nothing is asked twice then */
  constructor(source: ServerSource, limits: Limits, options: { readonly isWriter: boolean }) {
    this.#limits = limits
    this.#isWriter = options.isWriter
    this.#pool = mysql.createPool({
      ...settingsOf(source),
      connectionLimit: options.isWriter ? 1 : connections,
      connectTimeout: limits.milliseconds + grace,
    })
  }

  /** Runs work on a connection of its own. Throws ReadError, DatabaseBusyError, DatabaseStoppedError, SqlError. */
  async use<T>(
    work: (connection: PoolConnection) => Promise<T>,
    /** For work that may take longer than a statement and that cannot be begun again. */
    long?: { readonly milliseconds: number },
  ): Promise<T> {
    if (this.#closing.signal.aborted) throw new DatabaseStoppedError()
    if (this.#waiting >= longestQueue) throw new DatabaseBusyError()
    this.#waiting += 1
    try {
      for (let attempt = 1; ; attempt += 1)
        try {
          return await this.#once(work, long?.milliseconds ?? this.#limits.milliseconds)
        } catch (error) {
          const isLost = error instanceof DatabaseStoppedError
          this.#isUp &&= !isLost
          if (!isLost || long || this.#isWriter || attempt === 2) throw error
        }
    } finally {
      this.#waiting -= 1
    }
  }

  /** Rows of a statement of our own. */
  ask(
    sql: string,
    values: readonly string[] = [],
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.use(async (connection) => {
      const [rows] = await connection.promise().execute(sql, [...values])
      return rows as Readonly<Record<string, unknown>>[]
    })
  }

  isUp(): boolean {
    return this.#isUp
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    await this.#pool.promise().end()
  }

  async #once<T>(
    work: (connection: PoolConnection) => Promise<T>,
    milliseconds: number,
  ): Promise<T> {
    const connection = await this.#connected()
    let isOver = false
    const cut = setTimeout(() => {
      isOver = true
      connection.destroy()
    }, milliseconds + grace)
    cut.unref()
    try {
      if (!this.#settled.has(connection)) await this.#settle(connection)
      const result = await work(connection)
      connection.release()
      this.#isUp = true
      return result
    } catch (error) {
      const told = isOver ? new DatabaseBusyError() : toldOf(error)
      if (isSpoilt(told)) connection.destroy()
      else connection.release()
      throw told
    } finally {
      clearTimeout(cut)
    }
  }

  async #connected(): Promise<PoolConnection> {
    try {
      const connection = await new Promise<PoolConnection>((resolve, reject) => {
        this.#pool.getConnection((error, found) => (error ? reject(error) : resolve(found)))
      })
      return connection
    } catch (error) {
      const told = toldOf(error)
      throw told instanceof DatabaseBusyError
        ? told
        : new DatabaseStoppedError(codeOf(error as Told))
    }
  }

  /** What every session is held to; MariaDB reads `M!`, MySQL the other (MariaDB, comment syntax). */
  async #settle(connection: PoolConnection): Promise<void> {
    const { milliseconds } = this.#limits
    const asked = connection.promise()
    await asked.query(`SET SESSION time_zone = '+00:00',
      sql_mode = 'ANSI,STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,NO_ENGINE_SUBSTITUTION',
      lock_wait_timeout = ${Math.ceil(milliseconds / 1_000)},
      innodb_lock_wait_timeout = ${Math.ceil(milliseconds / 1_000)}
      /*M!100101 , max_statement_time = ${milliseconds / 1_000} */
      /*!50708 , max_execution_time = ${milliseconds} */`)
    await asked.query(`SET SESSION TRANSACTION READ ${this.#isWriter ? 'WRITE' : 'ONLY'}`)
    // One that ends while nobody uses it is replaced when the next one is needed.
    connection.on('error', () => undefined)
    this.#settled.add(connection)
  }
}

function settingsOf({
  host,
  port,
  user,
  database,
  password,
  socket,
  tls,
}: ServerSource): PoolOptions {
  return {
    ...(socket === undefined ? { host, port } : { socketPath: socket }),
    ...{ user, database },
    ...(password !== undefined && { password }),
    ...(tls && {
      ssl: {
        ...(tls.ca !== undefined && { ca: tls.ca }),
        ...{ rejectUnauthorized: true, verifyIdentity: true, minVersion: 'TLSv1.2' },
      },
    }),
    charset: 'UTF8MB4_BIN',
    // Text of every value as the server has it, never a number that lost digits or a date that moved.
    ...{ supportBigNumbers: true, bigNumberStrings: true, dateStrings: true, jsonStrings: true },
    ...{
      multipleStatements: false,
      disableEval: true,
      enableKeepAlive: true,
      flags: ['-LOCAL_FILES'],
    },
    ...{ idleTimeout: 30_000, maxPreparedStatements: 500 },
  }
}

/** Whether the connection must not be used again. */
function isSpoilt(told: unknown): boolean {
  return !(told instanceof SqlError)
}

function toldOf(error: unknown): unknown {
  if (error instanceof ReadError || error instanceof SqlError) return error
  if (error instanceof AnswerTooLargeError) return new ReadError({ problem: 'bytes' })
  const { errno, fatal } = error as Told
  const code = codeOf(error as Told)
  if (errno === mariadbTimeout || (code !== undefined && timeouts.has(code)))
    return new DatabaseBusyError()
  if (code === undefined || !code.startsWith('ER_') || fatal === true || lostCodes.has(code))
    return new DatabaseStoppedError(code)
  if (schemaCodes.has(code)) return new ReadError({ problem: 'schema', field: code })
  return new SqlError(code, error)
}

function codeOf({ code, errno }: Told): string | undefined {
  if (typeof code === 'string') return code
  return typeof errno === 'number' ? `ER_${errno}` : undefined
}
