import { Keys } from '@medrec/protocol'
import { openRelay } from '@medrec/relay'
import type { ConfigOf } from '../config.ts'
import { addRawRoutes, audienceOf, listenOn, newHttpServer } from '../httpServer.ts'
import { deskSender, openMember } from '../member.ts'
import { publishRelay } from '../publish.ts'
import type { RunningNode, Surroundings } from '../Surroundings.ts'
import { chainPart } from '../statusParts.ts'

/** Runs an institution's relay alone, on a machine of its own (docs/protocol.md 9). */
export async function startRelay(
  config: ConfigOf<'relay'>,
  surroundings: Surroundings,
): Promise<RunningNode> {
  const { path, log, clock } = surroundings
  const member = await openMember(config, config.relay.database, surroundings)
  const { participant, database, keys, chain } = member
  const app = newHttpServer({ listen: config.listen, path, log })
  const { rhythm } = config.relay
  await publishRelay(member, { sender: deskSender(member), log })
  const relay = await openRelay({
    ...{ participant, database, clock },
    account: Keys.relayKey(keys, 0),
    rpc: chain.rpc(),
    rhythm:
      rhythm === 'at-once' ? rhythm : { periodSeconds: rhythm.period_seconds, size: rhythm.size },
    audience: audienceOf(config.listen),
  })
  addRawRoutes(
    app,
    [
      ['POST', '/relay'],
      ['POST', '/token'],
      ['GET', '/relay/:id'],
    ],
    (request) => relay.handle(request),
  )
  app.get('/status', () => {
    const { waiting, certified } = relay.status()
    return { role: 'relay', waiting, certified, chain: chainPart(chain) }
  })
  const close = async (): Promise<void> => {
    await app.close()
    await relay.close()
    await member.close()
  }
  try {
    return { url: await listenOn(app, config.listen), close }
  } catch (error) {
    await close()
    throw error
  }
}
