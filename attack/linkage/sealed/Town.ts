import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Chain, connectRpc, followChain, type Rpc } from '@medrec/client'
import { deployNetwork } from '@medrec/client/node'
import { fromHex, type Hex, Keys, type Network, random, toHex } from '@medrec/protocol'
import { openNodeDatabase, openSqliteStore } from '@medrec/records/node'
import { openRelay, type Relay } from '@medrec/relay'
import { type RawAnvil, startAnvil } from '../../../bench/rawAnvil.ts'
import {
  bindCall,
  type Call,
  profileCall,
  relayCall,
} from '../../../packages/node/src/registrarCalls.ts'

/** Somebody with keys. */
export type Someone = { readonly keys: Keys.Keys; readonly idTag: Uint8Array; readonly tag: Hex }

/** The moment that everybody's clock shows, unix seconds; moved by the play. */
export type Clock = { now: number }

/** A network of real contracts, relays and a follower on a bare engine, whose hours pass as fast as they can. */
export type Town = {
  readonly anvil: RawAnvil
  readonly network: Network
  readonly chain: Chain
  readonly clock: Clock
  readonly providers: readonly Someone[]
  readonly patients: readonly Someone[]
  readonly relayOf: ReadonlyMap<string, number>
  /** Posts to each relay, by its number. */
  readonly posts: readonly number[]
  /** Reaches a relay by its public address. */
  readonly fetch: typeof globalThis.fetch
  bind(patient: number, by: Someone): Promise<void>
  readonly office: Someone
  /** Every relay posts, and the block of this hour is made; resolves when all have heard of it. */
  endPeriod(): Promise<number>
  /** Copies the town's disk into a new folder; the rest is returned. Between two hours only. */
  save(disk: string): Promise<SavedTown>
  stop(): Promise<void>
}

/** A town that another process goes on with, beside its disk. */
export type SavedTown = {
  readonly network: Network
  readonly providers: readonly Someone[]
  readonly patients: readonly Someone[]
  readonly office: Someone
  readonly posts: readonly number[]
  readonly now: number
  /** The engine's own dump. */
  readonly engine: Hex
}

export type TownOptions = {
  readonly patients: number
  readonly providers: number
  /** Calldata of every batch, bytes. */
  readonly batchSize: number
  readonly periodSeconds: number
}

