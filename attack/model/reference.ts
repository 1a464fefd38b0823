import type { Chain, Ending, Slot } from './chain.ts'
import type { Ask, Delegation, Entry, PointerPlan, Relation, Share, Word } from './plan.ts'

/** What the model knows when it is asked: two chains, and everything that was ever told it beside them. */
export type Known = {
  readonly head: Chain
  /** k blocks before. */
  readonly earlier: Chain
  /** Unix seconds of the head. */
  readonly headTime: number
  /** Whatever ended in any block that ever was on the chain, or was pushed. */
  readonly endings: readonly Ending[]
  readonly words: readonly Word[]
  /** Requests served or refused before, by number. */
  readonly usedNonces: ReadonlySet<number>
}

type Question = Known & {
  readonly ask: Ask
  readonly now: number
  readonly relation: Relation
  readonly share: Share | undefined
  readonly delegation: Delegation | undefined
  readonly pointer: PointerPlan | undefined
}
type Rule = readonly [code: string, applies: (question: Question) => boolean]

/**
 * What docs/protocol.md section 8.1 says of a request, as a list of its codes in its order, each with when it
 * applies; written from that text and the design behind it, not from the code that it is held against.
 */
export function answerOf(
  known: Known,
  ask: Ask,
  plan: Pick<Question, 'relation' | 'share' | 'delegation' | 'pointer'>,
): string {
  const question: Question = { ...known, ...plan, ask, now: known.headTime + ask.skew }
  for (const [code, applies] of rules) if (applies(question)) return code
  return 'allow'
}

const isViewer = ({ share }: Question): boolean => share !== undefined
/** Anybody but the subject. */
const isOther = (q: Question): boolean =>
  isViewer(q) || q.delegation !== undefined || q.ask.emergency !== undefined
const statusOf = ({ head, relation }: Question): string => head.status[relation.number] as string
const ended = ({ endings, relation }: Question, as: 'rejected' | 'closedBySubject'): boolean =>
  endings.some(
    (one) => one.ended === 'relationship' && one.relationship === relation.number && one.as === as,
  )
const isSlotEnded = ({ endings }: Question, slot: number): boolean =>
  endings.some((one) => one.ended === 'slot' && one.slot === slot)
const isOver = ({ now, headTime }: Question, slot: Slot): boolean =>
  now >= slot.expires || headTime >= slot.expires
const grantOf = ({ head, share }: Question): Slot | undefined => share && head.slots[share.grant]

/** The consent, when the share comes with one that the terms' key signed and that stands in its slot. */
function consentOf({ head, share, ask }: Question): Slot | undefined {
  if (!share || !ask.withConsent || !share.isConsentSigned) return undefined
  const slot = head.slots[share.consent]
  return slot?.scope === share.consentScope ? slot : undefined
}

const view: readonly Rule[] = [
  ['view-disputed', ({ ask }) => ask.view.witness === 'differs'],
  [
    'view-old',
    ({
      ask: {
        view: { isSynced, isBehind, hasProblem, age, freshBy },
      },
    }) => !isSynced || isBehind || hasProblem || Math.abs(age) > (freshBy === 'block' ? 300 : 60),
  ],
]

const request: readonly Rule[] = [
  [
    'request-old',
    ({ ask: { created, expires } }) =>
      created > 5 || expires < 0 || expires - created > 60 || created < -60,
  ],
  ['request-replayed', ({ ask, usedNonces }) => usedNonces.has(ask.nonce)],
  ['statement-expired', ({ ask: { statement } }) => statement.from > 5 || statement.to <= 0],
]

