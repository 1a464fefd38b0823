import type { Hex } from '@medrec/protocol'
import { voteCall } from '@medrec/registrar'
import { roles } from '../registrarCalls.ts'
import { asInstitution, callLife, unlessVoted } from './admit.ts'
import { PersonUnknownError } from './errors.ts'
import { ballotOf, isBound, perform } from './registrarSession.ts'

export type CertifyOptions = {
  /** Configuration of the institution's node */
  readonly configFile: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Who is certified, or loses the role; an institution is admitted by `admit`, and only loses it here */
  readonly idTag: Hex
  readonly role: 'emergency' | 'researcher' | 'institution'
  readonly certified: boolean
  /** Unix seconds */
  readonly clock: () => number
}

/** How a vote stands after this institution's part. */
export type Certified = {
  readonly isCertified: boolean
  readonly votes: number
  readonly needed: number
}

/** An institution votes somebody into a role or out of it; more than half of all decide. Throws PersonUnknownError. */
export function certify(options: CertifyOptions): Promise<Certified> {
  const { idTag, role, certified } = options
  return asInstitution(options, async ({ keys, idTag: own, session }) => {
    if (!(await isBound(session, idTag))) throw new PersonUnknownError(idTag)
    const before = await ballotOf(session, idTag, roles[role])
    const deadline = Math.floor(options.clock()) + callLife
    if (before.isCertified !== certified)
      await unlessVoted(() =>
        perform(
          session,
          'the vote',
          voteCall(
            { idTag, role, certified, round: before.round },
            { keys, network: session.network, own, deadline },
          ),
        ),
      )
    const after = await ballotOf(session, idTag, roles[role])
    const needed = Math.floor(after.institutions / 2) + 1
    return { isCertified: after.isCertified, votes: after.votes, needed }
  })
}
