import type { LoggedEntry } from '@medrec/library'
import {
  grown,
  type Hex,
  type LogTree,
  logTreeRoot,
  nextLogHead,
  RetryableError,
  toHex,
} from '@medrec/protocol'
import { AccessTables, type NodeDatabase } from '@medrec/records/node'
import type { LogHead } from '../map/PointerMap.ts'

/** What an entry tells; a clinician is named, a patient by idTag (docs/protocol.md 8). */
export type LogContent = Omit<LoggedEntry, 'kind'> & {
  readonly kind:
    | 'read'
    | 'index'
    | 'log'
    | 'refused'
    | 'revoked'
    | 'emergency'
    | 'explained'
    | 'exported'
    | 'previewed'
    | 'examined'
    | 'reviewed'
}

type Nonce = { readonly key: Uint8Array; readonly nonce: string; readonly expires: number }
type Waiting = {
  readonly relationship: Uint8Array | null
  readonly content: LogContent
  readonly nonce: Nonce | undefined
  readonly resolve: (kept: boolean) => void
  readonly reject: (error: Error) => void
}

const noHead: LogHead = { head: new Uint8Array(32), length: 0 }

/**
 * The access log: entries chained by hash per relationship, on disk before a data byte leaves. Entries that
 * come together share one write to disk (docs/protocol.md 8).
 */
export class AccessLog {
  readonly #database: NodeDatabase
  readonly #heads = new Map<Hex, LogHead>()
  #tree: LogTree = []
  #waiting: Waiting[] = []
  #isWriting: boolean = false

  constructor(database: NodeDatabase) {
    this.#database = database
    for (const { relationship, number, head } of AccessTables.heads(database))
      this.#heads.set(toHex(relationship), { head, length: number + 1 })
    for (const { head } of AccessTables.allHeads(database)) this.#tree = grown(this.#tree, head)
  }

  /** Where a relationship's log stands. */
  headOf(relationship: Hex): LogHead {
    return this.#heads.get(relationship) ?? noHead
  }

  /** How many entries there are, of the whole institution. */
  size(): number {
    return this.#tree.reduce((sum, { size }) => sum + size, 0)
  }

  /** Root over all entries of the institution. */
  root(): Uint8Array {
    return logTreeRoot(this.#tree)
  }

  /**
   * Keeps an entry, and the request's nonce with it. Resolves once on disk; false when the nonce was used
   * before: then nothing was kept. Throws LogUnavailableError.
   */
  append(
    relationship: Uint8Array | undefined,
    content: LogContent,
    nonce?: Nonce,
  ): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ relationship: relationship ?? null, content, nonce, resolve, reject })
      if (this.#isWriting) return
      this.#isWriting = true
      setImmediate(() => void this.#flush())
    })
  }

  /** Writes what waits until nothing does: while the disk is awaited, the next entries come together. */
  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) await this.#write(this.#waiting.splice(0))
    this.#isWriting = false
  }

  async #write(waiting: readonly Waiting[]): Promise<void> {
    try {
      const { result: kept, onDisk } = this.#commit(waiting)
      await onDisk
      waiting.forEach(({ resolve }, i) => {
        resolve(kept[i] as boolean)
      })
    } catch (cause) {
      for (const { reject } of waiting) reject(new LogUnavailableError(cause))
    }
  }

  #commit(waiting: readonly Waiting[]): {
    readonly result: readonly boolean[]
    readonly onDisk: Promise<void>
  } {
    const [heads, tree] = [new Map<Hex, LogHead>(), this.#tree]
    try {
      const committed = this.#database.transactionAhead(() =>
        waiting.map((entry) => this.#keep(entry, heads)),
      )
      for (const [relationship, head] of heads) this.#heads.set(relationship, head)
      return committed
    } catch (cause) {
      this.#tree = tree
      throw cause
    }
  }

  #keep({ relationship, content, nonce }: Waiting, heads: Map<Hex, LogHead>): boolean {
    if (nonce && !AccessTables.useNonce(this.#database, nonce)) return false
    const text = JSON.stringify(content)
    const id = relationship && toHex(relationship)
    const before = id ? (heads.get(id) ?? this.headOf(id)) : noHead
    const head = nextLogHead(before.head, text)
    AccessTables.append(this.#database, {
      relationship,
      number: relationship && before.length,
      time: content.time,
      text,
      head,
    })
    if (id) heads.set(id, { head, length: before.length + 1 })
    this.#tree = grown(this.#tree, head)
    return true
  }
}

/** The access log cannot be written: nothing is served. */
export class LogUnavailableError extends RetryableError {
  readonly code = 'LOG_UNAVAILABLE'
  constructor(cause: unknown) {
    super('The access log cannot be written, so no data leave this node.', { cause })
  }
}
