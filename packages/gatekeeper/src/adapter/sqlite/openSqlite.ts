import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CatalogueError, type Definition } from '../../catalogue.ts'
import {
  type Adapter,
  DatabaseBusyError,
  DatabaseStoppedError,
  longestQueue,
  type Person,
  RowsUnusableError,
  type SchemaPrint,
} from '../Adapter.ts'
import type { Ask, ReadColumns, ReadRows, Setup, Told } from '../messages.ts'

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
export async function openSqlite(databaseFile: string, setup: Setup): Promise<Adapter> {
  const reading = new ReadingProcess(databaseFile, setup)
  const schema = await reading.start()
  const ask = (content: Content): Promise<unknown> => reading.ask(content)
  return {
    schema,
    needs: [],
    excess: [], // a file has no users: the reading process is held to the catalogue by its authorizer
    rows: async ({ digest }, owner) => (await ask({ kind: 'rows', digest, owner })) as ReadRows,
    columns: async ({ digest }, owner) =>
      (await ask({ kind: 'columns', digest, owner })) as ReadColumns,
    each: (definition, owner, take) => eachBatch(ask, { definition, owner }, take),
    people: async (search, value) =>
      (await ask({ kind: 'people', search, value: value ?? null })) as readonly Person[],
    dataVersion: async () => (await ask({ kind: 'dataVersion' })) as string,
    processId: () => reading.processId(),
    isUp: () => reading.processId() !== undefined,
    close: async () => reading.close(),
  }
}

let begun = 0

async function eachBatch(
  ask: (content: Content) => Promise<unknown>,
  { definition, owner }: { readonly definition: Definition; readonly owner: string },
  take: (batch: ReadRows) => Promise<void>,
): Promise<void> {
  begun += 1
  const cursor = begun
  await ask({ kind: 'begin', cursor, digest: definition.digest, owner })
  try {
    // The next rows are read while these are worked on, and no more than these.
    for (let next = ask({ kind: 'next', cursor }); ; ) {
      const batch = (await next.catch(ended)) as ReadRows
      if (batch.rows.length === 0) return
      next = ask({ kind: 'next', cursor })
      next.catch(() => undefined) // awaited above, unless `take` ends it
      await take(batch)
    }
  } finally {
    // A process that ended meanwhile has none left.
    await ask({ kind: 'end', cursor }).catch(() => undefined)
  }
}

/** The process that held the cursor is another one now. */
function ended(error: unknown): never {
  throw error instanceof RowsUnusableError && error.problem === 'unknown'
    ? new DatabaseStoppedError()
    : error
}

type Content = Ask extends infer One ? (One extends Ask ? Omit<One, 'id'> : never) : never

/** The child process with its queue: answers come in the order of the questions. */
class ReadingProcess {
  readonly #databaseFile: string
  readonly #setup: Setup
  /** What the first process found; those that come after it are held to the same. */
  #accepted: SchemaPrint | undefined
  #child: ChildProcess | undefined
  #started: Promise<SchemaPrint> | undefined
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  #asked = 0
  readonly #closing = new AbortController()

  constructor(databaseFile: string, setup: Setup) {
    this.#databaseFile = databaseFile
    this.#setup = setup
  }

  start(): Promise<SchemaPrint> {
    this.#started ??= new Promise((resolve, reject) => {
      const child = spawned()
      this.#child = child
      child.on('message', (told: Told) => {
        if ('started' in told) {
          this.#accepted ??= told.schema
          resolve(told.schema)
        } else if ('refused' in told) {
          this.close()
          reject(new CatalogueError(told.refused, told.facts))
        } else this.#settle(told)
      })
      child.on('error', () => reject(new DatabaseStoppedError()))
      child.on('exit', () => {
        reject(new DatabaseStoppedError())
        this.#ended(child)
      })
      child.send({
        setup: this.#setup,
        databaseFile: this.#databaseFile,
        accepted: this.#accepted,
      })
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
    const { milliseconds } = this.#setup.limits
    // A node that stood still finds the end of its patience before the answer that came meanwhile: that is read first.
    this.#after(milliseconds, () => this.#after(milliseconds / 20, () => this.#late()))
  }

  #late(): void {
    this.#waiting.shift()?.reject(new DatabaseBusyError())
    this.#child?.kill('SIGKILL')
  }

  #after(milliseconds: number, act: () => void): void {
    this.#timer = setTimeout(act, milliseconds)
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
