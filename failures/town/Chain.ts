import { connectRpc, createSender, type Rpc } from '@medrec/client'
import { createDoor, type Door, type EmbeddedEngine, startEmbedded } from '@medrec/client/node'
import { fromHex, type Hex } from '@medrec/protocol'
import { type Anvil, startAnvil } from '../../packages/client/src/engines/anvil.ts'
import { Machine } from '../machine/Machine.ts'
import { deepest } from '../plan.ts'

/** Milliseconds between two mined blocks. */
const blockMs = 400
const ignored = (): void => undefined // it is being stopped

/** A chain on a machine of its own, behind a door that others reach. */
export type Chain = {
  readonly machine: Machine
  readonly url: string
  readonly rpc: Rpc
  readonly funderKey: Uint8Array
  /** Blocks until a fact is final. */
  readonly confirmations: number
  /** Replaces the newest blocks by empty ones and lets their transactions vanish. */
  reorganise(depth: number): Promise<void>
  /** Starts it again after a power cut. */
  restart(): Promise<void>
  /** Ends the engine below its supervisor, as the system does when memory runs short. */
  killEngine(): void
  stop(): Promise<void>
}

/** The embedded engine under its journal (DESIGN 5): never reorganised, and must survive every power cut. */
export async function startEmbeddedChain(stir: () => void): Promise<Chain> {
  const machine = new Machine('chain', stir)
  let engine!: EmbeddedEngine
  let door!: Door
  let port = 0
  let gone: Promise<unknown> = Promise.resolve()
  const start = async (): Promise<string> => {
    const life = machine.boot()
    engine = await startEmbedded({
      journalPath: machine.disk.path('chain.db'),
      minimumBlockMs: 10,
      heartbeatMs: 200,
      clock: () => machine.clock() * 1000,
    })
    door = createDoor({ upstream: life.watch(engine.rpc), allowSend: true, origins: [] })
    const listening = await door.listen(port)
    const [ended, closed] = [engine, door]
    life.atEnd(() => {
      gone = Promise.all([closed.close(), ended.stop()])
    })
    return listening
  }
  const url = await start()
  port = Number(new URL(url).port)
  const rpc = connectRpc(url)
  return {
    ...{ machine, url, rpc, confirmations: 0 },
    funderKey: fromHex(engine.facts.funderKey),
    reorganise: async () => undefined,
    restart: async () => {
      await gone // the port and anvil of the dead process; the system frees them
      await start()
    },
    killEngine: () => {
      const { enginePid } = engine.status()
      if (enginePid !== undefined) process.kill(enginePid, 'SIGKILL')
    },
    stop: async () => {
      await rpc.close()
      await door.close()
      await engine.stop()
      machine.remove()
    },
  }
}

/**
 * A network whose blocks are reorganised. Facts are final as deep as the deepest reorganisation that a plan
 * draws: what is deeper than a network's k is lost to everybody, and nobody promises otherwise (DESIGN 5).
 */
export async function startMinedChain(stir: () => void): Promise<Chain> {
  const machine = new Machine('chain', stir)
  const life = machine.boot()
  const anvil: Anvil = await startAnvil({
    chainId: 4_242,
    timestamp: Math.floor(Date.now() / 1000) + 10, // a share counts from the block that brings it

    baseFee: 7,
    gasLimit: 100_000_000,
  })
  const funderKey = fromHex(`0x${'17'.repeat(32)}`)
  const { address } = createSender({ rpc: () => anvil.rpc, privateKey: funderKey })
  await anvil.rpc.request('anvil_setBalance', [address, '0xffffffffffffffffffff'])
  await anvil.rpc.request('evm_setAutomine', [true])
  const door = createDoor({ upstream: life.watch(anvil.rpc), allowSend: true, origins: [] })
  const url = await door.listen(0)
  const rpc = connectRpc(url)
  // Blocks come by themselves, as on any network that is mined.
  const miner = setInterval(() => void anvil.rpc.request('evm_mine', []).catch(ignored), blockMs)
  return {
    ...{ machine, url, rpc, funderKey, confirmations: deepest },
    reorganise: async (depth) => {
      const head = Number(await anvil.rpc.request<Hex>('eth_blockNumber'))
      await anvil.rpc.request('anvil_reorg', [Math.min(depth, head), []])
    },
    restart: async () => undefined,
    killEngine: () => undefined,
    stop: async () => {
      clearInterval(miner)
      await rpc.close()
      await door.close()
      await anvil.stop()
      machine.remove()
    },
  }
}
