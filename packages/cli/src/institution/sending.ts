import { RefusedError } from '../participant/errors.ts'
import type { Sent } from '../participant/sending.ts'
import type { Staff } from './Staff.ts'
import type { Desk } from './signIn.ts'

type Standing = { readonly state: Sent['state']; readonly reason?: string; readonly block?: number }

/** Waits until a message that staff caused stands on the chain, at most as long as told. Throws RefusedError. */
export async function stands(desk: Desk, submission: string): Promise<Sent> {
  const { state, reason, block } = await standingOf(desk.staff, submission, desk.patience)
  if (state === 'rejected') throw new RefusedError(reason ?? 'unknown')
  return { state, ...(block !== undefined && { block }) }
}

/** Where a message of the institution stands when it is on the chain, or when the time is over. */
export async function standingOf(
  staff: Staff,
  submission: string,
  seconds: number,
): Promise<Standing> {
  const path = `submissions/${encodeURIComponent(submission)}`
  const isDone = ({ state }: Standing): boolean => state !== 'queued' && state !== 'seen'
  return (await staff.until<Standing>(path, isDone, seconds)) ?? staff.get<Standing>(path)
}
