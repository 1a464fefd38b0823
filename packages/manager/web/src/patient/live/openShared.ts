import { type Participant, Query, type ShareState } from '@medrec/library'
import type { Missing, RecordSet, SharedAnswer, SharedWithMe, Who, WhyNot } from '../model.ts'
import { patiently } from './patiently.ts'
import { whoOf } from './people.ts'
import { whyOf } from './refusals.ts'
import { grantsOf, purposeOf, shutBy } from './shares.ts'
import { setOf } from './tables.ts'

/** Opens what somebody shares: every part that is open by the chain's word is asked for and proven; others are named. */
export async function openShared(
  participant: Participant,
  share: Pick<SharedWithMe, 'id'>,
  left?: AbortSignal,
): Promise<SharedAnswer> {
  const sets: RecordSet[] = []
  const missing: Missing[] = []
  for (const part of grantsOf(participant, share.id)) {
    const institution = whoOf(participant, part.steward)
    const opened = await openPart(participant, part, { institution, left })
    if (typeof opened === 'string') missing.push({ grant: part.grant, institution, why: opened })
    else sets.push(...opened)
  }
  const [first] = missing
  if (sets.length === 0 && first) return { kind: 'refused', why: first.why }
  return { kind: 'records', sets, missing }
}

async function openPart(
  participant: Participant,
  { grant, scope }: ShareState,
  { institution, left }: { readonly institution: Who; readonly left: AbortSignal | undefined },
): Promise<readonly RecordSet[] | WhyNot> {
  const shut = (): string | undefined => {
    const state = participant.summary().sharedWithMe.find((one) => one.grant === grant)
    return state ? shutBy(state, participant.clock()) : 'closed'
  }
  const rules = { left, shut }
  const index = await patiently(participant, rules, () => Query.index(participant, { grant }))
  if (!index.ok) return whyOf(index)
  const purpose = purposeOf(scope.purposes)
  const sets: RecordSet[] = []
  for (const { pointer } of index.index.pointers) {
    const asked = { grant, pointer, purpose }
    const read = await patiently(participant, rules, () => Query.read(participant, asked))
    if (!read.ok) return whyOf(read)
    const current = read.result
    const rest = { pointer: undefined, change: undefined, trouble: undefined }
    sets.push(setOf({ ...rest, institution, current, right: { source: { grant }, purpose } }))
  }
  return sets
}
