import { type Staff as SignedIn, signIn } from '../institution/Staff.ts'
import type { standingOf } from '../institution/sending.ts'
import { StoryFailedError } from './check.ts'
import type { Trace } from './Trace.ts'

/** A member of staff whose waiting fails the story when it takes too long. */
export type Staff = Omit<SignedIn, 'until'> & {
  /** Asks again at every event that the node tells its screens, until the answer is as wanted. */
  until<T>(what: string, path: string, wanted: (answer: T) => boolean): Promise<T>
}

const patienceSeconds = 300

/** Signs in with name and password, as the institution's screens do. */
export async function signInStaff(login: Parameters<typeof signIn>[0]): Promise<Staff> {
  const staff = await signIn(login)
  return {
    ...staff,
    async until<T>(what: string, path: string, wanted: (answer: T) => boolean) {
      const answer = await staff.until(path, wanted, patienceSeconds)
      if (answer !== undefined) return answer
      throw new StoryFailedError(what, { expected: 'within five minutes', found: 'not' })
    },
  }
}

/** Waits until a message that staff caused stands on the chain. Throws StoryFailedError when it was rejected. */
export async function mined(staff: Staff, submission: string, trace: Trace): Promise<void> {
  const what = 'The institution’s message stands on the chain'
  const path = `submissions/${encodeURIComponent(submission)}`
  const { state, reason, block } = await staff.until<Awaited<ReturnType<typeof standingOf>>>(
    what,
    path,
    ({ state: now }) => now !== 'queued' && now !== 'seen',
  )
  if (state === 'rejected')
    throw new StoryFailedError(what, { expected: 'mined', found: reason ?? state })
  trace.add(block)
}
