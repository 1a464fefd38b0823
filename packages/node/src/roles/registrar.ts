import { readFileSync } from 'node:fs'
import { fromHex, Keys, toHex } from '@medrec/protocol'
import { createRegistrarService } from '@medrec/registrar'
import type { ConfigOf } from '../config.ts'
import { addRawRoutes, audienceOf, listenOn, newHttpServer } from '../httpServer.ts'
import { deskSender, openMember } from '../member.ts'
import { pinOfListen } from '../pinnedFetch.ts'
import { publishProfile } from '../publish.ts'
import type { RunningNode, Surroundings } from '../Surroundings.ts'
import { chainPart } from '../statusParts.ts'

const noCatalogue = `0x${'00'.repeat(32)}` as const

/** Runs the look-up service that turns blinded numbers into idTags (docs/protocol.md 10). */
export async function startRegistrar(
  config: ConfigOf<'registrar'>,
  surroundings: Surroundings,
): Promise<RunningNode> {
  const { path, log, clock } = surroundings
  const member = await openMember(config, config.registrar.database, surroundings)
  const app = newHttpServer({ listen: config.listen, path, log })
  const close = async (): Promise<void> => {
    await app.close()
    await member.close()
  }
  try {
    const service = createRegistrarService({
      participant: member.participant,
      database: member.database,
      oprfKey: fromHex(readFileSync(path(config.registrar.oprf_key_file), 'utf8').trim(), 32),
      audience: audienceOf(config.listen),
      clock,
    })
    addRawRoutes(app, [['POST', '/oprf']], (request) => service.handle(request))
    app.get('/status', () => ({ role: 'registrar', chain: chainPart(member.chain) }))
    const url = await listenOn(app, config.listen)
    await publishProfile(
      member,
      { sender: deskSender(member), log },
      {
        name: config.name,
        url,
        catalogueHash: noCatalogue,
        anchorKey: toHex(Keys.anchorKey(member.keys).address),
        pin: pinOfListen(config.listen, surroundings.path),
      },
    )
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}
