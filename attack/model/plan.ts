import type { Wish } from './chain.ts'

/** One of a history's two relationships, as the institution's own table has it. */
export type Relation = {
  readonly number: number
  /** 0 the subject alone, 1 dual consent, 2 none that anybody knows. */
  readonly policy: number
  readonly subjectVersion: number
  readonly stewardVersion: number
}

/** A pointer of a relationship; its fields have the numbers 0 to `fields` - 1. */
export type PointerPlan = {
  readonly number: number
  readonly relation: number
  readonly category: number
  readonly schema: number
  readonly catalogue: number
  readonly fields: number
  /** How many fields each version of the catalogue has, from version 1. */
  readonly fieldsAt: readonly number[]
  readonly newest: number
  /** The last version that changed for no recorded reason; 0 for none. */
  readonly unexplained: number
}

/** An entry of a scope: which fields of which pointer, or of any of its kind. */
export type Entry = {
  readonly pointer: number | 'any'
  readonly category: number
  readonly schema: number
  readonly catalogue: number
  readonly fields: readonly number[]
}

/** A share that a viewer presents. */
export type Share = {
  readonly relation: number
  /** Slots of its grant and of its consent, and what they should hold. */
  readonly grant: number
  readonly consent: number
  readonly scope: number
  readonly consentScope: number
  readonly isConsentSigned: boolean
  readonly epoch: number
  readonly purposes: readonly number[]
  /** Unix seconds */
  readonly notBefore: number
  readonly entries: readonly Entry[]
  readonly wrong: 'nothing' | 'steward' | 'subject' | 'index'
}

/** A delegation of the subject's: to read certain categories, and perhaps to share them. */
export type Delegation = {
  readonly relation: number
  readonly slot: number
  readonly scope: number
  readonly epoch: number
  /** Unix seconds */
  readonly notBefore: number
  /** 1 to read, 3 to read and share; others are none that anybody knows. */
  readonly rights: number
  readonly categories: readonly number[]
  readonly wrong: 'nothing' | 'steward' | 'subject' | 'index'
}

/** An emergency access that was opened before. */
export type Emergency = {
  /** Seconds from now until it is over. */
  readonly left: number
  /** What the patient leaves readable. */
  readonly categories: readonly number[]
}

/** The subject's word on a version; of two the one of the higher order counts. */
export type Word = {
  readonly pointer: number
  readonly version: number
  readonly verdict: 'seen' | 'wrong'
  readonly order: number
}

/** What is asked; times in seconds from the gatekeeper's now. */
export type Ask = {
  /** With neither share, delegation nor emergency, the subject herself. */
  readonly share: number | undefined
  readonly relation: number
  readonly kind: 'query' | 'index'
  readonly pointer: number
  readonly fields: readonly number[]
  readonly purpose: number
  readonly isFormer: boolean
  readonly withConsent: boolean
  /** The delegation is presented: alone, or with a share that its delegate gave. */
  readonly isDelegated: boolean
  readonly emergency: Emergency | undefined
  readonly nonce: number
  readonly created: number
  readonly expires: number
  readonly statement: { readonly from: number; readonly to: number }
  /** Seconds that our clock is ahead of the head. */
  readonly skew: number
  readonly view: {
    readonly isSynced: boolean
    readonly isBehind: boolean
    readonly hasProblem: boolean
    readonly witness: 'none' | 'agrees' | 'differs'
    /** Seconds since the chain's last sign of life. */
    readonly age: number
    readonly freshBy: 'block' | 'heartbeat'
  }
}

export type Step =
  | {
      readonly do: 'block'
      readonly gap: number
      readonly seconds: number
      readonly wishes: readonly Wish[]
    }
  | {
      /** Some blocks go; as many new ones come and perhaps one more, with what the old ones held. */
      readonly do: 'reorg'
      readonly depth: number
      /** One in how many of their wishes does not come again; 0: none of those in blocks after the first. */
      readonly lost: 0 | 2 | 5
      readonly longer: boolean
      readonly fresh: readonly Wish[]
    }
  | { readonly do: 'push'; readonly wish: Wish }
  | { readonly do: 'say'; readonly word: Word }
  | { readonly do: 'use'; readonly nonce: number }
  | { readonly do: 'restart' }
  | { readonly do: 'ask'; readonly ask: Ask }

export type History = {
  readonly confirmations: number
  readonly relations: readonly Relation[]
  readonly shares: readonly Share[]
  readonly delegation: Delegation
  readonly steps: readonly Step[]
}
