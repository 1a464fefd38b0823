import { randomInt } from 'node:crypto'
import { fromHex } from '@medrec/protocol'
import { openMemoryStore, type Store } from '@medrec/records'
import { createDoor, type Door } from '../engines/door.ts'
import { type EmbeddedEngine, startEmbedded } from '../engines/embedded.ts'
import { temporaryJournal } from '../engines/engine.test-support.ts'
import type { Rpc } from '../rpc.ts'
import type { Chain, ChainStatus, FollowOptions } from './Chain.ts'
import { followChain } from './followChain.ts'
import { foundNetwork, type TestNetwork } from './network.test-support.ts'

/** A network on a real engine behind a door, and those who follow it. */
export type Followed = {
  readonly engine: EmbeddedEngine
  readonly url: string
  readonly founded: TestNetwork
  /** Follows through the door, unless told otherwise, until all is closed. */
  follow(
    doors?: readonly (string | Rpc)[],
    store?: Store,
    options?: Partial<Pick<FollowOptions, 'network' | 'clock' | 'elapsed' | 'quietMs'>>,
  ): Promise<Chain>
  closeDoor(): Promise<void>
  /** Opens the closed door again, at its address. */
  openDoor(): Promise<void>
  close(): Promise<void>
}

export async function startFollowed(): Promise<Followed> {
  const engine = await startEmbedded({
    journalPath: temporaryJournal(),
    minimumBlockMs: 5,
    heartbeatMs: 50,
  })
  const newDoor = (): Door => createDoor({ upstream: engine.rpc, allowSend: true, origins: [] })
  let door = newDoor()
  const url = await door.listen(ownPort())
  const founded = await foundNetwork(engine.rpc, fromHex(engine.facts.funderKey))
  const chains: Chain[] = []
  return {
    engine,
    url,
    founded,
    follow: async (doors = [url], store = openMemoryStore(), options = {}) => {
      const chain = await followChain({
        ...{ doors, store, network: founded.network, clock: Date.now },
        ...options,
      })
      chains.push(chain)
      return chain
    },
    closeDoor: () => door.close(),
    openDoor: async () => {
      door = newDoor()
      await door.listen(Number(new URL(url).port))
    },
    close: async () => {
      for (const chain of chains) await chain.stop()
      await door.close()
      await engine.stop()
    },
  }
}

/** One of the ports of this file's own (vitest.setup.ts): while the door is closed, the system gives it to nobody else. */
function ownPort(): number {
  const [first, last] = (process.env['MEDREC_PORTS'] ?? '').split('-').map(Number)
  return randomInt(first as number, last as number)
}

/** Resolves with the first status for which the condition holds. */
export function whenStatus(
  chain: Chain,
  holds: (status: ChainStatus) => boolean,
): Promise<ChainStatus> {
  if (holds(chain.status())) return Promise.resolve(chain.status())
  return new Promise((resolve) => {
    const stop = chain.onStatus((status) => {
      if (!holds(status)) return
      stop()
      resolve(status)
    })
  })
}
