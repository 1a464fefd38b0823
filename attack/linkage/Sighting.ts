/**
 * What a stranger makes of one thing in the public record, with everything that could tie it to another. A member
 * is there only when the record shows it; nothing here comes from a secret.
 */
export type Sighting = {
  /** Names the thing in the record: a slot, a grant's key, a tag. */
  readonly handle: string
  readonly kind: SightingKind
  /** Unix seconds of its block. */
  readonly at: number
  readonly transaction: string
  /** Who paid: number of the institution, as its public profile says. */
  readonly sender: number | undefined
  /** The provider that the record names; undefined when it names none. */
  readonly provider?: number
  /** The person that the record names, as the registrar knows her. */
  readonly person?: string
  readonly relationship?: string
  /** Whatever else two things may have in common. */
  readonly expiry?: number
  readonly deadline?: number
}

export type SightingKind =
  | 'registered'
  | 'proposed'
  | 'answered'
  | 'granted'
  | 'revoked'
  | 'note'
  | 'update'
  | 'acknowledged'

/** That an institution did something at a time: what known visits are compared with. */
export type Activity = { readonly provider: number; readonly at: number }

/** Everything that a stranger took from the record of one design. */
export type Record = {
  readonly sightings: readonly Sighting[]
  /** By the name of what betrays it. */
  readonly activity: Readonly<{ [sign: string]: readonly Activity[] }>
  /** Longest time from a deed to its block, in seconds. */
  readonly period: number
}

/** What is true of a handle, known to the one who scores the guesses alone. */
export type Truth = {
  readonly patient: number
  readonly provider: number
  readonly relation: number
  readonly visit: number
}

/** A played world: the public record, and which of it is whose. */
export type Played = {
  readonly record: Record
  readonly truths: ReadonlyMap<string, Truth>
  /** How the registrar names each patient. */
  readonly persons: readonly string[]
}
