import { connectRpc, createSender, type Rpc } from '@medrec/client'
import { createDoor, type Door, type EmbeddedEngine, startEmbedded } from '@medrec/client/node'
import { fromHex, type Hex } from '@medrec/protocol'
import { type Anvil, startAnvil } from '../../packages/client/src/engines/anvil.ts'
import { Machine } from '../machine/Machine.ts'
import { realTime, type Time } from '../machine/Time.ts'
import { deepest } from '../plan.ts'

/** Milliseconds between two mined blocks. */
const blockMs = 150
const ignored = (): void => undefined // it is being stopped

/** A chain on a machine of its own, behind a door that others reach. */
export type Chain = {
  readonly machine: Machine
  readonly url: string
  readonly rpc: Rpc
  readonly funderKey: Uint8Array
  /** Blocks until a fact is final. */
  readonly confirmations: number
  /** Puts what was done until now below the reach of every reorganisation. */
  bury(): Promise<void>
  /** Replaces the newest blocks by empty ones and lets their transactions vanish. */
  reorganise(depth: number): Promise<void>
  /** Starts it again after a power cut. */
  restart(): Promise<void>
  /** Ends the engine below its supervisor, as the system does when memory runs short. */
  killEngine(): void
  /** Adds a block of this moment. */
  mine(): Promise<void>
  /** Adds blocks while there is something to put into them, until the work is done. */
  mineWhile<T>(work: Promise<T>): Promise<T>
  stop(): Promise<void>
}

/** The embedded engine under its journal (ARCHITECTURE.md, Processes): never reorganised, and must survive every power cut. */
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
    bury: async () => undefined,
    reorganise: async () => undefined,
    mine: async () => undefined,
    mineWhile: (work) => work,
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

/** A network whose blocks are reorganised, and come by themselves, as on any network that is mined. */
export async function startMinedChain(stir: () => void): Promise<Chain> {
  const chain = await openMinedChain(stir)
  const miner = setInterval(() => void chain.mine().catch(ignored), blockMs)
  return {
    ...chain,
    stop: () => {
      clearInterval(miner)
      return chain.stop()
    },
  }
}

/**
 * A network whose blocks are reorganised, and come when they are asked for. Facts are final as deep as the deepest reorganisation that a plan
 * draws: what is deeper than a network's k is lost to everybody, and nobody promises otherwise (docs/operations.md, What happens when).
 */
export async function openMinedChain(stir: () => void, time: Time = realTime): Promise<Chain> {
  const machine = new Machine('chain', stir, time)
  const life = machine.boot()
  const anvil: Anvil = await startAnvil({
    chainId: 4_242,
    timestamp: Math.floor(time.now()),
    baseFee: 7,
    gasLimit: 100_000_000,
  })
  const funderKey = fromHex(`0x${'17'.repeat(32)}`)
  const { address } = createSender({ rpc: () => anvil.rpc, privateKey: funderKey })
  await anvil.rpc.request('anvil_setBalance', [address, '0xffffffffffffffffffff'])
  const door = createDoor({ upstream: life.watch(anvil.rpc), allowSend: true, origins: [] })
  const url = await door.listen(0)
  const rpc = connectRpc(url)
  const mine = async (): Promise<void> => {
    type Head = { readonly timestamp: Hex }
    const { timestamp: newest } = await anvil.rpc.request<Head>('eth_getBlockByNumber', [
      'latest',
      false,
    ])
    // Several blocks may be of one second, so that they do not run ahead of every clock.
    const timestamp = Math.max(Math.floor(time.now()), Number(newest))
    await anvil.rpc.request('evm_mine', [{ timestamp }])
  }
  const mineWhile = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false
    const done = (): void => {
      isDone = true
    }
    work.then(done, done)
    while (!isDone) {
      const { pending } = await anvil.rpc.request<{ pending: Hex }>('txpool_status')
      if (Number(pending) > 0) await mine()
    }
    return work
  }
  return {
    ...{ machine, url, rpc, mine, mineWhile, funderKey, confirmations: deepest },
    bury: async () => {
      for (let block = 0; block < deepest; block++) await mine()
    },
    reorganise: async (depth) => {
      const head = Number(await anvil.rpc.request<Hex>('eth_blockNumber'))
      await anvil.rpc.request('anvil_reorg', [Math.min(depth, head), []])
    },
    restart: async () => undefined,
    killEngine: () => undefined,
    stop: async () => {
      await rpc.close()
      await door.close()
      await anvil.stop()
      machine.remove()
    },
  }
}
