import type { Delegation, GrantSlot, RelationshipSlot } from '@medrec/protocol'
import type { PresentedShare } from './requestBody.ts'

/** What the gatekeeper keeps of a relationship, as far as the decision needs it. */
type Terms = {
  readonly subjectTag: Uint8Array
  readonly subjectVersion: number
  readonly stewardVersion: number
  readonly policy: number
  readonly indexKey: Uint8Array
}

/** A pointer of the relationship, with the number of fields that each catalogue version gives it. */
export type PointerFacts = {
  readonly id: Uint8Array
  readonly category: number
  readonly schema: number
  readonly catalogue: number
  readonly fields: readonly { readonly name: string }[]
  fieldsOf(catalogue: number): number | undefined
}

/** A slot of a grant or consent at the head, with what was seen since. */
export type SlotFacts = { readonly slot: GrantSlot | undefined; readonly revocationSeen: boolean }

/** The share that a viewer presents; its signatures are verified already. */
export type ShareFacts = {
  readonly share: PresentedShare
  /** Whether the grant's slot holds this scope. */
  readonly isCommitted: boolean
  readonly grant: SlotFacts
  /** Of a consent whose signature verifies and whose slot holds it; undefined when there is none. */
  readonly consent: SlotFacts | undefined
}

/** The delegation that is presented; its signature is verified already. */
export type DelegationFacts = {
  readonly delegation: Delegation
  /** Whether its slot holds this delegation. */
  readonly isCommitted: boolean
  readonly slot: SlotFacts
}

/** An emergency access that was opened here, and what holds of it now. */
export type EmergencyFacts = {
  /** Whether the one who asks holds the role, at the head and k blocks before. */
  readonly hasRole: readonly boolean[]
  /** Unix seconds */
  readonly expires: number
  /** What the patient leaves readable in an emergency; bit c = category c. */
  readonly categories: number
}

/** Everything a decision rests on: one view of the chain, what was seen beside it, and the clock. */
export type Facts = {
  /** Unix seconds of our clock, and of the head where blocks come by themselves. */
  readonly now: number
  readonly chainTime: number
  /** Unix seconds of the head itself, for what ends: the later of it and our clock counts. */
  readonly headTime: number
  readonly request: {
    readonly created: number
    readonly expires: number
    readonly isReplay: boolean
  }
  readonly statement: { readonly notBefore: number; readonly expires: number }
  readonly steward: Uint8Array
  readonly terms: Terms
  readonly slot: RelationshipSlot | undefined
  /** Endings seen before the chain told: status and epoch. */
  readonly seen: { readonly status: number | undefined; readonly epoch: number | undefined }
  /** Version of the subject's registration at the head and k blocks before. */
  readonly subjectVersions: readonly (number | undefined)[]
  /** Version of our own registration, there and then; undefined when we were no certified institution. */
  readonly stewardVersions: readonly (number | undefined)[]
  /** With neither share, delegation nor emergency the subject herself asks. */
  readonly viewer: ShareFacts | undefined
  /** The delegation that is presented: alone, the delegate asks; with a share, he passed something on. */
  readonly delegate: DelegationFacts | undefined
  readonly emergency: EmergencyFacts | undefined
  readonly purpose: number | undefined
  /** Undefined where a request names no pointer; null when the relationship has no such one. */
  readonly pointer: PointerFacts | null | undefined
  readonly elements: readonly string[]
  /** A version's origin is unexplained, and the subject has confirmed neither it nor a later one as seen. */
  readonly isUnexplained: boolean
  /** A former version is asked for. */
  readonly isFormer: boolean
}