const relationship: readonly Rule[] = [
  ['relationship-none', (q) => statusOf(q) === 'none'],
  [
    'relationship-rejected',
    (q) =>
      statusOf(q) === 'rejected' ||
      (statusOf(q) === 'proposed' && (ended(q, 'rejected') || ended(q, 'closedBySubject'))),
  ],
  ['relationship-proposed', (q) => isOther(q) && statusOf(q) === 'proposed'],
  [
    'relationship-closed',
    (q) => isOther(q) && (statusOf(q) === 'closedBySubject' || ended(q, 'closedBySubject')),
  ],
  [
    'not-certified',
    (q) =>
      isOther(q) &&
      [q.head, q.earlier].some(
        ({ isCertified, stewardVersion }) =>
          !isCertified || stewardVersion < q.relation.stewardVersion,
      ),
  ],
  [
    'relationship-frozen',
    (q) =>
      isOther(q) &&
      [q.head, q.earlier].some(
        ({ subjectVersion }) => subjectVersion !== q.relation.subjectVersion,
      ),
  ],
]

const emergency: readonly Rule[] = [
  [
    'emergency-role',
    ({ ask, head, earlier }) =>
      ask.emergency !== undefined && !(head.isClinician && earlier.isClinician),
  ],
  [
    'emergency-over',
    ({ ask, now, headTime }) =>
      ask.emergency !== undefined &&
      (ask.emergency.left <= 0 || headTime >= now + ask.emergency.left),
  ],
  ['consent-missing', ({ ask, relation }) => ask.emergency !== undefined && relation.policy > 1],
  ['emergency-opted-out', ({ ask }) => ask.emergency?.categories.length === 0],
  [
    'purpose',
    ({ ask }) => ask.emergency !== undefined && ask.kind === 'query' && ask.purpose !== 6,
  ],
]

const delegation: readonly Rule[] = [
  ['delegation-parties', ({ delegation: of }) => of !== undefined && of.wrong !== 'nothing'],
  [
    'delegation-policy',
    ({ delegation: of, relation }) => of !== undefined && relation.policy !== 0,
  ],
  ['epoch-closed', (q) => q.delegation !== undefined && isEpochClosed(q, q.delegation.epoch)],
  ['not-before', (q) => q.delegation !== undefined && isEarly(q, q.delegation.notBefore)],
  [
    'delegation-revoked',
    (q) =>
      q.delegation !== undefined &&
      (isSlotEnded(q, q.delegation.slot) || q.head.slots[q.delegation.slot]?.isRevoked === true),
  ],
  ['delegation-none', (q) => q.delegation !== undefined && !q.head.slots[q.delegation.slot]],
  [
    'delegation-mismatch',
    (q) =>
      q.delegation !== undefined && q.head.slots[q.delegation.slot]?.scope !== q.delegation.scope,
  ],
  [
    'delegation-expired',
    (q) => q.delegation !== undefined && isOver(q, q.head.slots[q.delegation.slot] as Slot),
  ],
  [
    'delegation-rights',
    (q) =>
      q.delegation !== undefined &&
      q.delegation.rights !== 3 &&
      (q.delegation.rights !== 1 || isViewer(q)),
  ],
]

const share: readonly Rule[] = [
  ['scope-steward', ({ share: of }) => of?.wrong === 'steward'],
  ['scope-subject', ({ share: of }) => of?.wrong === 'subject'],
  ['scope-index', ({ share: of }) => of?.wrong === 'index'],
  ['epoch-closed', (q) => q.share !== undefined && isEpochClosed(q, q.share.epoch)],
  ['not-before', (q) => q.share !== undefined && isEarly(q, q.share.notBefore)],
  [
    'purpose',
    ({ share: of, ask }) =>
      of !== undefined && ask.kind === 'query' && !of.purposes.includes(ask.purpose),
  ],
  [
    'delegation-rights',
    ({ share: of, delegation: by }) =>
      of !== undefined &&
      by !== undefined &&
      !of.entries.every(({ category }) => by.categories.includes(category)),
  ],
  [
    'grant-revoked',
    (q) => isViewer(q) && (isSlotEnded(q, q.share?.grant ?? -1) || grantOf(q)?.isRevoked === true),
  ],
  ['grant-none', (q) => isViewer(q) && grantOf(q) === undefined],
  ['scope-mismatch', (q) => isViewer(q) && grantOf(q)?.scope !== q.share?.scope],
  ['grant-expired', (q) => isViewer(q) && isOver(q, grantOf(q) as Slot)],
]

