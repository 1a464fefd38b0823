import type { Emergency } from '@medrec/library'
import type { Hex } from '@medrec/protocol'

/** Oldest block by which anybody is served, in seconds (docs/protocol.md 8.1). */
const oldestBlock = 300

export type Resource = 'labs' | 'visits'

/** A patient as whoever plays the days knows her: nothing here is asked of the parts under test. */
export type Patient = {
  readonly name: string
  readonly localPatient: string
  /** The institution has to consent to each share of hers. */
  readonly isDual: boolean
  relationship: Hex
  pointers: Readonly<Record<Resource, Hex>>
  isAccepted: boolean
  isClosed: boolean
  /** Times that she stopped all shares at once. */
  epoch: number
  /** She said that nobody may read in an emergency, and when (unix seconds). */
  isOptedOut: boolean
  word: number
  /** Times that somebody changed her results behind the gatekeeper's back, and how many of them she said she saw. */
  alterations: number
  seenAlterations: number
  saidAlterations: number
  /** Dates of what clinicians wrote. */
  readonly written: string[]
}

/**
 * What lets somebody read: a share of some fields for one purpose, a delegation of a category, what a delegate passed
 * on of it, or an emergency access to everything.
 */
export type Right = {
  readonly kind: 'share' | 'delegation' | 'passed' | 'emergency'
  readonly patient: Patient
  /** Who gave it and can take it back: the patient, or her delegate. */
  readonly by: string
  readonly viewer: string
  readonly slot: Hex
  readonly resource: Resource
  /** The delegation that it rests on: it ends with that. */
  readonly through?: Right
  /** Where the institution answers to each share. */
  readonly consent?: Consent | undefined
  /** What the institution said when it opened an emergency access. */
  readonly opened?: Emergency.Opened
  /** Unix seconds */
  until: number
  /** The end that its subject moved it to, while that may not have arrived. */
  renewed?: number | undefined
  /** Everybody concerned saw it when all was well. */
  isGiven: boolean
  /** Its subject ended it. */
  isEnded: boolean
  /** The institution was told of the end, by her or by the chain: from then on nobody may forget it. */
  isEndKnown: boolean
  /** Her epoch when it was made: a later one ends it. An emergency access has none. */
  readonly epoch: number | undefined
  /** When a block first held the end. */
  endMinedAt: number | undefined
}

/** The institution's answer to a share. */
export type Consent = {
  /** It was asked to consent, whatever came of it. */
  isTried: boolean
  /** Everybody concerned saw the consent when all was well. */
  isGiven: boolean
  isEnded: boolean
  isEndKnown: boolean
}

/** What somebody asks for. */
export type Question = {
  readonly right: Right
  /** Whoever sends it: somebody else than the right's viewer has stolen it. */
  readonly viewer: string
  readonly resource: Resource
  readonly elements: readonly string[]
  readonly purpose: number
}

export type Verdict =
  | { readonly must: 'refuse'; readonly why: string }
  | { readonly must: 'allow' }
  | { readonly must: 'nothing' }

/** The purpose of every share of these days, that of emergencies, and another one. */
export const purposes = { given: 1, emergency: 6, other: 2 } as const
export function purposeOf({ kind }: Pick<Right, 'kind'>): number {
  return kind === 'emergency' ? purposes.emergency : purposes.given
}
export const granted = {
  labs: ['date', 'value'],
  visits: ['date'],
} as const satisfies Record<Resource, readonly string[]>
/** A field beyond each share. */
export const beyond = { labs: 'code', visits: 'reason' } as const satisfies Record<Resource, string>

/** Who gave what to whom, when it ends, what was taken back: says of each question what the answer must be. */
export class Model {
  readonly patients: Patient[] = []
  readonly rights: Right[] = []

  /** `isCalm`: nothing is wrong anywhere, and everything done before has arrived. */
  verdict(question: Question, now: number, isCalm: boolean): Verdict {
    const why = this.#refusal(question, now)
    if (why) return { must: 'refuse', why }
    // Her word may have arrived before all is well, and counts then.
    const isSeen = question.right.patient.alterations <= question.right.patient.seenAlterations
    const isOpen = isSeen || question.resource !== 'labs'
    return { must: isCalm && isOpen && stands(question.right, now) ? 'allow' : 'nothing' }
  }

