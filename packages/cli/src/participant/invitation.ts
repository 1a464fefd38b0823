import { Invitation } from '@medrec/library'
import { UsageError } from '../output.ts'
import type { Person } from './open.ts'

/**
 * Registers with an invitation of an institution of the network, which is named first. Throws UsageError when
 * it may be of several addresses, InvitationUnreadableError, InviterUnknownError or InvitationRefusedError.
 */
export async function registerWith(person: Person, text: string): Promise<void> {
  const { participant, network, output } = person
  const { code, inviters } = Invitation.read(text, participant.chain.view())
  const [inviter] = inviters
  // Institutions that share an address share the node that reads the code.
  if (!inviter || inviters.some(({ origin }) => origin !== inviter.origin))
    throw new UsageError(
      'Whose invitation is it? Write CODE@ADDRESS, as the institution printed it.',
      {
        facts: [
          ...inviters.map(({ name, origin }) => `${name}: ${origin}`),
          'Nothing was sent: whoever learns the code could use it.',
        ],
      },
    )
  output.progress(`Registering with ${inviter.name} (${inviter.origin}) ...`)
  await Invitation.accept({
    keys: participant.keys,
    network,
    code,
    inviter,
    fetch: participant.fetch,
  })
}
