import { type Hex, MedrecError, RetryableError } from '@medrec/protocol'
import { DatabaseSync } from '@photostructure/sqlite'
import type { Genesis } from './anvil.ts'

/** A sealed block, with all that is needed to seal it again. */
export type JournalBlock = {
  readonly number: number
  readonly hash: Hex
  /** Unix seconds */
  readonly timestamp: number
  readonly coinbase: Hex
  /** Raw transactions in the order of the block. */
  readonly transactions: readonly Uint8Array[]
}

/** What is fixed for the life of the chain. */
export type JournalFacts = Genesis & {
  readonly genesisHash: Hex
  /** Network the chain was founded for; undefined until it is known. */
  readonly networkId: Hex | undefined
  /** Private key of the account that pays, 32 bytes in hex. */
  readonly funderKey: Hex
}

/** The embedded engine's memory: every sealed block, on disk before anybody hears of it. */
export type Journal = {
  readonly facts: JournalFacts | undefined
  /** Highest block, 0 when there is only the genesis. */
  readonly height: number
  found(facts: JournalFacts): void
  /** Names the network, once. */
  nameNetwork(networkId: Hex): void
  /** Adds the next block; on disk when it returns. */
  append(block: JournalBlock): void
  blocks(): Iterable<JournalBlock>
  close(): void
}

type Database = InstanceType<typeof DatabaseSync>
type Statement = ReturnType<Database['prepare']>

/** "MdRc", so that a foreign database is not taken for a journal. */
const applicationId = 0x4d645263
/** Layout of the tables below. */
const journalVersion = 1

const layout = `
  CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE block (
    number INTEGER PRIMARY KEY, hash TEXT NOT NULL, timestamp INTEGER NOT NULL, coinbase TEXT NOT NULL
  ) STRICT;
  CREATE TABLE sent (
    block INTEGER NOT NULL, position INTEGER NOT NULL, raw BLOB NOT NULL, PRIMARY KEY (block, position)
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${journalVersion};
`

/** Opens the journal file, making it if need be, for this process alone. Throws Journal...Error. */
export function openJournal(path: string): Journal {
  const database = openDatabase(path)
  try {
    prepareTables(database, path)
    return journalOver(database, path)
  } catch (cause) {
    database.close()
    throw cause instanceof MedrecError ? cause : journalError(path, cause)
  }
}

function openDatabase(path: string): Database {
  let database: Database | undefined
  try {
    database = new DatabaseSync(path)
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    const mode = database.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string }
    if (mode.journal_mode !== 'wal') throw new Error('no write-ahead log')
    database.exec('PRAGMA synchronous = FULL')
    database.exec('BEGIN EXCLUSIVE; COMMIT')
    return database
  } catch (cause) {
    database?.close()
    throw journalError(path, cause)
  }
}

function prepareTables(database: Database, path: string): void {
  const check = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string }
  if (check.quick_check !== 'ok') throw new JournalDamagedError(path)
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as {
    user_version: number
  }
  const { application_id: id } = database.prepare('PRAGMA application_id').get() as {
    application_id: number
  }
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as {
    tables: number
  }
  if (tables === 0) {
    database.exec(`BEGIN; ${layout} COMMIT`)
    return
  }
  if (id !== applicationId) throw new JournalForeignError(path)
  if (version !== journalVersion) throw new JournalVersionError(path, version)
}

function journalOver(database: Database, path: string): Journal {
  const insertBlock = database.prepare('INSERT INTO block VALUES (?, ?, ?, ?)')
  const insertSent = database.prepare('INSERT INTO sent VALUES (?, ?, ?)')
  let facts = readFacts(database, path)
  let height = readHeight(database, path)
  return {
    get facts() {
      return facts
    },
    get height() {
      return height
    },
    found(given) {
      writeFacts(database, path, given)
      facts = given
    },
    nameNetwork(networkId) {
      if (!facts) throw new JournalDamagedError(path)
      const named = { ...facts, networkId }
      writeFacts(database, path, named)
      facts = named
    },
    append(block) {
      if (block.number !== height + 1) throw new JournalDamagedError(path)
      transact(database, path, () => appendBlock(insertBlock, insertSent, block))
      height = block.number
    },
    blocks: () => readBlocks(database, path),
    close: () => {
      if (database.isOpen) database.close()
    },
  }
}

