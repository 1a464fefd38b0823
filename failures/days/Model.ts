import type { Hex } from '@medrec/protocol'

/** Oldest block by which anybody is served, in seconds (docs/protocol.md 8.1). */
const oldestBlock = 300

export type Resource = 'labs' | 'visits'

/** A patient as whoever plays the days knows her: nothing here is asked of the parts under test. */
export type Patient = {
  readonly name: string
  readonly localPatient: string
  relationship: Hex
  pointers: Readonly<Record<Resource, Hex>>
  isAccepted: boolean
  isClosed: boolean
  /** Times that she stopped all shares at once. */
  epoch: number
  /** Times that somebody changed her results behind the gatekeeper's back, and how many of them she said she saw. */
  alterations: number
  seenAlterations: number
  saidAlterations: number
  /** Dates of what clinicians wrote. */
  readonly written: string[]
}

/** What a subject let somebody read: a share of some fields for one purpose, or a delegation of a category. */
export type Right = {
  readonly kind: 'share' | 'delegation'
  readonly patient: Patient
  readonly viewer: string
  readonly slot: Hex
  readonly resource: Resource
  /** Unix seconds */
  readonly until: number
  /** Everybody concerned saw it when all was well. */
  isGiven: boolean
  /** Its subject ended it. */
  isEnded: boolean
  /** The institution was told of the end, by her or by the chain: from then on nobody may forget it. */
  isEndKnown: boolean
  /** Her epoch when she made it: a later one ends it. */
  readonly epoch: number
  /** When a block first held the end. */
  endMinedAt: number | undefined
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

/** The purpose of every share of these days, and another one. */
export const purposes = { given: 1, other: 2 } as const
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
    const { right } = question
    const stands = right.isGiven && !right.isEnded && right.patient.isAccepted
    return { must: isCalm && stands ? 'allow' : 'nothing' }
  }

  #refusal(
    { right, viewer, resource, elements, purpose }: Question,
    now: number,
  ): string | undefined {
    const { patient } = right
    if (viewer !== right.viewer) return 'it was given to somebody else'
    if (now >= right.until) return `it ended at ${right.until}`
    if (right.isEndKnown) return 'its subject ended it, and the institution knows'
    if (right.endMinedAt !== undefined && now - right.endMinedAt > oldestBlock)
      return 'a block held its end before any view of the chain that counts'
    if (resource !== right.resource) return 'another record was given'
    if (right.kind === 'share') {
      if (purpose !== purposes.given) return 'another purpose was given'
      const fields: readonly string[] = granted[resource]
      if (elements.some((element) => !fields.includes(element))) return 'fewer fields were given'
    }
    if (resource === 'labs' && patient.alterations > patient.seenAlterations)
      return 'somebody changed the rows, and the patient has not said that she saw it'
    return undefined
  }

  /** Rights that stand as far as anybody knows. */
  live(now: number, kind?: Right['kind']): readonly Right[] {
    return this.rights.filter(
      (right) => now < right.until && !right.isEnded && (kind === undefined || right.kind === kind),
    )
  }

  /** Everybody whose patients may still do something. */
  open(): readonly Patient[] {
    return this.patients.filter(({ isAccepted, isClosed }) => isAccepted && !isClosed)
  }

  end(rights: readonly Right[]): void {
    for (const right of rights) right.isEnded = true
  }

  /** All is well and has arrived: what was done counts from now on. */
  settle(): void {
    for (const right of this.rights) {
      right.isGiven = true
      right.isEndKnown ||= right.isEnded
    }
    for (const patient of this.patients) patient.seenAlterations = patient.saidAlterations
  }

  /** A block that held an end may be gone. */
  reorganised(): void {
    for (const right of this.rights) if (!right.isEndKnown) right.endMinedAt = undefined
  }
}
