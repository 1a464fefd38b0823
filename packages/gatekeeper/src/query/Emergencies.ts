import { fromHex, type Hex, MedrecError, random, toHex } from '@medrec/protocol'
import { EmergencyTables, type NodeDatabase } from '@medrec/records/node'
import { emergenciesADay, emergencySeconds } from './emergencyReason.ts'

/** An emergency access as it is kept here. */
export type EmergencyRow = {
  readonly id: Hex
  /** Undefined when the person named has no relationship here. */
  readonly relationship: Hex | undefined
  /** Who opened it. */
  readonly idTag: Hex
  readonly identity: Hex
  /** As she calls herself. */
  readonly name: string
  readonly reason: string
  /** Unix seconds */
  readonly opened: number
  readonly expires: number
  /** The patient's note is on its way: nothing is read before. */
  readonly isNoted: boolean
  readonly review: Review | undefined
}

/** What the institution's reviewer found. */
export type Review = {
  readonly at: number
  readonly reviewer: string
  readonly outcome: Outcome
  readonly remark: string
}

export const outcomes = ['justified', 'misused', 'unclear'] as const
export type Outcome = (typeof outcomes)[number]

const secondsPerDay = 86_400
const longestList = 1_000

/** Emergency accesses of this institution, on disk before they count (docs/protocol.md 8.1). */
export class Emergencies {
  readonly #database: NodeDatabase

  constructor(database: NodeDatabase) {
    this.#database = database
  }

  /** Keeps an access that is being opened; undefined when its identity opened too many within a day. */
  open(access: {
    readonly relationship: Uint8Array | null
    readonly idTag: Hex
    readonly identity: Hex
    readonly name: string
    readonly reason: string
    /** Unix seconds */
    readonly now: number
  }): EmergencyRow | undefined {
    const { now, idTag, identity, ...rest } = access
    const row = {
      ...rest,
      id: random(16),
      idTag: fromHex(idTag, 32),
      identity: fromHex(identity, 20),
      openedAt: now,
      expiresAt: now + emergencySeconds,
    }
    const limit = { since: now - secondsPerDay, most: emergenciesADay }
    return EmergencyTables.open(this.#database, row, limit) ? this.find(toHex(row.id)) : undefined
  }

  /** The patient's note is on disk: the access may be used. */
  markNoted(id: Hex): void {
    EmergencyTables.markNoted(this.#database, fromHex(id, 16))
  }

  find(id: Hex): EmergencyRow | undefined {
    const row = EmergencyTables.find(this.#database, fromHex(id, 16))
    return row && opened(row)
  }

  /** Those that nobody reviewed first, then the newest. */
  list(): readonly EmergencyRow[] {
    return EmergencyTables.list(this.#database, longestList).map(opened)
  }

  /** Keeps what the reviewer found, once. Throws EmergencyReviewedError. */
  review(id: Hex, { at, ...said }: Review): void {
    const review = { ...said, reviewedAt: at }
    if (!EmergencyTables.review(this.#database, fromHex(id, 16), review))
      throw new EmergencyReviewedError(id)
  }
}

function opened(row: EmergencyTables.EmergencyRow): EmergencyRow {
  const { reviewedAt, reviewer, outcome, remark } = row
  return {
    id: toHex(row.id),
    relationship: row.relationship ? toHex(row.relationship) : undefined,
    idTag: toHex(row.idTag),
    identity: toHex(row.identity),
    name: row.name,
    reason: row.reason,
    opened: row.openedAt,
    expires: row.expiresAt,
    isNoted: row.noted === 1,
    review:
      reviewedAt === null
        ? undefined
        : {
            at: reviewedAt,
            reviewer: reviewer ?? '',
            outcome: outcome as Outcome,
            remark: remark ?? '',
          },
  }
}

/** There is no such emergency access, or somebody reviewed it before. */
export class EmergencyReviewedError extends MedrecError {
  readonly code = 'EMERGENCY_REVIEWED'
  constructor(id: Hex) {
    super('There is no such emergency access, or it was reviewed before.', {
      facts: [`Access: ${id}`],
    })
  }
}
