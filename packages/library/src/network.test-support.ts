import { type Chain, connectRpc, followChain, type Rpc, waitForReceipt } from '@medrec/client'
import { deployNetwork } from '@medrec/client/node'
import { ledgerAbi } from '@medrec/contracts'
import { type Account, type Hex, Keys, type Network, random, toHex } from '@medrec/protocol'
import { openMemoryStore, type Store } from '@medrec/records'
import { decodeEventLog } from 'viem'
import { startAnvil, type TestEngine } from './anvil.test-support.ts'
import type { Carrier } from './carriers.ts'
import { allSee, Everyone, heardLate, seenByAll } from './everyone.test-support.ts'
import { openParticipant, type Participant, type ParticipantOptions } from './Participant.ts'
import { registrarOf } from './registrar.test-support.ts'
import { senderOf } from './sender.test-support.ts'
import { type Someone, someone } from './someone.test-support.ts'

/** A real chain with real contracts, two institutions and whoever is registered. */
export type TestNetwork = {
  readonly rpc: Rpc
  readonly network: Network
  readonly hospital: Someone
  readonly clinic: Someone
  /** The relay of the first institution, driven by the test. */
  readonly relay: TestRelay
  register(by?: Someone): Promise<Someone>
  /** Binds keys that are there already. */
  bind(person: Someone): Promise<void>
  setUrl(institution: Someone, url: string): Promise<void>
  /** Both institutions vote somebody into a role, or out of it. */
  certify(person: Someone, role: number, certified: boolean): Promise<void>
  /** Puts a contract of these runtime bytes on the chain. */
  deploy(runtime: Hex): Promise<Hex>
  /** Calls a contract in a transaction. */
  call(to: Hex, data: Hex): Promise<void>
  open(someone: Someone, options?: Partial<ParticipantOptions>): Promise<Opened>
  close(): Promise<void>
}

export type Opened = Participant & { readonly stop: () => Promise<void> }

export type TestRelay = Carrier & {
  /** What happens to the next posts: forwarded, dropped without a word, sent twice, refused. */
  mode: 'forward' | 'drop' | 'twice' | 'refuse'
  readonly posted: Uint8Array[]
  /** Sends any bytes to the ledger from the relay's account. */
  send(data: Uint8Array): Promise<Hex>
}

/** Starts anvil (or takes the engine given), deploys, certifies two institutions with one relay. */
export async function startNetwork(
  options: { confirmations?: number; engine?: TestEngine } = {},
): Promise<TestNetwork> {
  const { url, funderKey, stop } = options.engine ?? (await startAnvil())
  const rpc = connectRpc(url)
  const networkId = random(32)
  const [hospital, clinic] = [someone(networkId), someone(networkId)]
  const network = await deployNetwork({
    rpc,
    funderKey,
    networkId,
    founders: [hospital, clinic].map(({ keys, idTag }) => ({
      idTag,
      identity: keys.identity.address,
      spendKey: keys.spend.publicKey,
      viewKey: keys.view.publicKey,
    })),
    name: 'test',
    engine: 'embedded',
    confirmations: options.confirmations ?? 0,
    doors: [url],
  })
  const funder = senderOf(rpc, funderKey)
  const everyone = new Everyone()
  const known = async (hash: Hex): Promise<Mined> => {
    const receipt = await mined(rpc, hash)
    await everyone.reach(() => Number(receipt.blockNumber))
    return receipt
  }
  const registrar = registrarOf(rpc, network, async (transaction) => {
    await known(await funder(transaction))
  })
  const relayAccount = Keys.relayKey(hospital.keys, 0)
  await funder({ to: toHex(relayAccount.address), value: 10n ** 20n })
  await registrar.setRelay(hospital, relayAccount)
  for (const one of [hospital, clinic]) await registrar.setProfile(one, 'http://127.0.0.1:9')
  const opened: (() => Promise<void>)[] = []
  const relay = testRelay(rpc, network, relayAccount)
  return {
    rpc,
    network,
    hospital,
    clinic,
    relay,
    register: async (by = hospital) => {
      const person = someone(networkId)
      await registrar.bind(person, by)
      return person
    },
    bind: (person) => registrar.bind(person, hospital),
    setUrl: (institution, address) => registrar.setProfile(institution, address),
    certify: async (person, role, certified) => {
      for (const by of [hospital, clinic]) await registrar.vote(by, person, { role, certified })
    },
    deploy: async (runtime) => {
      const size = (runtime.length / 2 - 1).toString(16).padStart(2, '0')
      const copy = `60${size}600c60003960${size}6000f3`
      const receipt = await known(await funder({ data: `0x${copy}${runtime.slice(2)}` }))
      return succeeded(receipt).contractAddress
    },
    call: async (to, data) => void succeeded(await known(await funder({ to, data }))),
    open: async (who, more = {}) => {
      const given = { carriers: () => [relay], ...more }
      const participant = await open({ network, rpc, everyone }, who, given)
      opened.push(participant.stop)
      return participant
    },
    close: async () => {
      for (const stop of opened) await stop()
      await rpc.close()
      await stop()
    },
  }
}

