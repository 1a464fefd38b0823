import type { ChainView, Entry } from '@medrec/client'
import type { Domain } from '@medrec/protocol'
import type { ContactState, IgnoredReason } from './state.ts'
import type { FoundNote, Peer } from './trail.ts'

/** Everything a summary is made of: opened notes and one view of the chain. */
export type FoldInput = {
  readonly domain: Domain
  readonly networkId: Uint8Array
  readonly view: ChainView
  readonly me: Entry
  readonly self: readonly FoundNote[]
  readonly peers: readonly PeerNotes[]
  /** Contacts whose note is not on the chain yet. */
  readonly pendingContacts: readonly Omit<ContactState, 'changed' | 'block'>[]
}

export type PeerNotes = {
  readonly peer: Peer
  readonly mine: readonly FoundNote[]
  readonly theirs: readonly FoundNote[]
}

/** Collects why notes were left out. */
export type Ignore = (note: FoundNote, reason: IgnoredReason) => void
