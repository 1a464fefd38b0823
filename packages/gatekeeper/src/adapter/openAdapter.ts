import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MedrecError, RetryableError } from '@medrec/protocol'
import { type Catalogue, CatalogueError, type Definition } from '../catalogue.ts'
import type { Ask, Limits, ReadColumns, ReadProblem, ReadRows, Setup, Told } from './messages.ts'

/** Reads the institution's database (DESIGN 6, Run). */
export type Adapter = {
  /** Rows of one owner, sorted. Throws RowsUnusableError, DatabaseBusyError or DatabaseStoppedError. */
  rows(definition: Definition, owner: string): Promise<ReadRows>
  /** The same as the texts of a result's leaves. Throws the same. */
  columns(definition: Definition, owner: string): Promise<ReadColumns>
  people(search: keyof Catalogue['patients']['search'], value?: string): Promise<readonly Person[]>
  /** Changes whenever anybody else committed to the database (SQLite, PRAGMA data_version). */
  dataVersion(): Promise<number>
  /** Of the process that reads; it is another one after a time-out. */
  processId(): number | undefined
  close(): void
}

/** A row of a search for people. */
export type Person = Readonly<Record<string, string | null>>

/** research: 5,000 rows, 2 MiB and 2 s are beyond any record that a person would read. */
export const usualLimits: Limits = { rows: 5_000, bytes: 2_097_152, milliseconds: 2_000 }
const longestQueue = 256
/** A read that was under way when the process died is asked once more. */
const attempts = 2

type Waiting = {
  readonly ask: Ask
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  attempt: number
}

/**
 * Starts the reading process and waits until it serves. Throws CatalogueError when the database does not fit
 * the catalogue, and when an exclusion can be read: then nothing is served at all.
 */
export async function openAdapter(options: {
  databaseFile: string
  catalogue: Catalogue
  definitions: readonly Definition[]
  limits?: Limits
}): Promise<Adapter> {
  const { databaseFile, catalogue, limits = usualLimits } = options
  const { byId, byName, byNationalId, list } = catalogue.patients.search
  const setup: Setup = {
    databaseFile,
    readings: Object.fromEntries(
      options.definitions.map((definition) => [definition.digest, readingOf(definition)]),
    ),
    searches: { byId, byName, byNationalId, list },
    exclusions: catalogue.exclusions.map(({ table }) => table),
    limits,
  }
  const reading = new ReadingProcess(setup)
  await reading.start()
  const ask = (content: Content): Promise<unknown> => reading.ask(content)
  return {
    rows: async ({ digest }, owner) => (await ask({ kind: 'rows', digest, owner })) as ReadRows,
    columns: async ({ digest }, owner) =>
      (await ask({ kind: 'columns', digest, owner })) as ReadColumns,
    people: async (search, value) =>
      (await ask({ kind: 'people', search, value: value ?? null })) as readonly Person[],
    dataVersion: async () => (await ask({ kind: 'dataVersion' })) as number,
    processId: () => reading.processId(),
    close: () => reading.close(),
  }
}

type Content = Ask extends infer One ? (One extends Ask ? Omit<One, 'id'> : never) : never

/** The child process with its queue: answers come in the order of the questions. */
class ReadingProcess {
  readonly #setup: Setup
  #child: ChildProcess | undefined
  #started: Promise<void> | undefined
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  #asked = 0
  readonly #closing = new AbortController()

  constructor(setup: Setup) {
    this.#setup = setup
  }

  start(): Promise<void> {
    this.#started ??= new Promise((resolve, reject) => {
      const child = spawned()
      this.#child = child
      child.on('message', (told: Told) => {
        if ('started' in told) resolve()
        else if ('refused' in told) {
          this.close()
          reject(new CatalogueError(told.refused, told.facts))
        } else this.#settle(told)
      })
      child.on('error', (cause) => reject(new DatabaseStoppedError(cause)))
      child.on('exit', () => {
        reject(new DatabaseStoppedError())
        this.#ended(child)
      })
      child.send({ setup: this.#setup })
    })
    return this.#started
  }

