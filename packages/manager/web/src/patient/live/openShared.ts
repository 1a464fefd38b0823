import { type Participant, Query, type ShareState } from '@medrec/library'
import type { RecordSet, SharedAnswer, SharedWithMe, Who, WhyNot } from '../model.ts'
import { patiently } from './patiently.ts'
import { whoOf } from './people.ts'
import { whyOf } from './refusals.ts'
import { grantsOf, purposeOf } from './shares.ts'
import { setOf } from './tables.ts'

/** Opens what somebody shares: every part is asked for and proven; parts that are refused are named. */
export async function openShared(
  participant: Participant,
  share: SharedWithMe,
): Promise<SharedAnswer> {
  const sets: RecordSet[] = []
  const missing: { institution: Who; why: WhyNot }[] = []
  for (const part of grantsOf(participant, share.id)) {
    const institution = whoOf(participant, part.steward)
    const opened = await openPart(participant, part, institution)
    if (typeof opened === 'string') missing.push({ institution, why: opened })
    else sets.push(...opened)
  }
  const [first] = missing
  if (sets.length === 0 && first) return { kind: 'refused', why: first.why }
  return { kind: 'records', sets, missing }
}

async function openPart(
  participant: Participant,
  { grant, scope }: ShareState,
  institution: Who,
): Promise<readonly RecordSet[] | WhyNot> {
  const index = await patiently(participant, () => Query.index(participant, { grant }))
  if (!index.ok) return whyOf(index)
  const purpose = purposeOf(scope.purposes)
  const sets: RecordSet[] = []
  for (const { pointer } of index.index.pointers) {
    const asked = { grant, pointer, purpose }
    const read = await patiently(participant, () => Query.read(participant, asked))
    if (!read.ok) return whyOf(read)
    const current = read.result
    const rest = { pointer: undefined, change: undefined, trouble: undefined }
    sets.push(setOf({ ...rest, institution, current, right: { source: { grant }, purpose } }))
  }
  return sets
}
