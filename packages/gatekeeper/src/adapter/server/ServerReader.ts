import { CatalogueError } from '../../catalogue.ts'
import { type Adapter, type Person, RowsUnusableError, type SchemaPrint } from '../Adapter.ts'
import type { ReadColumns, Reading, ReadRows, Setup } from '../messages.ts'
import { RowBatch } from '../RowBatch.ts'
import { type Columns, columnsOf, ReadError, RowCollector } from '../RowCollector.ts'
import { changedIn } from '../schemaChange.ts'
import type { SqlRead } from '../typedText.ts'
import type { Backend, ResultColumn, Statement } from './Backend.ts'
import { JoinedColumns } from './JoinedColumns.ts'
import { SqlError } from './SqlError.ts'
import { neededOf, schemaPrint } from './sources.ts'

/** Opens a database server for reading; the backend is closed when that fails. Throws CatalogueError, DatabaseStoppedError. */
export async function openServer(backend: Backend, setup: Setup): Promise<Adapter> {
  try {
    const reader = new ServerReader(backend, setup)
    await reader.prepare()
    return reader.adapter()
  } catch (error) {
    await backend.close()
    if (error instanceof ReadError)
      throw new CatalogueError('The database does not fit the catalogue.', [
        `${error.told.problem}: ${error.told.field}`,
      ])
    if (error instanceof SqlError) throw notRunning(error)
    throw error
  }
}

type Ready = {
  readonly statement: Statement
  readonly columns: Columns
  /** Names and types of the result when the adapter was opened. */
  readonly accepted: readonly ResultColumn[]
  /** The same as one text for each column, where that can be. */
  readonly joined: JoinedColumns | undefined
}

class ServerReader {
  readonly #backend: Backend
  readonly #setup: Setup
  readonly #sql: readonly string[]
  readonly #ready = new Map<string, Ready>()
  #excess: Adapter['excess'] = []
  #needs: Adapter['needs'] = []
  #schema: SchemaPrint = {}
  /** The view or table that changed since the adapter was opened. */
  #changed: string | undefined

