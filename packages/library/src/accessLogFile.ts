import type { BlockEvidence } from '@medrec/client'
import type { Hex } from '@medrec/protocol'
import type { ProofFile } from './proofFile.ts'
import { matches, type Shape } from './shapes.ts'

/** Name of the form, so that later ones can be told apart. */
export const accessLogForm = 'access-log-1'

/** An anchor that commits to the log: what opens its blinded root, and the block that holds it. */
export type AccessLogAnchor = {
  readonly counter: number
  readonly blinding: Hex
  readonly block: BlockEvidence
}

/**
 * First line of an institution's access log with proof (docs/protocol.md section 8.4): a line for each entry and the
 * institution's signature follow.
 */
export type AccessLogHead = {
  readonly medrec: typeof accessLogForm
  readonly network: ProofFile['network']
  readonly institution: Hex
  /** The period that is covered, unix seconds, `to` exclusive. */
  readonly from: number
  readonly to: number
  /** The block that names the institution's key. */
  readonly profile: BlockEvidence
  /** Entries before the first one here: their number, and roots of the perfect subtrees over them, largest first. */
  readonly start: {
    readonly size: number
    readonly tree: readonly Hex[]
    /** Absent where the log begins. */
    readonly anchor?: AccessLogAnchor
  }
  readonly end: { readonly size: number; readonly anchor: AccessLogAnchor }
}

/** An entry of the log, with its place. */
export type AccessLogLine = {
  /** From 0, over the whole log of the institution. */
  readonly number: number
  /** H(0x06 | head before | entry), a leaf of the log's tree */
  readonly head: Hex
  /** Entries of one patient have one number here, which means nothing outside of the file; absent: of no patient. */
  readonly chain?: number
  /** Head before the first entry of a chain in the file. */
  readonly before?: Hex
  /** The exact text that the log holds. */
  readonly entry: string
}

/** What an entry of an institution's access log says; kinds and members that we do not know are left to the reader. */
export type LoggedEntry = {
  /** Unix seconds, by the institution's clock */
  readonly time: number
  readonly kind: string
  readonly who: { readonly idTag?: Hex; readonly identity?: Hex }
  /** Who acted for the subject: she asks herself, or what was asked for was shared by her. */
  readonly delegate?: Hex
  /** Name of the emergency access that was opened or used. */
  readonly emergency?: Hex
  readonly purpose?: number
  /** Slot of the share by which a viewer asked. */
  readonly grant?: Hex
  readonly pointer?: Hex
  readonly version?: number
  readonly elements?: readonly string[]
  /** Of a record that is read in parts: which part this was, of how many, and its rows. */
  readonly part?: { readonly number: number; readonly of: number; readonly rows: number }
  /** Why it was refused. */
  readonly code?: string
  /** How many refusals the entry stands for, when it is not one. */
  readonly count?: number
  /** Block of the decision. */
  readonly block?: number
  /** Of an administrative act: who did it, by log-in and role, and about which relationship. */
  readonly staff?: { readonly id: string; readonly role: string }
  readonly about?: Hex
  /** Of a review of an emergency: what it was found to be, and the reviewer's words. */
  readonly outcome?: string
  readonly remark?: string
  /** H of the request's signature. */
  readonly request?: Hex
}

const evidence = { header: 'hex', receipts: ['hex'] } as const
const anchor = { counter: 'count', blinding: 'hex', block: evidence } as const
const head: Shape = {
  medrec: 'text',
  network: { networkId: 'hex', chainId: 'count', registrar: 'hex', ledger: 'hex' },
  institution: 'hex',
  from: 'count',
  to: 'count',
  profile: evidence,
  start: { size: 'count', tree: ['hex'], 'anchor?': anchor },
  end: { size: 'count', anchor },
}
const line: Shape = {
  number: 'count',
  head: 'hex',
  'chain?': 'count',
  'before?': 'hex',
  entry: 'text',
}
const logged: Shape = {
  time: 'count',
  kind: 'text',
  who: { 'idTag?': 'hex', 'identity?': 'hex' },
  'delegate?': 'hex',
  'emergency?': 'hex',
  'purpose?': 'count',
  'grant?': 'hex',
  'pointer?': 'hex',
  'version?': 'count',
  'elements?': ['text'],
  'part?': { number: 'count', of: 'count', rows: 'count' },
  'code?': 'text',
  'count?': 'count',
  'block?': 'count',
  'staff?': { id: 'text', role: 'text' },
  'about?': 'hex',
  'outcome?': 'text',
  'remark?': 'text',
  'request?': 'hex',
}

/** Reads the first line. */
export function toAccessLogHead(json: unknown): AccessLogHead | undefined {
  const isOne = matches(head, json) && (json as AccessLogHead).medrec === accessLogForm
  return isOne ? (json as AccessLogHead) : undefined
}

/** Reads the line of an entry. */
export function toAccessLogLine(json: unknown): AccessLogLine | undefined {
  return matches(line, json) ? (json as AccessLogLine) : undefined
}

/** The end of the year 9999, unix seconds: later times have no date that everybody can read (RFC 3339 section 1). */
export const latestTime = 253_402_300_799

/** Reads what an entry says. */
export function toLoggedEntry(json: unknown): LoggedEntry | undefined {
  const isOne = matches(logged, json) && (json as LoggedEntry).time <= latestTime
  return isOne ? (json as LoggedEntry) : undefined
}
