import type { FieldList, Hex, PartPlace } from '@medrec/protocol'
import type { ScopeJson } from './Scopes.ts'

/** The identity's statement for a request key (docs/protocol.md section 8). */
export type RequestStatement = {
  readonly idTag: Hex
  readonly key: Hex
  readonly audience: string
  readonly notBefore: number
  readonly expires: number
  readonly signature: Hex
  /** Public key x | y of a P-256 request key, base64url; `key` is its address. */
  readonly p256?: string
}

/** What a viewer presents with a request. */
export type PresentedShare = {
  readonly grant: Hex
  readonly signature: Hex
  readonly scope: ScopeJson
  readonly consent?: { readonly slot: Hex; readonly signature: Hex }
}

/** Body of `POST /query`. */
export type QueryBody = {
  readonly relationship: Hex
  readonly query: string
  readonly purpose: number
  /** A former version; for the subject only. */
  readonly version?: number
  /** A part of the result with the root `of`; the first of what there is when absent. */
  readonly part?: { readonly number: number; readonly of: Hex }
  readonly statement: RequestStatement
  readonly share?: PresentedShare
  readonly delegation?: PresentedDelegation
  readonly emergency?: Hex
  readonly reply: string
}

/** Body of `POST /index`; `since` is the hash of the index leaf seen last. */
export type IndexBody = {
  readonly relationship: Hex
  readonly statement: RequestStatement
  readonly share?: PresentedShare
  readonly reply: string
  readonly since?: Hex
}

/** Body of `POST /log`; entries from number `from`. */
export type LogBody = {
  readonly relationship: Hex
  readonly statement: RequestStatement
  readonly reply: string
  readonly from?: number
}

/** Body of `POST /revocations`: one signed ending record and the share it ends, if any, or a word on emergencies. */
export type RevocationBody = {
  readonly record?: string
  readonly profile?: EmergencyProfileJson
  readonly share?: Pick<PresentedShare, 'signature' | 'scope'>
  readonly statement: RequestStatement
}

/** What may be read in an emergency, as a note of kind 14 says it, with the signature that stands in the note. */
export type EmergencyProfileJson = {
  readonly relationship: Hex
  readonly categories: number
  /** Unix seconds */
  readonly time: number
  readonly signature: Hex
}

/** Body of `POST /token`. */
export type TokenBody = { readonly statement: RequestStatement; readonly reply?: string }

/** A relay token: so many creating operations on one day (`day` = unix seconds / 86,400). */
export type RelayToken = {
  readonly institution: Hex
  readonly id: Hex
  readonly day: number
  readonly operations: number
  readonly signature: Hex
}

/** Where a leaf was anchored. */
export type AnchoredAt = {
  readonly counter: number
  readonly block: number
  readonly blockHash: Hex
  readonly indexPath: readonly Hex[]
}

/** A signed promise to anchor a leaf. */
export type PendingAt = { readonly time: number; readonly delay: number; readonly signature: Hex }

/** A pointer's leaf, without what the answer says once. */
export type LeafJson = {
  readonly version: number
  readonly previous: Hex
  readonly origin: number
  readonly category: number
  readonly schema: number
  readonly catalogue: number
  readonly query: Hex
  readonly result: Hex
  readonly time: number
}

/** The opened answer to a query. */
export type Answer = {
  readonly subject: Hex
  readonly steward: Hex
  readonly relationship: Hex
  readonly pointer: Hex
  readonly key: Hex
  readonly header: string
  readonly size: number
  readonly leaves: readonly {
    readonly position: number
    readonly salt: Hex
    readonly text: string
  }[]
  readonly proof: readonly Hex[]
  /** Of a result that no one answer holds: which part this is. */
  readonly part?: PartPlace & { readonly path: readonly Hex[] }
  readonly leaf: LeafJson
  /** After a former version: the leaves up to the newest one, each naming its `previous`. */
  readonly later?: readonly LeafJson[]
  readonly index: {
    readonly size: number
    readonly position: number
    readonly hidden: Hex
    readonly previous: Hex
    readonly entries: readonly Hex[]
  }
  readonly anchored?: AnchoredAt & { readonly path: readonly Hex[] }
  readonly pending?: PendingAt
  readonly catalogue: FieldList
}

/** One pointer as the index tells of it. */
export type IndexedPointer = {
  readonly pointer: Hex
  readonly key: Hex
  readonly category: number
  readonly schema: number
  readonly version: number
  readonly origin: number
  readonly time: number
  readonly catalogue: FieldList
}

/** The opened answer to `POST /index`. */
export type IndexAnswer = {
  readonly subject: Hex
  readonly steward: Hex
  readonly relationship: Hex
  readonly size: number
  readonly entries: Hex
  readonly hidden: Hex
  readonly previous: Hex
  readonly pointers: readonly IndexedPointer[]
  /** For a viewer: where his pointers stand in the index, and that they do. */
  readonly shown?: { readonly positions: readonly number[]; readonly proof: readonly Hex[] }
  readonly opened?: { readonly updates: number; readonly logHead: Hex; readonly logLength: number }
  readonly chain?: readonly { readonly size: number; readonly entries: Hex; readonly hidden: Hex }[]
  readonly anchored?: AnchoredAt
  readonly pending?: PendingAt & { readonly leaf: Hex }
}

/** The opened answer to `POST /log`; `index` proves the log's head. */
export type LogAnswer = {
  readonly relationship: Hex
  readonly from: number
  readonly before: Hex
  readonly entries: readonly string[]
  readonly index: Omit<IndexAnswer, 'pointers'>
}

/** A delegation as requests present it. */
export type PresentedDelegation = {
  readonly slot: Hex
  readonly signature: Hex
  readonly delegation: {
    readonly subject: Hex
    readonly steward: Hex
    readonly delegate: Hex
    readonly relationship: Hex
    readonly epoch: number
    readonly index: Hex
    readonly rights: number
    readonly categories: number
    readonly notBefore: number
    readonly salt: Hex
  }
}

/** The opened answer to `POST /emergency`. */
export type EmergencyAnswer = {
  /** Names the access in the requests that follow. */
  readonly emergency: Hex
  readonly relationship: Hex
  readonly subject: Hex
  readonly steward: Hex
  /** Map key of the relationship's index. */
  readonly index: Hex
  /** What the patient left readable; bit c = category c. */
  readonly categories: number
  /** Unix seconds */
  readonly expires: number
}
