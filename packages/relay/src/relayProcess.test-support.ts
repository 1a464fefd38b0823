import { connectRpc, followChain, type Rpc } from '@medrec/client'
import { fromHex, Keys, type Network } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { openNodeDatabase } from '@medrec/records/node'
import { listen } from '../../registrar/src/server.test-support.ts'
import { openRelay } from './openRelay.ts'

// A relay in a process of its own, which ends by kill -9 before or after its n-th request to the chain.
type Orders = {
  readonly entropy: `0x${string}`
  readonly network: Network
  readonly url: string
  readonly database: string
  /** 0: never. Odd numbers: before request (n + 1) / 2; even ones: after request n / 2. */
  readonly dieAt: number
}

const orders = JSON.parse(process.argv[2] as string) as Orders
const keys = Keys.fromEntropy(fromHex(orders.entropy), fromHex(orders.network.networkId))
const chain = await followChain({
  doors: [orders.url],
  network: orders.network,
  store: openMemoryStore(),
})
await chain.synced()
const server = await listen()
let step = 0

function dieIfTold(): void {
  step += 1
  if (step === orders.dieAt) process.kill(process.pid, 'SIGKILL')
}

const connection = connectRpc(orders.url)
const rpc: Pick<Rpc, 'request' | 'subscribe'> = {
  subscribe: (params, listener) => connection.subscribe(params, listener),
  async request(method, params) {
    dieIfTold()
    const result = await connection.request(method, params)
    dieIfTold()
    return result as never
  },
}
const relay = await openRelay({
  participant: { keys, network: orders.network, chain },
  account: Keys.relayKey(keys, 0),
  rpc,
  database: openNodeDatabase(orders.database),
  rhythm: 'at-once',
  audience: server.authority,
  clock: () => Math.floor(Date.now() / 1000),
})
server.serve((request) => relay.handle(request))
console.log(server.url)
