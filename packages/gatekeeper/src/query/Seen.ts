import { type Hex, toHex } from '@medrec/protocol'
import { AccessTables, type NodeDatabase } from '@medrec/records/node'

/** Ends of grants not yet on the chain that one relationship's subject may have us keep, from one start to the next. */
const mostUnmined = 1_000
/** Verdict of a word on a version that did not exist when it was heard: it counts as nothing. */
const saidEarly = 2

/**
 * What was seen beside the chain's newest word and is never forgotten: revocations pushed to us, or seen while
 * they waited for a block, and the subject's acknowledgements (docs/protocol.md 8.1: revocations count as soon as
 * seen).
 */
export class Seen {
  readonly #database: NodeDatabase
  readonly #revoked = new Map<string, number>()
  readonly #unmined = new Map<Hex, number>()
  readonly #acknowledged = new Map<Hex, Map<number, AccessTables.AcknowledgementRow>>()

  constructor(database: NodeDatabase) {
    this.#database = database
    for (const row of AccessTables.revocations(database)) this.#remember(row)
    for (const row of AccessTables.acknowledgements(database)) this.#acknowledge(row)
  }

  /** Whether the end of a grant that the chain does not show may be kept for this relationship: a known one may. */
  mayKeepUnmined(relationship: Hex, grant: Hex): boolean {
    if (this.isRevoked(grant)) return true
    const kept = (this.#unmined.get(relationship) ?? 0) + 1
    if (kept > mostUnmined) return false
    this.#unmined.set(relationship, kept)
    return true
  }

  /** Keeps what ends something; on disk when it returns. It counts at once, also when the disk does not take it. */
  keep(row: AccessTables.RevocationRow & { record: Uint8Array; seenAt: number }): void {
    this.#remember(row)
    AccessTables.keepRevocation(this.#database, row)
  }

  isRevoked(grant: Hex): boolean {
    return this.#revoked.has(`grant ${grant}`)
  }
  status(relationship: Hex): number | undefined {
    return this.#revoked.get(`relationship ${relationship}`)
  }
  epoch(relationship: Hex): number | undefined {
    return this.#revoked.get(`epoch ${relationship}`)
  }

  /**
   * Keeps the subject's last word on a version; false when it was known, or is about a version above the newest:
   * she cannot have seen that, and whatever gets its number later needs another word.
   */
  acknowledge(said: AccessTables.AcknowledgementRow, newest: number): boolean {
    const known = this.#acknowledged.get(toHex(said.pointer))?.get(said.version)
    if (known && known.words >= said.words) return false
    const isEarly = said.version > newest
    const row = isEarly ? { ...said, verdict: saidEarly } : said
    const isNew = AccessTables.keepAcknowledgement(this.#database, row)
    if (isNew) this.#acknowledge(row)
    return isNew && !isEarly
  }

  /** The subject's newest word on a pointer. */
  acknowledgement(pointer: Hex): AccessTables.AcknowledgementRow | undefined {
    const words = [...(this.#acknowledged.get(pointer)?.values() ?? [])]
    const inTime = words.filter(({ verdict }) => verdict !== saidEarly)
    return inTime.toSorted((a, b) => a.version - b.version).at(-1)
  }

  /** The newest version of which the subject's last word is that she has seen it; 0 when there is none. */
  confirmedVersion(pointer: Hex): number {
    const words = [...(this.#acknowledged.get(pointer)?.values() ?? [])]
    return Math.max(0, ...words.flatMap(({ verdict, version }) => (verdict === 0 ? [version] : [])))
  }

  #remember({ kind, key, number }: AccessTables.RevocationRow): void {
    const name = `${kind} ${toHex(key)}`
    this.#revoked.set(name, Math.max(number, this.#revoked.get(name) ?? 0))
  }

  #acknowledge(row: AccessTables.AcknowledgementRow): void {
    const pointer = toHex(row.pointer)
    const words = this.#acknowledged.get(pointer) ?? new Map()
    words.set(row.version, row)
    this.#acknowledged.set(pointer, words)
  }
}
