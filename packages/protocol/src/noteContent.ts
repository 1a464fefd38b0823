import type { Entry } from './scope.ts'

/** Content of a note, by kind (docs/protocol.md section 5). Times are unix seconds. */
export type NoteContent =
  | {
      readonly kind: 'proposal'
      readonly nonce: Uint8Array
      readonly salt: Uint8Array
      readonly policy: number
      readonly consent?: Uint8Array | undefined
      readonly stewardVersion: number
      readonly subjectVersion: number
      readonly restored?: boolean | undefined
    }
  | {
      readonly kind: 'pointer'
      readonly relationship: Uint8Array
      readonly pointer: Uint8Array
      readonly category: number
      readonly schema: number
      readonly catalogue: number
      readonly querySalt: Uint8Array
      readonly query: string
      readonly result: Uint8Array
      readonly resource: string
      readonly place: string
      readonly version: number
      readonly time: number
    }
  | {
      readonly kind: 'answer'
      readonly relationship: Uint8Array
      /** 2 accepted, 3 rejected, 4 closed */
      readonly status: number
      readonly reason?: string | undefined
    }
  | {
      readonly kind: 'acknowledgement'
      readonly relationship: Uint8Array
      readonly pointer: Uint8Array
      readonly version: number
      /** 0 seen, 1 wrong */
      readonly verdict: number
      readonly reason?: string | undefined
    }
  | ({
      readonly kind: 'share'
      /** As in the terms, which a viewer never gets; absent when the subject's consent is enough. */
      readonly policy?: number | undefined
    } & SharedScope)
  | ({
      readonly kind: 'shareCopy'
      readonly viewer: Uint8Array
      readonly salt: Uint8Array
    } & SharedScope)
  | {
      readonly kind: 'consent'
      readonly grant: Uint8Array
      readonly slot: Uint8Array
      readonly signature: Uint8Array
    }
  | {
      readonly kind: 'contact'
      readonly idTag: Uint8Array
      readonly name: string
      readonly relation?: string | undefined
      readonly identity: Uint8Array
    }
  | {
      readonly kind: 'checkpoint'
      readonly seen: readonly (readonly [
        relationship: Uint8Array,
        index: Uint8Array,
        updates: number,
      ])[]
      readonly time: number
    }
  | {
      readonly kind: 'stopped'
      readonly grant?: Uint8Array | undefined
      readonly relationship?: Uint8Array | undefined
      readonly reason?: string | undefined
    }
  | ({ readonly kind: 'delegation' } & SharedDelegation)
  | ({ readonly kind: 'delegatedShare' } & SharedScope & ByDelegation)
  | ({
      readonly kind: 'delegatedShareCopy'
      readonly viewer: Uint8Array
      readonly salt: Uint8Array
    } & SharedScope &
      ByDelegation)
  | {
      readonly kind: 'emergencyProfile'
      readonly relationship: Uint8Array
      /** What may be read in an emergency; bit c = category c. */
      readonly categories: number
      /** The latest word counts, wherever it stands: who reads a signed note can seal it again. */
      readonly time: number
    }
  | {
      readonly kind: 'emergency'
      readonly relationship: Uint8Array
      readonly who: Uint8Array
      /** As she calls herself. */
      readonly name: string
      readonly reason: string
      readonly time: number
      readonly expires: number
    }

/** A delegation as its note carries it: what the reader can derive is left out. */
export type SharedDelegation = {
  readonly steward: Uint8Array
  readonly relationship: Uint8Array
  readonly index: Uint8Array
  readonly epoch: number
  readonly rights: number
  readonly categories: number
  readonly notBefore: number
  readonly slot: Uint8Array
  readonly signature: Uint8Array
}

/** The delegation that a delegate's share rests on; what the scope says too is left out. */
export type ByDelegation = {
  /** Not the author, as with other shares. */
  readonly subject: Uint8Array
  readonly slot: Uint8Array
  readonly delegated: Uint8Array
  readonly rights: number
  readonly categories: number
  readonly since: number
  readonly delegationSalt: Uint8Array
}

/** A scope as a share note carries it: what the reader can derive is left out. */
export type SharedScope = {
  readonly steward: Uint8Array
  readonly relationship: Uint8Array
  readonly index: Uint8Array
  readonly epoch: number
  readonly purposes: number
  readonly notBefore: number
  readonly grant: Uint8Array
  readonly signature: Uint8Array
  readonly entries: readonly Entry[]
}