  #refusal(
    { right, viewer, resource, elements, purpose }: Question,
    now: number,
  ): string | undefined {
    const { patient, kind } = right
    if (viewer !== right.viewer) return 'it was given to somebody else'
    const ended = endReason(right, now) ?? consentReason(right)
    if (ended) return ended
    if (kind !== 'emergency' && resource !== right.resource) return 'another record was given'
    if (kind !== 'delegation' && purpose !== purposeOf(right)) return 'another purpose was given'
    if (kind === 'share' || kind === 'passed') {
      const fields: readonly string[] = granted[resource]
      if (elements.some((element) => !fields.includes(element))) return 'fewer fields were given'
    }
    if (resource === 'labs' && patient.alterations > patient.saidAlterations)
      return 'somebody changed the rows, and the patient has not said that she saw it'
    return undefined
  }

  /** What must come of opening an emergency access to a patient's records. */
  opening(
    { patient, isCertified }: { readonly patient: Patient; readonly isCertified: boolean },
    isCalm: boolean,
  ): Verdict {
    if (!isCertified) return { must: 'refuse', why: 'nobody certified her for emergencies' }
    if (!isCalm) return { must: 'nothing' }
    if (patient.isClosed) return { must: 'refuse', why: 'the patient closed the relationship' }
    if (patient.isOptedOut) return { must: 'refuse', why: 'the patient wants no emergency access' }
    return { must: 'allow' }
  }

  /** Rights that stand as far as anybody knows. */
  live(now: number, kind?: Right['kind']): readonly Right[] {
    return this.rights.filter(
      (right) =>
        now < latestEnd(right) &&
        !right.isEnded &&
        (kind === undefined || right.kind === kind) &&
        (!right.through || (now < latestEnd(right.through) && !right.through.isEnded)),
    )
  }

  /** Rights whose end has not come, but which somebody took back, or the delegation that they rest on: the last ones. */
  takenBack(now: number): readonly Right[] {
    const own = this.#ended.filter((right) => now < latestEnd(right))
    const passed = this.rights.filter(
      (right) => right.through?.isEnded === true && now < latestEnd(right),
    )
    return [...own.slice(-2), ...passed.slice(-1)]
  }
  readonly #ended: Right[] = []

  /** Everybody whose patients may still do something. */
  open(): readonly Patient[] {
    return this.patients.filter(({ isAccepted, isClosed }) => isAccepted && !isClosed)
  }

  end(rights: readonly Right[]): void {
    for (const right of rights) {
      if (!right.isEnded) this.#ended.push(right)
      right.isEnded = true
    }
  }

  /** All is well and has arrived: what was done counts from now on. */
  settle(): void {
    for (const right of this.rights) {
      right.isGiven = true
      right.isEndKnown ||= right.isEnded
      if (right.consent) {
        right.consent.isGiven ||= right.consent.isTried
        right.consent.isEndKnown ||= right.consent.isEnded
      }
      right.until = right.renewed ?? right.until
      right.renewed = undefined
    }
    for (const patient of this.patients) patient.seenAlterations = patient.saidAlterations
  }

  /** A block that held an end may be gone. */
  reorganised(): void {
    for (const right of this.rights) if (!right.isEndKnown) right.endMinedAt = undefined
  }
}

/** The last moment at which it might end. */
export function latestEnd({ until, renewed = until }: Right): number {
  return Math.max(until, renewed)
}

/** Why a right is over for sure. */
function endReason(right: Right, now: number): string | undefined {
  if (now >= latestEnd(right)) return `it ended at ${latestEnd(right)}`
  if (right.isEndKnown) return 'its giver ended it, and the institution knows'
  if (right.endMinedAt !== undefined && now - right.endMinedAt > oldestBlock)
    return 'a block held its end before any view of the chain that counts'
  const why = right.through && endReason(right.through, now)
  return why && `of the delegation that it rests on: ${why}`
}

function consentReason({ consent }: Right): string | undefined {
  if (consent && !consent.isTried) return 'the institution did not consent'
  return consent?.isEndKnown ? 'the institution took its consent back' : undefined
}

function stands(right: Right, now: number): boolean {
  const { until, renewed = until, through, consent } = right
  const isOwn = right.isGiven && !right.isEnded && right.patient.isAccepted
  const isConsented = !consent || (consent.isGiven && !consent.isEnded)
  return (
    isOwn && isConsented && now < Math.min(until, renewed) && (!through || stands(through, now))
  )
}