type Mined = { readonly contractAddress: Hex; readonly blockNumber: Hex; readonly status: Hex }

/** The receipt of a transaction once it is in a block: anvil answers before it has mined. */
async function mined(rpc: Rpc, hash: Hex): Promise<Mined> {
  await waitForReceipt(rpc, hash)
  return rpc.request<Mined>('eth_getTransactionReceipt', [hash])
}

function succeeded(receipt: Mined): Mined {
  if (receipt.status !== '0x1') throw new Error('reverted')
  return receipt
}

/** Resolves when the summary (and what hangs on it) satisfies a condition, and the others are as far. */
export async function until(participant: Participant, isSo: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    let stops: (() => void)[] = []
    const look = (): void => {
      if (!isSo()) return
      for (const stop of stops) stop()
      resolve()
    }
    stops = [participant.subscribe(look), participant.outbox.subscribe(look)]
    look()
  })
  await allSee(participant.chain)
}

async function open(
  { network, rpc, everyone }: { network: Network; rpc: Rpc; everyone: Everyone },
  who: Someone,
  more: Partial<ParticipantOptions>,
): Promise<Opened> {
  const { clock = () => Date.now() / 1000 } = more
  const store = await freshStore()
  const chain: Chain =
    more.chain ??
    (await followChain({ doors: [heardLate(rpc)], network, store, clock: () => clock() * 1000 }))
  await chain.synced()
  const participant = await openParticipant({
    keys: who.keys,
    chain,
    store: await freshStore(),
    clock,
    retry: { first: 0.2, longest: 1 },
    ...more,
  })
  if (!more.chain) everyone.join(chain)
  return {
    ...participant,
    outbox: seenByAll(participant.outbox, chain),
    stop: async () => {
      if (!more.chain) everyone.leave(chain)
      await participant.close()
      if (!more.chain) await chain.stop()
    },
  }
}

async function freshStore(): Promise<Store> {
  return openMemoryStore()
}

function testRelay(rpc: Rpc, network: Network, account: Account): TestRelay {
  const sender = senderOf(rpc, account.privateKey)
  const send = (data: Uint8Array): Promise<Hex> => sender({ to: network.ledger, data: toHex(data) })
  const relay: TestRelay = {
    name: 'test relay',
    mode: 'forward',
    posted: [],
    send,
    async post(records) {
      relay.posted.push(...records)
      if (relay.mode === 'refuse') throw new Error('refused')
      if (relay.mode === 'drop') return { id: '' }
      const [id] = await Promise.all(
        Array.from({ length: relay.mode === 'twice' ? 2 : 1 }, () => send(concatAll(records))),
      )
      return { id: id as Hex }
    },
    async state(id) {
      if (id === '') return { state: 'unknown' }
      const receipt = await rpc.request<{
        logs: { data: Hex; topics: [Hex, ...Hex[]] }[]
      } | null>('eth_getTransactionReceipt', [id])
      if (!receipt) return { state: 'unknown' }
      for (const log of receipt.logs) {
        const event = decodeEventLog({ abi: ledgerAbi, ...log })
        if (event.eventName === 'Rejected')
          return { state: 'rejected', reason: event.args.reason, transaction: id as Hex }
      }
      return { state: 'mined', transaction: id as Hex }
    },
  }
  return relay
}

function concatAll(records: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(records.flatMap((record) => [...record]))
}
