import { Notifications } from '@medrec/library'
import type { ConfigOf } from '../config.ts'
import { listenOn, newHttpServer } from '../httpServer.ts'
import { openMember } from '../member.ts'
import type { RunningNode, Surroundings } from '../Surroundings.ts'
import { chainPart } from '../statusParts.ts'

/** Keeps a person's own node at home: it follows the chain and sends what waits in the outbox. */
export async function startPatient(
  config: ConfigOf<'patient'>,
  surroundings: Surroundings,
): Promise<RunningNode> {
  const { path, log } = surroundings
  const member = await openMember(config, config.patient.database, surroundings)
  const app = newHttpServer({ listen: config.listen, path, log })
  const { participant, chain } = member
  app.get('/status', async () => ({
    role: 'patient',
    registered: participant.me() !== undefined,
    waiting: participant.outbox.pending().length,
    notifications: (await Notifications.list(participant)).length,
    chain: chainPart(chain),
  }))
  const close = async (): Promise<void> => {
    await app.close()
    await member.close()
  }
  try {
    return { url: await listenOn(app, config.listen), close }
  } catch (error) {
    await close()
    throw error
  }
}
