import pg from 'pg'
import {
  DatabaseBusyError,
  DatabaseSettingsError,
  DatabaseStoppedError,
  longestQueue,
} from '../Adapter.ts'
import type { Limits } from '../messages.ts'
import { ReadError } from '../RowCollector.ts'
import { SqlError } from '../server/SqlError.ts'
import type { ServerSource } from '../source.ts'
import { AnswerTooLargeError } from './StatementQuery.ts'

const connections = 4
/** A server that does not answer within the time of a statement and this is given up, in milliseconds. */
const grace = 1_500

/** SQLSTATE classes and codes (PostgreSQL 15 manual, appendix A). */
const timeouts = new Set(['57014', '55P03'])
const schemaCodes = new Set(['0A000', '42703', '42P01', '42883', '42804', '3F000'])
const fullCodes = new Set(['53300', '53400'])

/** Connections of one account, each with our settings; reads are asked again when a connection is lost. */
export class PostgresPool {
  readonly #pool: pg.Pool
  readonly #limits: Limits
  readonly #attempts: number
  readonly #settings: Readonly<Record<string, string>>
  /** Connections that were seen to keep our settings. */
  readonly #held = new WeakSet<pg.PoolClient>()
  #isUp = true

  /** @param options.isWriter the account writes; nothing is asked twice then */
  constructor(source: ServerSource, limits: Limits, options: { readonly isWriter: boolean }) {
    const { host, port, database, user, password, socket, tls } = source
    this.#limits = limits
    this.#attempts = options.isWriter ? 1 : 2
    this.#settings = settingsOf(limits, options.isWriter)
    this.#pool = new pg.Pool({
      ...{ host: socket ?? host, port, database, user },
      ...(password !== undefined && { password }),
      ssl: tls && { ...(tls.ca !== undefined && { ca: tls.ca }), rejectUnauthorized: true },
      options: Object.entries(this.#settings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
      application_name: 'medrec',
      max: options.isWriter ? 1 : connections,
      connectionTimeoutMillis: limits.milliseconds + grace,
      idleTimeoutMillis: 30_000,
      allowExitOnIdle: true,
      keepAlive: true,
    })
    // A connection that ends while nobody uses it is replaced when the next one is needed.
    this.#pool.on('error', () => undefined)
    // One that ends while it is used fails its query, which is told.
    this.#pool.on('connect', (client) => client.on('error', () => undefined))
  }

  /** Runs work on a connection of its own. Throws ReadError, DatabaseBusyError, DatabaseStoppedError, SqlError. */
  async use<T>(
    work: (client: pg.PoolClient) => Promise<T>,
    /** For work that may take longer than a statement and that cannot be begun again. */
    long?: { readonly milliseconds: number },
  ): Promise<T> {
    if (this.#pool.waitingCount >= longestQueue) throw new DatabaseBusyError()
    for (let attempt = 1; ; attempt += 1)
      try {
        return await this.#once(work, long?.milliseconds ?? this.#limits.milliseconds)
      } catch (error) {
        const isLost = error instanceof DatabaseStoppedError
        this.#isUp &&= !isLost
        if (!isLost || long || attempt >= this.#attempts) throw error
      }
  }

  /** Rows of a statement of our own, as names and texts. */
  async ask(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.use(async (client) => {
      const config = { text, values: [...values], queryMode: 'extended' }
      const { rows } = await client.query<Record<string, unknown>>(config)
      return rows
    })
  }

  isUp(): boolean {
    return this.#isUp
  }

  async close(): Promise<void> {
    if (!this.#pool.ended && !this.#pool.ending) await this.#pool.end()
  }

  async #once<T>(work: (client: pg.PoolClient) => Promise<T>, milliseconds: number): Promise<T> {
    const client = await this.#connected()
    let isOver = false
    const cut = setTimeout(() => {
      isOver = true
      streamOf(client).destroy()
    }, milliseconds + grace)
    cut.unref()
    try {
      await this.#requireHeld(client)
      const result = await work(client)
      client.release()
      this.#isUp = true
      return result
    } catch (error) {
      const told = isOver ? new DatabaseBusyError() : toldOf(error)
      client.release(isSpoilt(told))
      throw told
    } finally {
      clearTimeout(cut)
    }
  }

  /** A pooler between us and the server may drop what a connection asks for (pgbouncer, ignore_startup_parameters). */
  async #requireHeld(client: pg.PoolClient): Promise<void> {
    if (this.#held.has(client)) return
    const { rows } = await client.query<{ name: string; setting: string }>({
      text: 'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)',
      values: [Object.keys(this.#settings)],
    })
    const found = new Map(rows.map(({ name, setting }) => [name, setting]))
    const lost = Object.entries(this.#settings).filter(
      // Of DateStyle only the first part is asked for.
      ([name, value]) => found.get(name)?.split(',')[0] !== value,
    )
    if (lost.length > 0) throw new DatabaseSettingsError(lost.map(([name]) => name))
    this.#held.add(client)
  }

  async #connected(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      const code = codeOf(error)
      const isBusy = code === undefined || fullCodes.has(code)
      throw isBusy && this.#pool.totalCount >= connections
        ? new DatabaseBusyError()
        : new DatabaseStoppedError(code)
    }
  }
}

/** What every session is held to, whatever the account's own settings are. */
function settingsOf({ milliseconds }: Limits, isWriter: boolean): Readonly<Record<string, string>> {
  return {
    default_transaction_read_only: isWriter ? 'off' : 'on',
    statement_timeout: String(milliseconds),
    lock_timeout: String(milliseconds),
    idle_in_transaction_session_timeout: '5000',
    TimeZone: 'UTC',
    DateStyle: 'ISO',
    IntervalStyle: 'iso_8601',
    bytea_output: 'hex',
    extra_float_digits: '1',
    client_encoding: 'UTF8',
    standard_conforming_strings: 'on',
  }
}

/** true: the connection is not used again (node-postgres, `release`). */
function isSpoilt(told: unknown): boolean {
  if (told instanceof ReadError)
    return told.told.problem === 'bytes' || told.told.problem === 'schema'
  return !(told instanceof SqlError)
}

function toldOf(error: unknown): unknown {
  if (error instanceof ReadError || error instanceof SqlError) return error
  if (error instanceof DatabaseSettingsError) return error
  if (error instanceof AnswerTooLargeError) return new ReadError({ problem: 'bytes' })
  const code = codeOf(error)
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code) || /^(08|57P|58|XX)/.test(code))
    return new DatabaseStoppedError(code)
  if (timeouts.has(code)) return new DatabaseBusyError()
  if (schemaCodes.has(code)) return new ReadError({ problem: 'schema', field: code })
  return new SqlError(code, error)
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

function streamOf(client: pg.PoolClient): { destroy(): void } {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }
  return connection.stream
}
