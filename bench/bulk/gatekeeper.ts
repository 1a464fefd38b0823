// The gatekeeper of the bulk benchmark in a process of its own, which can be killed and started again.
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { followChain } from '@medrec/client'
import { type Gatekeeper, openGatekeeper } from '@medrec/gatekeeper'
import { openParticipant } from '@medrec/library'
import { fromHex, type Hex, Keys, type Network } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { openNodeDatabase } from '@medrec/records/node'
import { DatabaseSync } from '@photostructure/sqlite'
import { bulkCatalogue, bulkQuery } from './catalogue.ts'

/** What it is started with. */
export type BulkOrders = {
  readonly entropy: Hex
  readonly network: Network
  readonly folder: string
  readonly port: number
}

const { entropy, network, folder, port } = JSON.parse(process.argv[2] ?? '') as BulkOrders
const keys = Keys.fromEntropy(fromHex(entropy), fromHex(network.networkId))
const clock = (): number => Date.now() / 1000
const file = join(folder, 'bench.db')
const chain = await followChain({ doors: network.doors, network, store: openMemoryStore() })
await chain.synced()
const participant = await openParticipant({ keys, chain, store: openMemoryStore(), clock })
const gatekeeper: Gatekeeper = await openGatekeeper({
  ...{ participant, clock, catalogue: bulkCatalogue, authority: `127.0.0.1:${port}` },
  database: openNodeDatabase(join(folder, 'node.db')),
  source: { engine: 'sqlite', file },
  anchorAccount: Keys.anchorKey(keys),
  watchSeconds: 0,
  rate: { perSecond: 1e6, burst: 1e6 },
})
const server = createServer((request, response) => {
  if (request.url === '/raw') return void answerRaw(response)
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', async () => {
    const told = await gatekeeper.handle({
      ...{ method: request.method ?? '', path: request.url ?? '' },
      headers: request.headers as Record<string, string>,
      body: new Uint8Array(Buffer.concat(chunks)),
      remoteAddress: request.socket.remoteAddress ?? '',
    })
    response.writeHead(told.status, told.headers).end(told.body)
  })
})
process.on('disconnect', () => process.exit(0))
process.on('message', () => process.send?.({ peak: process.resourceUsage().maxRSS / 1_024 }))
server.listen(port, '127.0.0.1', () => process.send?.({ serving: true }))

/** The same query without a gatekeeper: rows as JSON, as fast as they are taken. */
async function answerRaw(response: ServerResponse): Promise<void> {
  const database = new DatabaseSync(file, { readOnly: true })
  const statement = database.prepare(bulkQuery)
  let block = ''
  for (const row of statement.iterate({ owner: 'P1' })) {
    block += `${JSON.stringify(row)}\n`
    if (block.length < 262_144) continue
    const isTaken = response.write(block)
    block = ''
    if (!isTaken) await new Promise((resolve) => response.once('drain', resolve))
  }
  response.end(block)
  statement.close()
  database.close()
}
