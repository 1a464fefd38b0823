import type { BlockRef, ChainView } from '@medrec/client'
import {
  type Account,
  type Domain,
  encodeNotes,
  encodeRecord,
  encodeTags,
  fromHex,
  type Hex,
  isEnding,
  type Operation,
  random,
  relationshipId,
  type SealedNote,
  toHex,
} from '@medrec/protocol'
import type { Effect } from './effects.ts'
import type { SignerRef } from './signers.ts'
import type { RevocationBody } from './wire.ts'

/** States of a wish on its way to the chain. */
export type State = 'queued' | 'seen' | 'mined' | 'final' | 'rejected'

/** Something a participant wants to stand on the chain, stored before it is sent (ARCHITECTURE.md, Rules). */
export type Wish = {
  readonly id: string
  readonly order: number
  /** What it is for, in a word; for screens and for pending facts. */
  readonly about: { readonly kind: string; readonly [name: string]: unknown }
  /** Without its deadline, which each sending sets anew. */
  readonly operation: Operation | undefined
  readonly signer: SignerRef | undefined
  readonly notes: readonly SealedNote[]
  readonly tags: readonly Hex[]
  readonly effect: Effect
  readonly ending: boolean
  /** The gatekeeper that is told at once of what ends something. */
  readonly push:
    | {
        readonly steward: Hex
        readonly share: RevocationBody['share'] | undefined
        /** A word on emergencies, which is no ending record. */
        readonly profile?: RevocationBody['profile']
      }
    | undefined
  /** A wish that has to be on the chain first. */
  readonly after: string | undefined
  /** Kept back until that one is. */
  readonly waits: boolean
  /** Unix seconds; not sent before. */
  readonly notBefore: number
  /** Counters that its notes take, so that no other note takes them. */
  readonly reserved: { readonly reader: Hex; readonly next: number } | undefined
  readonly state: State
  readonly block: BlockRef | undefined
  readonly transaction: Hex | undefined
  readonly reason: string | undefined
  readonly attempts: number
  /** Unix seconds: when to look after it again. */
  readonly dueAt: number
  readonly sent: { readonly carrier: string; readonly id: string } | undefined
  readonly pushed: boolean
}

/** What a caller says of a wish; the outbox fills in the rest. */
export type NewWish = {
  /** Where another wish of the same moment names it. */
  readonly id?: string
  readonly about: Wish['about']
  readonly operation?: Operation | undefined
  readonly signer?: SignerRef | undefined
  readonly notes?: readonly SealedNote[] | undefined
  readonly tags?: readonly Hex[] | undefined
  readonly effect?: Effect | undefined
  readonly push?: Wish['push']
  readonly after?: string | undefined
  readonly notBefore?: number | undefined
  readonly reserved?: Wish['reserved']
}

/** A name for a wish that another one has to wait for. */
export function newWishId(): string {
  return toHex(random(12)).slice(2)
}

/** A wish as the outbox keeps it from now on. */
export function complete(wish: NewWish, order: number, now: number): Wish {
  return {
    id: wish.id ?? newWishId(),
    order,
    about: wish.about,
    operation: wish.operation,
    signer: wish.signer,
    notes: wish.notes ?? [],
    tags: wish.tags ?? [],
    effect: wish.effect ?? { kind: 'notes', notes: wish.notes ?? [] },
    ending: wish.operation !== undefined && isEnding(wish.operation),
    push: wish.push,
    after: wish.after,
    waits: false,
    notBefore: wish.notBefore ?? 0,
    reserved: wish.reserved,
    state: 'queued',
    block: undefined,
    transaction: undefined,
    reason: undefined,
    attempts: 0,
    dueAt: Math.max(now, wish.notBefore ?? 0),
    sent: undefined,
    pushed: false,
  }
}

/** Of a final wish only what a caller may still ask for is kept on disk. */
export function kept(wish: Wish): Wish {
  return wish.state === 'final'
    ? { ...wish, notes: [], tags: [], operation: undefined, effect: { kind: 'tags', tags: [] } }
    : wish
}

const hour = 3_600
/** How long a creating operation may take to the chain, in hours; then it is signed anew. */
const life = 12

/** The same for all who sign in one hour: a deadline stands on the chain and must not tell the second. */
function deadlineAt(now: number): number {
  return (Math.floor(now / hour) + life) * hour
}

/** The record of a wish as it is sent now: signed with a fresh deadline, an anchor after the newest one. */
export function recordOf(
  wish: Wish,
  options: { account: Account | undefined; domain: Domain; now: number; operation?: Operation },
): Uint8Array | undefined {
  if (wish.tags.length > 0) return encodeTags(wish.tags.map((tag) => fromHex(tag, 8)))
  const operation = options.operation ?? wish.operation
  if (!operation) return encodeNotes(wish.notes)
  if (!options.account) return undefined
  const dated =
    'deadline' in operation ? { ...operation, deadline: deadlineAt(options.now) } : operation
  return encodeRecord(dated, options.account, options.domain, wish.notes)
}

/** The relationship that an operation is about, if it is about one. */
export function relationshipOf(operation: Operation): Hex | undefined {
  return 'termsHash' in operation
    ? toHex(relationshipId(operation.steward, operation.subject, operation.termsHash))
    : undefined
}

type Anchoring = Extract<Operation, { kind: 'anchor' }>

/** The anchor operation after the newest anchor of the chain, or after the one queued before it. */
export function rebased(
  operation: Anchoring,
  view: ChainView,
  before: Anchoring | undefined,
): Anchoring {
  if (before) return { ...operation, previousRoot: before.root, counter: before.counter + 1 }
  const newest = view.anchor(toHex(operation.stewardTag))
  return {
    ...operation,
    previousRoot: newest ? fromHex(newest.root, 32) : new Uint8Array(32),
    counter: (newest?.counter ?? 0) + 1,
  }
}
