import { connectRpc } from '@medrec/client'
import { createDoor } from '@medrec/client/node'
import { catalogueHash, type Gatekeeper, openGatekeeper, shippedMappings } from '@medrec/gatekeeper'
import { addStaffApi, openStaff } from '@medrec/manager/server'
import { type Hex, Keys, toHex } from '@medrec/protocol'
import { type Desk, openDesk } from '@medrec/registrar'
import { openRelay, type Relay } from '@medrec/relay'
import type { FastifyInstance } from 'fastify'
import type { ConfigOf } from '../config.ts'
import { addRawRoutes, allowOrigins, isForUs, listenOn, newHttpServer } from '../httpServer.ts'
import { deskSender, type Member, openMember, ownTag } from '../member.ts'
import { readNetwork } from '../networkFile.ts'
import { pinOfListen } from '../pinnedFetch.ts'
import { publishProfile, publishRelay } from '../publish.ts'
import { readCatalogueFile } from '../readCatalogueFile.ts'
import { recordSources, tellExcess } from '../recordSources.ts'
import type { RunningNode, Surroundings } from '../Surroundings.ts'
import { recordSettings } from '../setup/recordSettings.ts'
import { providerStatus } from '../statusParts.ts'
import { serveWebApp } from '../webApp.ts'

type Config = ConfigOf<'provider'>
type Closable = { close(): Promise<void> | void }

/** Runs an institution's node: gatekeeper, relay, desk, chain door and the screens of its staff. */
export async function startProvider(
  config: Config,
  surroundings: Surroundings,
): Promise<RunningNode> {
  const opened: Closable[] = []
  const close = async (): Promise<void> => {
    for (const part of opened.splice(0).toReversed()) await part.close()
  }
  try {
    const member = await openMember(config, config.provider.database, surroundings)
    opened.push(member)
    return { url: await serve(config, { surroundings, member, opened }), close }
  } catch (error) {
    await close()
    throw error
  }
}

type Parts = {
  readonly surroundings: Surroundings
  readonly member: Member
  readonly opened: Closable[]
}

async function serve(config: Config, { surroundings, member, opened }: Parts): Promise<string> {
  const { path, log, clock } = surroundings
  const { provider, listen } = config
  const url = listen.url ?? `${listen.tls ? 'https' : 'http'}://${listen.host}:${listen.port}`
  const authority = new URL(url).host
  const { participant, database, keys, chain } = member
  const sender = deskSender(member)
  const catalogue = await readCatalogue(config, path)
  await publishRelay(member, { sender, log })
  const gatekeeper = await openGatekeeper({
    ...{ participant, database, catalogue, authority, url, clock },
    ...recordSources(provider, surroundings),
    anchorAccount: Keys.anchorKey(keys),
    rhythm:
      provider.rhythm === 'at-once' ? 'at-once' : { periodSeconds: provider.rhythm.period_seconds },
    origins: provider.origins,
  })
  opened.push(gatekeeper)
  tellExcess(log, gatekeeper.status())
  const relay = await openRelay({
    ...{ participant, database, clock },
    account: Keys.relayKey(keys, 0),
    rpc: chain.rpc(),
    rhythm:
      provider.rhythm === 'at-once'
        ? 'at-once'
        : { periodSeconds: provider.rhythm.period_seconds, size: provider.rhythm.size },
    audience: authority,
  })
  opened.push(relay)
  const desk = openDesk({
    ...{ participant, database, clock },
    registrarUrl: provider.registrar,
    submit: (call) => sender.submit(call),
  })
  const app = await newApp(config, { surroundings, member, gatekeeper, relay, desk, url })
  opened.push(app)
  openDoor(app, config, member, opened)
  await listenOn(app, listen)
  await publishProfile(
    member,
    { sender, log },
    {
      name: config.name,
      url,
      catalogueHash: toHex(catalogueHash(gatekeeper.catalogue)),
      anchorKey: toHex(Keys.anchorKey(keys).address),
      pin: pinOfListen(config.listen, surroundings.path),
    },
  )
  return url
}

async function newApp(
  config: Config,
  parts: {
    surroundings: Surroundings
    member: Member
    gatekeeper: Gatekeeper
    relay: Relay
    desk: Desk
    url: string
  },
): Promise<FastifyInstance> {
  const { surroundings, member, gatekeeper, relay, desk, url } = parts
  const { path, log, clock } = surroundings
  const { provider } = config
  const app = newHttpServer({ listen: config.listen, path, log })
  allowOrigins(app, provider.origins)
  addRawRoutes(
    app,
    (['/query', '/index', '/log', '/revocations', '/emergency'] as const).map((route) => [
      'POST',
      route,
    ]),
    (request) => gatekeeper.handle(request) as ReturnType<Relay['handle']>,
  )
  addRawRoutes(
    app,
    [
      ['POST', '/relay'],
      ['POST', '/token'],
      ['GET', '/relay/:id'],
    ],
    (request) => relay.handle(request),
  )
  const institution = { name: config.name, idTag: ownTag(member) as Hex, url }
  const status = (): ReturnType<typeof providerStatus> =>
    providerStatus({ ...member, gatekeeper, relay })
  addStaffApi(app, {
    ...{ institution, gatekeeper, desk, clock, status },
    participant: member.participant,
    records: recordSettings(provider, surroundings),
    ...(await openStaff({ database: member.database, clock })),
    cookieName: `medrec-${config.listen.port}`,
    isSecure: url.startsWith('https:'),
    portal: provider.portal,
  })
  app.get('/config.json', () => ({
    role: 'provider',
    network: readNetwork(path(config.network.file)),
    institution,
    demo: provider.demo,
    portal: provider.portal,
  }))
  app.get('/status', async () => ({ role: 'provider', ...(await status()) }))
  app.get('/', (_, reply) => reply.redirect('/staff', 302))
  serveWebApp(app)
  return app
}

/** Requests at a time that another door takes of one connection: all browsers share ours to it. */
const mostAtDoor = 64

/** The chain for browsers, read-only, at `/chain` of the node's own address. */
function openDoor(
  app: FastifyInstance,
  { listen, provider: { origins } }: Config,
  { network }: Member,
  opened: Closable[],
): void {
  const upstream = connectRpc(network.doors[0] as string, { mostInFlight: mostAtDoor })
  const door = createDoor({ upstream, allowSend: false, origins })
  opened.push(upstream, door)
  app.server.on('upgrade', (request, socket, head) => {
    if (request.url === '/chain' && isForUs(listen, request))
      door.handleUpgrade(request, socket, head)
    else socket.destroy()
  })
}

/** A catalogue or a mapping that comes with MedRec, by name, or a catalogue from a file. */
async function readCatalogue(
  { provider: { catalogue: name }, name: institution }: Config,
  path: (file: string) => string,
): Promise<unknown> {
  const { catalogueOf, institutions } = await import('@medrec/samples')
  const known = institutions.find((institution) => institution === name)
  if (known) return catalogueOf(known)
  if (shippedMappings.some((mapping) => mapping.name === name))
    return { institution, name: institution, mapping: name }
  return readCatalogueFile(path(name))
}