function appendBlock(block: Statement, sent: Statement, sealed: JournalBlock): void {
  block.run(sealed.number, sealed.hash, sealed.timestamp, sealed.coinbase)
  for (const [position, raw] of sealed.transactions.entries())
    sent.run(sealed.number, position, raw)
}

function readFacts(database: Database, path: string): JournalFacts | undefined {
  const rows = database.prepare('SELECT value FROM fact WHERE name = ?').get('facts') as
    | { value: string }
    | undefined
  if (!rows) return undefined
  try {
    return JSON.parse(rows.value) as JournalFacts
  } catch (cause) {
    throw new JournalDamagedError(path, cause)
  }
}

function writeFacts(database: Database, path: string, facts: JournalFacts): void {
  transact(database, path, () => {
    database
      .prepare('INSERT OR REPLACE INTO fact VALUES (?, ?)')
      .run('facts', JSON.stringify(facts))
  })
}

function readHeight(database: Database, path: string): number {
  const { height, blocks } = database
    .prepare('SELECT coalesce(max(number), 0) AS height, count(*) AS blocks FROM block')
    .get() as { height: number; blocks: number }
  if (height !== blocks) throw new JournalDamagedError(path)
  return height
}

function* readBlocks(database: Database, path: string): Iterable<JournalBlock> {
  const rawOf = database.prepare('SELECT raw FROM sent WHERE block = ? ORDER BY position')
  const blockAt = database.prepare('SELECT * FROM block WHERE number = ?')
  const height = readHeight(database, path)
  for (let number = 1; number <= height; number++) {
    const block = blockAt.get(number) as Omit<JournalBlock, 'transactions'> | undefined
    if (!block) throw new JournalDamagedError(path)
    const sent = rawOf.all(number) as { raw: Uint8Array }[]
    yield { ...block, transactions: sent.map(({ raw }) => raw) }
  }
}

function transact(database: Database, path: string, write: () => void): void {
  try {
    database.exec('BEGIN IMMEDIATE')
    write()
    database.exec('COMMIT')
  } catch (cause) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw new JournalWriteError(path, cause)
  }
}

function journalError(path: string, cause: unknown): MedrecError {
  const reason = cause instanceof Error ? cause.message : ''
  if (/locked|busy/i.test(reason)) return new JournalInUseError(path)
  if (/not a database|malformed|corrupt|disk image/i.test(reason))
    return new JournalDamagedError(path, cause)
  return new JournalWriteError(path, cause)
}

/** The journal cannot be written: no space, no permission, a broken disk. */
export class JournalWriteError extends MedrecError {
  readonly code = 'JOURNAL_WRITE'
  constructor(path: string, cause: unknown) {
    super('The chain journal cannot be written, so no block is announced.', {
      facts: [`File: ${path}`, `Reason: ${cause instanceof Error ? cause.message : 'unknown'}`],
      cause,
    })
  }
}

/** Another process has the journal open. */
export class JournalInUseError extends RetryableError {
  readonly code = 'JOURNAL_IN_USE'
  constructor(path: string) {
    super('Another process runs this chain.', { facts: [`File: ${path}`] })
  }
}

/** The journal was truncated or changed by something else. */
export class JournalDamagedError extends MedrecError {
  readonly code = 'JOURNAL_DAMAGED'
  constructor(path: string, cause?: unknown) {
    super('The chain journal is damaged.', { facts: [`File: ${path}`], cause })
  }
}

/** The file is a database, but not a chain journal. */
export class JournalForeignError extends MedrecError {
  readonly code = 'JOURNAL_FOREIGN'
  constructor(path: string) {
    super('This database is no chain journal.', { facts: [`File: ${path}`] })
  }
}

/** The journal was written by another version of MedRec. */
export class JournalVersionError extends MedrecError {
  readonly code = 'JOURNAL_VERSION'
  constructor(path: string, version: number) {
    super('The chain journal has another version.', {
      facts: [`File: ${path}`, `Version: ${version}`, `Understood: ${journalVersion}`],
    })
  }
}
