import { origins } from '@medrec/protocol'
import type { Refusal } from './access.ts'
import type { Participant } from './Participant.ts'
import * as Query from './Query.ts'
import * as Results from './Results.ts'
import type { PointerState } from './state.ts'

/** Reading one's own record is treatment's purpose, whatever the reason (docs/protocol.md section 3). */
const ownPurpose = 0

/** What the subject may compare a version of hers with. */
export type Change = {
  /** This version wants her answer. */
  readonly isOpen: boolean
  /** The version to compare with: the one that she answered to last, else the last one that was proven to her. */
  readonly former: Results.Result | undefined
  /** Why there is nothing to compare with; undefined for a first version too. */
  readonly refusal: Refusal | undefined
}

/** Whether a version of the subject's record wants her answer, and what stood there before (paper III-B, SC). */
export async function of(participant: Participant, current: Results.Result): Promise<Change> {
  const pointer = pointerOf(participant, current)
  const isOpen = wantsAnswer(pointer, current)
  if (!isOpen || current.version === 1) return { isOpen, former: undefined, refusal: undefined }
  return { isOpen, ...(await formerOf(participant, current, answeredBefore(pointer, current))) }
}

/**
 * Whether a version wants the subject's answer: a newer one than she knows, and an unexplained one even when
 * she was told of nothing before it.
 */
export function wantsAnswer(
  pointer: PointerState | undefined,
  { version, origin }: Pick<Results.Result, 'version' | 'origin'>,
): boolean {
  const said = pointer?.acknowledged?.version ?? 0
  if (origin === origins.unexplained) return version > said
  return pointer !== undefined && version > Math.max(pointer.version, said)
}

function pointerOf(
  participant: Participant,
  { relationship, pointer }: Results.Result,
): PointerState | undefined {
  const state = participant.summary().relationships.find(({ id }) => id === relationship)
  return state?.pointers.find(({ id }) => id === pointer)
}

/** The newest version before this one that she was told of or answered to; 0 when there is none. */
function answeredBefore(pointer: PointerState | undefined, { version }: Results.Result): number {
  const known = [
    pointer?.version ?? 0,
    ...(pointer?.acknowledgements ?? []).map((word) => word.version),
  ]
  return Math.max(0, ...known.filter((one) => one < version))
}

async function formerOf(
  participant: Participant,
  current: Results.Result,
  answered: number,
): Promise<Pick<Change, 'former' | 'refusal'>> {
  const { relationship, pointer } = current
  const kept = (await Results.versions(participant, { relationship, pointer })).filter(
    ({ version }) => version < current.version,
  )
  const exact = kept.find(({ version }) => version === answered)
  if (exact) return { former: exact, refusal: undefined }
  const [newest] = kept
  if (answered === 0 && newest) return { former: newest, refusal: undefined }
  const version = answered || current.version - 1
  const asked = { relationship, pointer, purpose: ownPurpose, version }
  const read = await Query.read(participant, asked)
  if (read.ok) return { former: read.result, refusal: undefined }
  return newest ? { former: newest, refusal: undefined } : { former: undefined, refusal: read }
}