  constructor(backend: Backend, setup: Setup) {
    this.#backend = backend
    this.#setup = setup
    this.#sql = [
      ...Object.values(setup.readings).map(({ sql }) => sql),
      ...Object.values(setup.searches),
    ]
  }

  async prepare(): Promise<void> {
    await this.#backend.requireVersion()
    const sources = await this.#backend.sources(this.#sql)
    this.#excess = await this.#backend.probe(this.#setup.exclusions, sources)
    this.#schema = schemaPrint(sources, this.#sql)
    this.#needs = neededOf(sources, this.#sql)
    for (const [digest, reading] of Object.entries(this.#setup.readings))
      this.#ready.set(digest, await this.#readied(digest, reading))
    for (const [name, sql] of Object.entries(this.#setup.searches)) await this.#check(name, sql)
  }

  adapter(): Adapter {
    return {
      schema: this.#schema,
      needs: this.#needs,
      excess: this.#excess,
      rows: ({ digest }, owner) => this.#read(digest, owner, (found) => found.rows()),
      columns: async ({ digest }, owner) =>
        (await this.#joined(digest, owner)) ??
        (await this.#read(digest, owner, (found) => found.columns())),
      each: ({ digest }, owner, take) => this.#each(digest, owner, take),
      people: (search, value) => this.#people(search, value),
      dataVersion: () => this.#dataVersion(),
      processId: () => undefined,
      isUp: () => this.#backend.isUp(),
      close: () => this.#backend.close(),
    }
  }

  async #read<T>(digest: string, owner: string, end: (collector: RowCollector) => T): Promise<T> {
    const ready = this.#ready.get(digest)
    if (!ready) throw new RowsUnusableError({ problem: 'unknown' })
    if (this.#changed !== undefined)
      throw new RowsUnusableError({ problem: 'schema', field: this.#changed })
    try {
      const values = ready.statement.names.map(() => owner)
      let collector = new RowCollector(ready.columns, owner, this.#setup.limits)
      await this.#backend.run(ready.statement, values, this.#wire(ready), {
        described: (columns) => {
          requireSame(ready.accepted, columns)
          // A read that is asked again begins again.
          collector = new RowCollector(ready.columns, owner, this.#setup.limits)
        },
        row: (values) => collector.add(values),
      })
      return end(collector)
    } catch (error) {
      throw readingError(error)
    }
  }

  /** Undefined where something is unusual: what holds then is found by reading row by row. */
  async #joined(digest: string, owner: string): Promise<ReadColumns | undefined> {
    const ready = this.#ready.get(digest)
    if (!ready?.joined?.mayTry() || this.#changed !== undefined) return undefined
    const { statement } = ready.joined
    const values = statement.names.map(() => owner)
    try {
      const row = await this.#rowOf(statement, values, this.#wire(ready).bytes)
      return ready.joined.read(row, owner)
    } catch (error) {
      ready.joined.rest() // who asks again shall not wait for the same again
      throw error
    }
  }

  /** The row of a statement of one row; undefined when it does not run, which is said by the other way. */
  async #rowOf(
    statement: Statement,
    values: readonly (string | null)[],
    bytes: number,
  ): Promise<readonly SqlRead[] | undefined> {
    let row: readonly SqlRead[] | undefined
    try {
      await this.#backend.run(
        statement,
        values,
        { rows: 2, bytes },
        {
          described: () => undefined,
          row: (read) => {
            row = read
          },
        },
      )
    } catch (error) {
      if (!(error instanceof ReadError || error instanceof SqlError)) throw error
      return undefined
    }
    return row
  }

  async #each(
    digest: string,
    owner: string,
    take: (batch: ReadRows) => Promise<void>,
  ): Promise<void> {
    const ready = this.#ready.get(digest)
    if (!ready) throw new RowsUnusableError({ problem: 'unknown' })
    if (this.#changed !== undefined)
      throw new RowsUnusableError({ problem: 'schema', field: this.#changed })
    const batch = new RowBatch(ready.columns, owner, this.#setup.limits)
    const values = ready.statement.names.map(() => owner)
    try {
      await this.#backend.each(ready.statement, values, {
        described: (columns) => requireSame(ready.accepted, columns),
        row: (read) => batch.add(read),
        isFull: () => batch.isFull,
        drain: async () => void (batch.isEmpty || (await take(batch.take()))),
      })
    } catch (error) {
      throw readingError(error)
    }
  }

  /** One row more than the limit tells that there are too many; a value is at most three times its bytes in UTF-8. */
  #wire({ accepted }: Pick<Ready, 'accepted'>): { rows: number; bytes: number } {
    const { rows, bytes } = this.#setup.limits
    return { rows: rows + 1, bytes: 3 * bytes + rows * (7 + 4 * accepted.length) + 65_536 }
  }

  async #people(search: string, value: string | undefined): Promise<readonly Person[]> {
    const sql = this.#setup.searches[search]
    if (sql === undefined) throw new RowsUnusableError({ problem: 'unknown' })
    if (this.#changed !== undefined)
      throw new RowsUnusableError({ problem: 'schema', field: this.#changed })
    const { text, names } = this.#backend.positional(sql)
    const values = names.map(() => value ?? null)
    const { rows, bytes } = this.#setup.limits
    const limits = { rows, bytes: 3 * bytes + 65_536 }
    let found: Person[] = []
    let columns: readonly string[] = []
    try {
      await this.#backend.run({ name: `people_${search}`, text, names }, values, limits, {
        described: (described) => {
          columns = described.map(({ name }) => name)
          found = []
        },
        row: (read) => found.push(personOf(columns, read)),
      })
    } catch (error) {
      // A number that is none, or too large for the column, is nobody's.
      if (error instanceof SqlError && this.#backend.isBadValue(error.state)) return []
      throw readingError(error)
    }
    return found
  }

  async #dataVersion(): Promise<string | undefined> {
    const version = await this.#backend.dataVersion()
    const sources = await this.#backend.sources(this.#sql)
    this.#changed = changedIn(this.#schema, schemaPrint(sources, this.#sql))
    return version
  }

  async #readied(digest: string, reading: Reading): Promise<Ready> {
    const { text, names } = this.#backend.positional(reading.sql)
    if (names.some((name) => name !== 'owner'))
      throw new CatalogueError('A query binds something else than :owner.', [
        `Statement: ${digest}`,
      ])
    const accepted = await this.#described({ name: `check_${digest}`, text, names })
    const columns = columnsOf(
      accepted.map(({ name }) => name),
      reading,
    )
    const statement = { name: `read_${digest}`, text, names }
    const joined = await this.#joinedFor({ statement, columns }, accepted)
    return { statement, columns, accepted, joined }
  }

  /** Run for nobody, since not every statement can stand within another. */
  async #joinedFor(
    read: Pick<Ready, 'statement' | 'columns'>,
    accepted: readonly ResultColumn[],
  ): Promise<JoinedColumns | undefined> {
    const joined = JoinedColumns.of(
      this.#backend,
      { ...read, limits: this.#setup.limits },
      accepted,
    )
    if (!joined) return undefined
    const nobody = joined.statement.names.map(() => null)
    const statement = { ...joined.statement, name: `check_${joined.statement.name}` }
    const row = await this.#rowOf(statement, nobody, nothing.bytes)
    joined.accept(row)
    return row && joined
  }

  async #check(name: string, sql: string): Promise<void> {
    const { text, names } = this.#backend.positional(sql)
    await this.#described({ name: `check_${name}`, text, names })
  }

  /** The columns of a statement, by running it for nobody. */
  async #described(statement: Statement): Promise<readonly ResultColumn[]> {
    let columns: readonly ResultColumn[] = []
    try {
      const nobody = statement.names.map(() => null)
      await this.#backend.run(statement, nobody, nothing, {
        described: (found) => {
          columns = found
        },
        row: () => undefined,
      })
    } catch (error) {
      if (error instanceof ReadError || error instanceof SqlError) throw notRunning(error)
      throw error
    }
    return columns
  }
}

/** Limits of a statement that is run to see its columns. */
const nothing = { rows: 1, bytes: 65_536 }

function requireSame(accepted: readonly ResultColumn[], now: readonly ResultColumn[]): void {
  const other = accepted.find(({ name, type }, i) => now[i]?.name !== name || now[i]?.type !== type)
  if (other || accepted.length !== now.length)
    throw new ReadError({ problem: 'schema', field: other?.name })
}

function personOf(names: readonly string[], read: readonly SqlRead[]): Person {
  return Object.fromEntries(
    names.map((name, i) => [name, read[i] === null ? null : String(read[i])]),
  )
}

function readingError(error: unknown): unknown {
  if (error instanceof ReadError) return new RowsUnusableError(error.told)
  return error instanceof SqlError
    ? new RowsUnusableError({ problem: 'statement', field: error.state })
    : error
}

/** At the start a statement runs for nobody: what the server says names tables and columns, no values. */
function notRunning(error: ReadError | SqlError): CatalogueError {
  const code = error instanceof SqlError ? error.state : error.told.field
  const words = error.cause instanceof Error ? [error.cause.message] : []
  return new CatalogueError('The database does not fit the catalogue.', [`Code: ${code}`, ...words])
}