const consent: readonly Rule[] = [
  [
    'consent-missing',
    (q) =>
      isViewer(q) &&
      (q.relation.policy > 1 || (q.relation.policy === 1 && consentOf(q) === undefined)),
  ],
  [
    'consent-ended',
    (q) => {
      const slot = q.relation.policy === 1 && isViewer(q) ? consentOf(q) : undefined
      return (
        slot !== undefined &&
        (slot.isRevoked || isOver(q, slot) || isSlotEnded(q, q.share?.consent ?? -1))
      )
    },
  ],
]

const data: readonly Rule[] = [
  [
    'pointer-foreign',
    ({ pointer, relation }) => pointer !== undefined && pointer.relation !== relation.number,
  ],
  ['subject-only', (q) => isOther(q) && q.pointer !== undefined && q.ask.isFormer],
  [
    'field-unknown',
    ({ pointer, ask }) =>
      pointer !== undefined && ask.fields.some((field) => field >= pointer.fields),
  ],
  [
    'catalogue-version',
    (q) => entriesOf(q).some(({ catalogue, fields }) => isBeyond(q, catalogue, fields)),
  ],
  [
    'field-not-granted',
    (q) =>
      isViewer(q) &&
      q.pointer !== undefined &&
      !q.ask.fields.every((field) => entriesOf(q).some(({ fields }) => fields.includes(field))),
  ],
  [
    'emergency-profile',
    ({ ask, pointer }) =>
      ask.emergency !== undefined &&
      pointer !== undefined &&
      !ask.emergency.categories.includes(pointer.category),
  ],
  [
    'delegation-rights',
    (q) =>
      q.delegation !== undefined &&
      !isViewer(q) &&
      q.pointer !== undefined &&
      !q.delegation.categories.includes(q.pointer.category),
  ],
  ['unexplained', (q) => isOther(q) && q.pointer !== undefined && isUnexplained(q, q.pointer)],
]

const rules: readonly Rule[] = [
  ...[...view, ...request, ...relationship, ...emergency, ...delegation],
  ...[...share, ...consent, ...data],
]

/** Another epoch than the chain's, or one that was stopped as far as anybody told. */
function isEpochClosed({ head, endings, relation }: Question, epoch: number): boolean {
  return (
    head.epoch[relation.number] !== epoch ||
    endings.some(
      (one) => one.ended === 'epochs' && one.relationship === relation.number && one.below > epoch,
    )
  )
}

/** Before a time by one of the clocks; an idle chain is no clock. */
function isEarly({ now, headTime, ask }: Question, notBefore: number): boolean {
  return now < notBefore || (ask.view.freshBy === 'block' && headTime < notBefore)
}

/** A scope's entries that speak of the pointer asked for. */
function entriesOf({ share: of, pointer }: Question): readonly Entry[] {
  if (!of || !pointer) return []
  return of.entries.filter(
    (entry) =>
      entry.category === pointer.category &&
      entry.schema === pointer.schema &&
      (entry.pointer === 'any' || entry.pointer === pointer.number),
  )
}

/** Whether an entry speaks of a catalogue that the pointer was not made with, or of fields which that one has not. */
function isBeyond({ pointer }: Question, catalogue: number, fields: readonly number[]): boolean {
  if (!pointer || catalogue > pointer.catalogue) return true
  return fields.some((field) => field >= (pointer.fieldsAt[catalogue - 1] ?? 0))
}

/** The last version that nobody explained, of which and of whose successors she has confirmed none. */
function isUnexplained({ words }: Question, pointer: PointerPlan): boolean {
  if (pointer.unexplained === 0) return false
  for (let version = pointer.unexplained; version <= pointer.newest; version++) {
    const said = words.filter((word) => word.pointer === pointer.number && word.version === version)
    const last = said.toSorted((a, b) => a.order - b.order).at(-1)
    if (last?.verdict === 'seen') return false
  }
  return true
}
