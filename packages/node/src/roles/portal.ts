import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { ConfigOf } from '../config.ts'
import { listenOn, newHttpServer } from '../httpServer.ts'
import { readNetwork } from '../networkFile.ts'
import type { RunningNode, Surroundings } from '../Surroundings.ts'
import { serveWebApp } from '../webApp.ts'

/** Serves the patients' app. It holds nobody's keys and sees nobody's records (ARCHITECTURE.md, Processes). */
export async function startPortal(
  config: ConfigOf<'portal'>,
  surroundings: Surroundings,
): Promise<RunningNode> {
  const { path, log } = surroundings
  const { demo_people: people, institutions } = config.portal
  const network = readNetwork(path(config.network.file), config.network.doors)
  const app = newHttpServer({ listen: config.listen, path, log })
  app.get('/config.json', () => ({
    role: 'portal',
    network,
    demo: people !== undefined,
    institutions,
  }))
  app.get('/status', () => ({ role: 'portal', name: config.name, networkId: network.networkId }))
  if (people !== undefined) addDemoPeople(app, path(people))
  serveWebApp(app)
  const url = await listenOn(app, config.listen)
  return { url, close: () => app.close() }
}

/** Hands out the words of invented people; only a demonstration's configuration brings it to life. */
function addDemoPeople(app: FastifyInstance, file: string): void {
  app.get('/demo/people', (_, reply) => {
    reply.header('cache-control', 'no-store')
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  })
}
