import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { followChain } from '@medrec/client'
import { openParticipant } from '@medrec/library'
import { fromHex, Keys, type Network } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { DatabaseInUseError, openNodeDatabase } from '@medrec/records/node'
import { clinicCatalogue } from './clinic.test-support.ts'
import type { EnrolOptions } from './enrol.ts'
import { type GatekeeperOptions, openGatekeeper } from './openGatekeeper.ts'

// A gatekeeper in a process of its own; says its address, or IN_USE.
const orders = JSON.parse(process.argv[2] as string) as {
  readonly entropy: `0x${string}`
  readonly network: Network
  readonly nodeFile: string
  readonly databaseFile: string
  readonly authority: string
  /** What one answer may hold, if not the usual. */
  readonly limits?: GatekeeperOptions['limits']
  /** Whom it enrols as soon as it is open. */
  readonly enrol?: EnrolOptions
}
const { network } = orders
const keys = Keys.fromEntropy(fromHex(orders.entropy), fromHex(network.networkId))
const clock = (): number => Date.now() / 1_000
const chain = await followChain({ doors: network.doors, network, store: openMemoryStore() })
await chain.synced()
const participant = await openParticipant({ keys, chain, store: openMemoryStore(), clock })
try {
  const gatekeeper = await openGatekeeper({
    ...{ participant, clock, catalogue: clinicCatalogue, watchSeconds: 0 },
    database: openNodeDatabase(orders.nodeFile),
    source: { engine: 'sqlite', file: orders.databaseFile },
    authority: orders.authority,
    anchorAccount: Keys.anchorKey(keys),
    capacity: { all: 256, perIdentity: 256 },
    ...(orders.limits && { limits: orders.limits }),
  })
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      const {
        status,
        headers: given,
        body,
      } = await gatekeeper.handle({
        ...{ method: 'POST', path: request.url ?? '', headers, remoteAddress: '127.0.0.1' },
        body: new Uint8Array(Buffer.concat(chunks)),
      })
      response.writeHead(status, given).end(body)
    })
  })
  server.listen(0, '127.0.0.1', () =>
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  )
  if (orders.enrol) await gatekeeper.enrol(orders.enrol)
} catch (error) {
  if (!(error instanceof DatabaseInUseError)) throw error
  console.log('IN_USE')
  process.exit(75)
}
