import { type Hex, RetryableError, toHex } from '@medrec/protocol'
import { AccessTables, type NodeDatabase } from '@medrec/records/node'
import { grown, type LogTree, nextHead, rootOf } from '../map/LogTree.ts'
import type { LogHead } from '../map/PointerMap.ts'

/** What an entry tells; a clinician is named, a patient by idTag (DESIGN 13). */
export type LogContent = {
  readonly time: number
  readonly kind: 'read' | 'index' | 'log' | 'refused' | 'revoked'
  readonly who: { readonly idTag?: Hex; readonly identity?: Hex }
  readonly purpose?: number
  readonly pointer?: Hex
  readonly version?: number
  readonly elements?: readonly string[]
  /** Why it was refused. */
  readonly code?: string
  /** How many refusals the entry stands for, when it is not one. */
  readonly count?: number
  /** Block of the decision. */
  readonly block?: number
  /** H of the request's signature. */
  readonly request?: Hex
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
 * come together share one write to disk (DESIGN 6, Log).
 */
export class AccessLog {
  readonly #database: NodeDatabase
  readonly #heads = new Map<Hex, LogHead>()
  #tree: LogTree = []
  #waiting: Waiting[] = []

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

  /** Root over all entries of the institution. */
  root(): Uint8Array {
    return rootOf(this.#tree)
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
      if (this.#waiting.length === 1) setImmediate(() => this.#flush())
    })
  }

  #flush(): void {
    const waiting = this.#waiting.splice(0)
    const [heads, tree] = [new Map<Hex, LogHead>(), this.#tree]
    try {
      const kept = this.#database.transaction(() =>
        waiting.map((entry) => this.#keep(entry, heads)),
      )
      for (const [relationship, head] of heads) this.#heads.set(relationship, head)
      waiting.forEach(({ resolve }, i) => {
        resolve(kept[i] as boolean)
      })
    } catch (cause) {
      this.#tree = tree
      for (const { reject } of waiting) reject(new LogUnavailableError(cause))
    }
  }

  #keep({ relationship, content, nonce }: Waiting, heads: Map<Hex, LogHead>): boolean {
    if (nonce && !AccessTables.useNonce(this.#database, nonce)) return false
    const text = JSON.stringify(content)
    const id = relationship && toHex(relationship)
    const before = id ? (heads.get(id) ?? this.headOf(id)) : noHead
    const head = nextHead(before.head, text)
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