  async ask(content: Content): Promise<unknown> {
    if (this.#closing.signal.aborted) throw new DatabaseStoppedError()
    if (this.#waiting.length >= longestQueue) throw new DatabaseBusyError()
    await this.start()
    return new Promise((resolve, reject) => {
      const ask = { ...content, id: ++this.#asked } as Ask
      this.#waiting.push({ ask, resolve, reject, attempt: 1 })
      this.#child?.send(ask)
      if (this.#waiting.length === 1) this.#watch()
    })
  }

  processId(): number | undefined {
    return this.#child?.pid
  }

  close(): void {
    this.#closing.abort()
    clearTimeout(this.#timer)
    this.#child?.kill('SIGKILL')
    for (const { reject } of this.#waiting.splice(0)) reject(new DatabaseStoppedError())
  }

  #settle(told: Extract<Told, { id: number }>): void {
    const [first] = this.#waiting
    if (first?.ask.id !== told.id) return
    this.#waiting.shift()
    this.#watch()
    if ('problem' in told) first.reject(new RowsUnusableError(told.problem))
    else first.resolve(told.result)
  }

  /** The time limit counts for the question that is being answered. */
  #watch(): void {
    clearTimeout(this.#timer)
    if (this.#waiting.length === 0) return
    this.#timer = setTimeout(() => {
      this.#waiting.shift()?.reject(new DatabaseBusyError())
      this.#child?.kill('SIGKILL')
    }, this.#setup.limits.milliseconds)
    this.#timer.unref()
  }

  #ended(child: ChildProcess): void {
    if (this.#child !== child) return
    clearTimeout(this.#timer)
    this.#child = undefined
    this.#started = undefined
    if (this.#closing.signal.aborted) return
    const again = this.#waiting.splice(0)
    for (const waiting of again.filter(({ attempt }) => attempt >= attempts))
      waiting.reject(new DatabaseStoppedError())
    const kept = again.filter(({ attempt }) => attempt < attempts)
    if (kept.length > 0) void this.#resume(kept)
  }

  async #resume(kept: readonly Waiting[]): Promise<void> {
    try {
      await this.start()
    } catch (error) {
      for (const { reject } of kept) reject(error as Error)
      return
    }
    this.#waiting.unshift(...kept)
    for (const waiting of kept) {
      waiting.attempt += 1
      this.#child?.send(waiting.ask)
    }
    this.#watch()
  }
}

/** The process's own file: source when we run from source (with the loader that reads it), else built. */
function spawned(): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts')
  const file = new URL(`./sqliteProcess.${isSource ? 'ts' : 'js'}`, import.meta.url)
  const loader = (): string => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return fork(fileURLToPath(file), [], {
    execArgv: isSource ? ['--conditions=source', '--import', loader()] : [],
    env: {},
    serialization: 'advanced', // texts go over as they are, without being escaped and read again
  })
}

function readingOf(definition: Definition): Setup['readings'][string] {
  const { query, ownerColumn, recordKey, fields } = definition
  return {
    sql: query,
    ownerColumn,
    recordKey,
    fields: fields.map(({ name, type }) => ({ name, type })),
  }
}

const problemTexts: { readonly [problem in ReadProblem['problem']]: string } = {
  owner: 'A row belongs to somebody else.',
  form: 'A value does not have the form of its type.',
  key: 'Two rows have the same record key.',
  rows: 'There are more rows than the limit allows.',
  bytes: 'The rows are larger than the limit allows.',
  statement: 'The statement does not run on this database.',
  unknown: 'There is no such statement.',
}

/** The institution's rows must not be served as they are. */
export class RowsUnusableError extends MedrecError {
  readonly code = 'ROWS_UNUSABLE'
  readonly problem: ReadProblem['problem']
  constructor(told: ReadProblem) {
    super(problemTexts[told.problem], {
      facts: told.field === undefined ? [] : [`Field or code: ${told.field}`],
    })
    this.problem = told.problem
  }
}

/** The institution's database took too long, or too much is asked of it at once. */
export class DatabaseBusyError extends RetryableError {
  readonly code = 'DATABASE_BUSY'
  constructor() {
    super("The institution's database took too long to answer; the query was stopped.")
  }
}

/** The process that reads the institution's database does not run. */
export class DatabaseStoppedError extends RetryableError {
  readonly code = 'DATABASE_STOPPED'
  constructor(cause?: unknown) {
    super("The process that reads the institution's database stopped.", { cause })
  }
}
