import type { NodeDatabase } from '@medrec/records/node'
import type { Moments } from './Moments.ts'

/** What a watched part of a machine looks at. */
export type Watched = {
  readonly moments: Moments
  readonly isOver: () => boolean
  readonly over: Promise<void>
}

/** What a dead process is met by when it still tries to write. */
export class PowerCutError extends Error {
  override name = 'PowerCutError'
}

/**
 * A node's database through its machine: each write is a moment before and after, and within a transaction; a
 * dead process writes no more.
 */
export function watchedDatabase(database: NodeDatabase, watched: Watched): NodeDatabase {
  let depth = 0
  const alive = <T>(work: () => T): T => {
    if (watched.isOver()) throw new PowerCutError()
    return work()
  }
  const step = <T>(work: () => T): T => {
    watched.moments.pass('disk')
    const result = alive(work)
    watched.moments.pass('disk')
    return alive(() => result)
  }
  const transaction = <T>(work: () => T): T => {
    if (depth > 0) return work()
    return step(() => {
      depth++
      try {
        return database.transaction(() => alive(work))
      } finally {
        depth--
      }
    })
  }
  const committed: NodeDatabase['transactionAhead'] = (work) =>
    step(() => {
      depth++
      try {
        return database.transactionAhead(() => alive(work))
      } finally {
        depth--
      }
    })
  const { store } = database
  return {
    ...database,
    run: (sql, ...values) =>
      depth > 0
        ? inside(() => database.run(sql, ...values))
        : step(() => database.run(sql, ...values)),
    get: (sql, ...values) => alive(() => database.get(sql, ...values)),
    all: (sql, ...values) => alive(() => database.all(sql, ...values)),
    transaction,
    transactionAhead: (work) => {
      const { result, onDisk } = committed(work)
      return { result, onDisk: onDisk.then(() => alive(() => undefined)) }
    },
    store: {
      ...store,
      get: (table, key) => alive(() => store.get(table, key)),
      list: (table, range) => alive(() => store.list(table, range)),
      count: (table, range) => alive(() => store.count(table, range)),
      // The store's own write is synchronous inside; so is the moment.
      write: (writes) => written(() => store.write(writes)),
      clear: () => written(() => store.clear()),
    },
  }

  async function written(work: () => Promise<void>): Promise<void> {
    const outcome = step(() =>
      work().then(
        () => undefined,
        (error: unknown) => ({ error }),
      ),
    )
    const failed = await outcome
    if (failed) throw failed.error
  }

  function inside<T>(work: () => T): T {
    watched.moments.pass('disk')
    return alive(work)
  }
}
