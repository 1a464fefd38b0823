import { Query } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import type { Actor } from '../Actor.ts'

/** Number of the purpose "second opinion" (docs/protocol.md section 3). */
export const secondOpinion = 1

/** How a read that should be refused is refused. */
export async function refusal(
  { participant }: Actor,
  grant: Hex,
  options: { readonly pointer: Hex; readonly elements?: readonly string[] },
): Promise<string> {
  const read = await Query.read(participant, { grant, ...options, purpose: secondOpinion })
  return read.ok ? 'ok' : `${read.code} ${read.status}${read.signed ? ' signed' : ''}`
}
