import { fromHex, type Hex } from '@medrec/protocol'
import type { Core, Staff } from './Core.ts'
import { EmergencyReviewedError, type EmergencyRow, type Review } from './query/Emergencies.ts'

/** What whoever oversees emergency accesses can do (docs/decisions/009-delegations-and-emergencies.md). */
export type EmergencyOversight = {
  /** Emergency accesses (break-glass), those that nobody reviewed first. */
  emergencies(): readonly EmergencyRow[]
  /** One of them; that she looked is logged for the patient first. Throws EmergencyReviewedError. */
  examineEmergency(id: Hex, by: Staff): Promise<EmergencyRow>
  /** Keeps what a reviewer found of one, in the patient's log too. Throws EmergencyReviewedError. */
  reviewEmergency(id: Hex, review: Found): Promise<void>
}

type Found = Pick<Review, 'outcome' | 'remark'> & { readonly by: Staff }

/** Oversight of this institution's emergency accesses. */
export function overseen(core: Overseen): EmergencyOversight {
  return {
    emergencies: () => core.emergencies.list(),
    examineEmergency: (id, by) => examineEmergency(core, id, by),
    reviewEmergency: (id, review) => reviewEmergency(core, id, review),
  }
}

type Overseen = Pick<Core, 'clock' | 'emergencies' | 'exclusive' | 'log'>

/**
 * An emergency access for whoever oversees it: that she looked stands in the patient's log before she sees whom it
 * was about. Throws EmergencyReviewedError when there is none, LogUnavailableError.
 */
async function examineEmergency(core: Overseen, id: Hex, by: Staff): Promise<EmergencyRow> {
  const row = core.emergencies.find(id)
  if (!row) throw new EmergencyReviewedError(id)
  await core.log.append(row.relationship && fromHex(row.relationship, 32), {
    ...{ time: core.clock(), kind: 'examined', who: {}, emergency: id },
    staff: { id: by.id, role: by.role },
  })
  return row
}

/** Keeps a review, once, in the patient's log before in the list. Throws EmergencyReviewedError, LogUnavailableError. */
function reviewEmergency(core: Overseen, id: Hex, { outcome, remark, by }: Found): Promise<void> {
  return core.exclusive(`emergency ${id}`, async () => {
    const row = core.emergencies.find(id)
    if (!row || row.review) throw new EmergencyReviewedError(id)
    const at = core.clock()
    await core.log.append(row.relationship && fromHex(row.relationship, 32), {
      ...{ time: at, kind: 'reviewed', who: {}, emergency: id, outcome, remark },
      staff: { id: by.id, role: by.role },
    })
    core.emergencies.review(id, { at, outcome, remark, reviewer: `${by.name} (${by.role})` })
  })
}
