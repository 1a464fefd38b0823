import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import type { Network } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { afterEach, expect, test } from 'vitest'
import { openChain } from '../../web/src/patient/live/chain.ts'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** Nobody listens there. */
const refused = 2

/** A port at which everything is taken and never answered. */
async function silent(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return (server.address() as AddressInfo).port
}

const network = (doors: readonly string[]): Network => ({
  ...{ name: 'Test', engine: 'embedded', chainId: 7, startBlock: 0, confirmations: 0, doors },
  ...{ networkId: `0x${'01'.repeat(32)}`, registrar: `0x${'02'.repeat(20)}` },
  ledger: `0x${'03'.repeat(20)}`,
})

test('when every door is refused, the app says which and what to do', async () => {
  const doors = [`ws://127.0.0.1:${refused}`, `ws://127.0.0.1:${await silent()}`]
  const steps: string[] = []
  const opening = openChain({
    network: network(doors),
    store: openMemoryStore(),
    onProgress: ({ step }) => steps.push(step),
    doorMs: 50,
  })
  await expect(opening).rejects.toThrow(
    `None of the 2 places that show the network answers (${doors.map((door) => door.slice(5)).join(', ')}). Check your connection.`,
  )
  expect(steps).toEqual(['connecting'])
})

test('one door is named as one', async () => {
  const door = `ws://127.0.0.1:${refused}/chain`
  const opening = openChain({
    network: network([door]),
    store: openMemoryStore(),
    onProgress: () => undefined,
    doorMs: 50,
  })
  await expect(opening).rejects.toThrow('The place that shows the network does not answer')
})
