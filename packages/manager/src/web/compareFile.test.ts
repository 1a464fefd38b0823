import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDoor, type Door, type EmbeddedEngine, startEmbedded } from '@medrec/client/node'
import type { ProvenAccessLog } from '@medrec/library'
import type { Hex, Network } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { compareFile } from '../../web/src/audit/compareFile.ts'

const network: Network = {
  ...{ name: 'Test', engine: 'embedded', chainId: 7, startBlock: 0, confirmations: 0, doors: [] },
  ...{ networkId: `0x${'01'.repeat(32)}`, registrar: `0x${'02'.repeat(20)}` },
  ledger: `0x${'03'.repeat(20)}`,
}
/** No page may use it: a browser says so at once, as it does of ws:// on a page that came over https. */
const forbidden = 'gopher://127.0.0.1/chain'

let folder: string
let engine: EmbeddedEngine
let door: Door
let doorUrl: string
let node: Server
let doors: readonly string[]
let genesis: Hex

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'medrec-blocks-'))
  engine = await startEmbedded({ journalPath: join(folder, 'journal') })
  const block = await engine.rpc.request<{ hash: Hex }>('eth_getBlockByNumber', ['0x0', false])
  genesis = block.hash
  door = createDoor({ upstream: engine.rpc, allowSend: false, origins: [] })
  doorUrl = await door.listen(0)
  // A portal: it serves the page and has no door of its own.
  node = createServer((_, response) =>
    response.end(JSON.stringify({ network: { ...network, doors } })),
  )
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(node.address() as AddressInfo).port}`
  const fetchAnywhere = globalThis.fetch
  vi.stubGlobal('location', new URL('/audit', origin))
  vi.stubGlobal('fetch', (path: string) => fetchAnywhere(new URL(path, origin)))
})
afterAll(async () => {
  vi.unstubAllGlobals()
  node.closeAllConnections()
  node.close()
  await door.close()
  await engine.stop()
  await rm(folder, { recursive: true })
})

const file = (hash: Hex, more: readonly object[] = []): ProvenAccessLog =>
  ({ network, blocks: [{ number: 0, hash, time: 0 }, ...more] }) as unknown as ProvenAccessLog

test('blocks are compared at the next door when one may not be used, and the answer names it', async () => {
  doors = [forbidden, doorUrl]
  expect(await compareFile(file(genesis))).toEqual({ state: 'found', door: doorUrl })
  const other: Hex = `0x${'04'.repeat(32)}`
  expect(await compareFile(file(other))).toEqual({ state: 'foreign', door: doorUrl, block: 0 })
})

test('when no door may be used the comparison says that nothing was compared', async () => {
  doors = [forbidden]
  expect(await compareFile(file(genesis))).toMatchObject({ state: 'unknown' })
})

test('a door that does not have the newest block yet is said to be behind, not of another chain', async () => {
  doors = [doorUrl]
  const later = { number: 9, hash: genesis, time: 4_000_000_000 }
  expect(await compareFile(file(genesis, [later]))).toEqual({
    ...{ state: 'behind', door: doorUrl, block: 9 },
  })
})