/** First of the accounts that every anvil knows. */
const funderKey = fromHex('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const wealth = toHex(Uint8Array.of(1, ...new Uint8Array(11)))

export async function foundTown(options: TownOptions): Promise<Town> {
  const engine = await startEngine()
  const networkId = random(32)
  const people = (count: number): Someone[] =>
    Array.from({ length: count }, () => someone(networkId))
  const [providers, patients, [office]] = [
    people(options.providers),
    people(options.patients),
    people(1) as [Someone],
  ]
  const network = await deploy(engine.anvil, engine.rpc, [...providers, office])
  await introduce(engine.anvil, network, providers)
  const hour = options.periodSeconds
  const now = (Math.floor(Date.now() / 1_000 / hour) + 2) * hour
  const posts = providers.map(() => 0)
  return openTown(options, engine, { network, providers, patients, office, posts, now })
}

/** Goes on with a town that was saved. */
export async function reopenTown(
  options: TownOptions,
  saved: SavedTown,
  disk: string,
): Promise<Town> {
  const engine = await startEngine()
  await engine.anvil.call('anvil_loadState', [saved.engine])
  // The engine's clock is no part of its dump: a batch whose time has not come is estimated as if it were refused.
  await engine.anvil.call('evm_setTime', [saved.now])
  cpSync(disk, engine.folder, { recursive: true })
  return openTown(options, engine, saved)
}

type Engine = { readonly anvil: RawAnvil; readonly rpc: Rpc; readonly folder: string }

/** Transactions of older blocks are in the dump, and not needed to go on. */
const keptBlocks = '32'

async function startEngine(): Promise<Engine> {
  const anvil = await startAnvil(['--transaction-block-keeper', keptBlocks])
  const rpc = connectRpc(anvil.url.replace('http', 'ws'), { timeoutMs: 60_000 })
  const folder = mkdtempSync(join(fastDisk(), 'medrec-attack-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return { anvil, rpc, folder }
}

async function openTown(
  options: TownOptions,
  { anvil, rpc, folder }: Engine,
  ground: Omit<SavedTown, 'engine'>,
): Promise<Town> {
  const { network, providers, patients, office } = ground
  const store = await openSqliteStore(join(folder, 'chain.sqlite'))
  const chain = await followChain({ doors: [rpc], network, store })
  await chain.synced()
  const clock: Clock = { now: ground.now }
  const posts = [...ground.posts]
  const relays = await openRelays(options, { providers, network, chain, rpc, clock, folder, posts })
  return {
    ...{ anvil, network, chain, clock, providers, patients, office, posts },
    relayOf: new Map(providers.map(({ keys }, i) => [relayAddress(keys), i])),
    fetch: relays.fetch,
    bind: (patient, by) =>
      call(
        anvil,
        bindTo(network, patients[patient] as Someone, { by, deadline: clock.now + 3_600 }),
      ),
    endPeriod: async () => {
      await relays.post()
      return mineAt(anvil, chain, clock.now)
    },
    async save(disk) {
      await relays.rest()
      const engine = await anvil.call<Hex>('anvil_dumpState')
      cpSync(folder, disk, { recursive: true })
      return { network, providers, patients, office, posts, now: clock.now, engine }
    },
    async stop() {
      await relays.close()
      await chain.stop()
      await store.close()
      await rpc.close()
      await anvil.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Relays wait for the disk at each step: a disk in memory is as true for a play, and twice as fast. */
function fastDisk(): string {
  const memory = '/dev/shm'
  return existsSync(memory) ? memory : tmpdir()
}

/** The public address of a relay. */
export const relayUrl = (provider: number): string => `http://relay-${provider}.example`

function someone(networkId: Uint8Array): Someone {
  const idTag = random(32)
  return { keys: Keys.fromEntropy(random(16), networkId), idTag, tag: toHex(idTag) }
}

const relayAddress = (keys: Keys.Keys): string => toHex(Keys.relayKey(keys, 0).address)

async function deploy(anvil: RawAnvil, rpc: Rpc, founders: readonly Someone[]): Promise<Network> {
  await anvil.call('evm_setAutomine', [true])
  const network = await deployNetwork({
    ...{ rpc, funderKey, networkId: (founders[0] as Someone).keys.networkId },
    founders: founders.map(({ keys, idTag }) => ({
      idTag,
      identity: keys.identity.address,
      spendKey: keys.spend.publicKey,
      viewKey: keys.view.publicKey,
    })),
    ...{ name: 'Town', engine: 'embedded', confirmations: 0, doors: [] },
  })
  await anvil.call('evm_setAutomine', [false])
  return network
}

async function introduce(
  anvil: RawAnvil,
  network: Network,
  providers: readonly Someone[],
): Promise<void> {
  const zeros = toHex(new Uint8Array(32))
  for (const [i, { keys, idTag }] of providers.entries()) {
    const owner = { idTag, identity: keys.identity }
    const profile = { name: `Provider ${i}`, url: relayUrl(i), sequence: 1 }
    const hashes = { pin: zeros, pinNext: zeros, catalogueHash: zeros }
    const anchorKey = toHex(Keys.anchorKey(keys).address)
    await call(anvil, profileCall(network, owner, { ...profile, ...hashes, anchorKey }))
    const account = Keys.relayKey(keys, 0)
    await call(anvil, relayCall(network, owner, { account, sequence: 1 }))
    await anvil.call('anvil_setBalance', [toHex(account.address), wealth])
  }
  await anvil.call('evm_mine')
}

function bindTo(
  network: Network,
  { idTag, keys }: Someone,
  { by, deadline }: { by: Someone; deadline: number },
): Call {
  const institution = { idTag: by.idTag, identity: by.keys.identity }
  return bindCall(network, { idTag, keys, institution, assurance: 2, deadline })
}

async function call(anvil: RawAnvil, { to, data }: Call): Promise<void> {
  const [from] = await anvil.call<Hex[]>('eth_accounts')
  await anvil.call('eth_sendTransaction', [{ from, to, data, gas: '0xf4240' }])
}

async function mineAt(anvil: RawAnvil, chain: Chain, time: number): Promise<number> {
  await anvil.call('evm_setNextBlockTimestamp', [time])
  await anvil.call('evm_mine')
  const number = Number(await anvil.call<Hex>('eth_blockNumber'))
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (chain.view().head.number < number) return
      stop()
      resolve()
    }
    const stop = chain.subscribe(look)
    look()
  })
  return number
}

type Relays = {
  readonly fetch: typeof globalThis.fetch
  post(): Promise<void>
  /** Resolves when no relay has anything under way. */
  rest(): Promise<void>
  close(): Promise<void>
}

type Ground = Pick<Town, 'providers' | 'network' | 'chain' | 'clock'> & {
  readonly rpc: Rpc
  readonly folder: string
  /** Counts posts to each relay. */
  readonly posts: number[]
}

async function openRelays(options: TownOptions, ground: Ground): Promise<Relays> {
  const { providers, network, chain, rpc, clock, folder, posts } = ground
  const due: (() => void)[] = []
  const relays: Relay[] = []
  const databases = providers.map((_, i) => openNodeDatabase(join(folder, `relay-${i}.sqlite`)))
  for (const [i, { keys }] of providers.entries())
    relays.push(
      await openRelay({
        participant: { keys, network, chain },
        account: Keys.relayKey(keys, 0),
        rpc,
        database: databases[i] as (typeof databases)[number],
        rhythm: { periodSeconds: options.periodSeconds, size: options.batchSize },
        audience: new URL(relayUrl(i)).host,
        clock: () => clock.now,
        every: (seconds, callback) => {
          if (seconds >= options.periodSeconds) due.push(callback)
          return () => undefined
        },
      }),
    )
  const rest = async (): Promise<void> => {
    await Promise.all(relays.map((relay) => relay.turn()))
  }
  return {
    rest,
    fetch: fetchFrom(relays, posts),
    async post() {
      for (const callback of due) callback()
      await rest()
      for (const relay of relays) if (relay.status().problem) throw relay.status().problem
    },
    async close() {
      for (const relay of relays) await relay.close()
      for (const database of databases) database.close()
    },
  }
}

/** Hands requests to the relays without a network in between. */
function fetchFrom(relays: readonly Relay[], posts: number[]): typeof globalThis.fetch {
  return async (input, init) => {
    const url = new URL(String(input))
    const number = Number(/^relay-(\d+)\.example$/.exec(url.host)?.[1])
    const method = init?.method ?? 'GET'
    if (method === 'POST') posts[number] = (posts[number] ?? 0) + 1
    const answer = await (relays[number] as Relay).handle({
      method,
      path: url.pathname,
      headers: { 'content-type': 'application/json' },
      body: new TextEncoder().encode(String(init?.body ?? '')),
      remoteAddress: '198.51.100.7',
    })
    return new Response(new Uint8Array(answer.body), { status: answer.status })
  }
}
