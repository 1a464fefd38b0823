import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Chain, connectRpc, followChain, type Rpc, waitForReceipt } from '@medrec/client'
import { deployNetwork } from '@medrec/client/node'
import { ledgerAbi, registrarAbi } from '@medrec/contracts'
import {
  type Account,
  digest,
  fromHex,
  type Hex,
  Keys,
  type Network,
  random,
  registrarDomain,
  sign,
  signStatement,
  statementHash,
  toHex,
} from '@medrec/protocol'
import { openMemoryStore, type Store } from '@medrec/records'
import { decodeEventLog, encodeFunctionData } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { vi } from 'vitest'
import type { Carrier } from './carriers.ts'
import { openParticipant, type Participant, type ParticipantOptions } from './Participant.ts'

// Two cores are shared with whatever else runs; nothing here waits for a time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

/** First of the accounts that every anvil knows. */
const funderKey = fromHex('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')

/** Somebody with keys and an idTag. */
export type Someone = { readonly keys: Keys.Keys; readonly idTag: Uint8Array; readonly tag: Hex }

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

/** Starts anvil, deploys, certifies two institutions with one relay. */
export async function startNetwork(options: { confirmations?: number } = {}): Promise<TestNetwork> {
  const { child, url } = await startAnvil()
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
  const registrar = registrarOf(rpc, network, funder)
  const relayAccount = Keys.relayKey(hospital.keys, 0)
  await funder({ to: toHex(relayAccount.address), value: 10n ** 20n })
  await registrar.setRelay(hospital, relayAccount)
  for (const institution of [hospital, clinic])
    await registrar.setProfile(institution, 'http://127.0.0.1:9')
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
    open: async (who, more = {}) => {
      const participant = await open(network, rpc, who, { carriers: () => [relay], ...more })
      opened.push(participant.stop)
      return participant
    },
    close: async () => {
      for (const stop of opened) await stop()
      await rpc.close()
      child.kill('SIGKILL')
    },
  }
}

/** Resolves when the summary (and what hangs on it) satisfies a condition. */
export function until(participant: Participant, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let stops: (() => void)[] = []
    const look = (): void => {
      if (!isSo()) return
      for (const stop of stops) stop()
      resolve()
    }
    stops = [participant.subscribe(look), participant.outbox.subscribe(look)]
    look()
  })
}

/** Fresh keys and a random idTag. */
export function someone(networkId: Uint8Array): Someone {
  const idTag = random(32)
  return { keys: Keys.fromEntropy(Keys.newEntropy(), networkId), idTag, tag: toHex(idTag) }
}

async function open(
  network: Network,
  rpc: Rpc,
  who: Someone,
  more: Partial<ParticipantOptions>,
): Promise<Opened> {
  const chain: Chain =
    more.chain ?? (await followChain({ doors: [rpc], network, store: await freshStore() }))
  await chain.synced()
  const participant = await openParticipant({
    keys: who.keys,
    chain,
    store: await freshStore(),
    clock: () => Date.now() / 1000,
    retry: { first: 0.2, longest: 1 },
    ...more,
  })
  return {
    ...participant,
    stop: async () => {
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

type Sender = (transaction: { to: Hex; data?: Hex; value?: bigint }) => Promise<Hex>

/** Sends one transaction after the other at a fixed price. */
function senderOf(rpc: Rpc, privateKey: Uint8Array): Sender {
  const account = privateKeyToAccount(toHex(privateKey))
  let last: Promise<unknown> = Promise.resolve()
  const send: Sender = async (transaction) => {
    const nonce = await rpc.request<Hex>('eth_getTransactionCount', [account.address, 'pending'])
    const raw = await account.signTransaction({
      type: 'legacy',
      chainId: Number(await rpc.request<Hex>('eth_chainId')),
      nonce: Number(nonce),
      gasPrice: 2_000_000_000n,
      gas: 5_000_000n,
      ...transaction,
    })
    return rpc.request<Hex>('eth_sendRawTransaction', [raw])
  }
  return (transaction) => {
    const sent = last.then(() => send(transaction))
    last = sent.catch(() => undefined)
    return sent
  }
}

type Registrar = {
  bind(person: Someone, by: Someone): Promise<void>
  setRelay(by: Someone, account: Account): Promise<void>
  setProfile(by: Someone, url: string): Promise<void>
}

function registrarOf(rpc: Rpc, network: Network, funder: Sender): Registrar {
  const domain = registrarDomain(network)
  let sequence = 0
  const call = async (functionName: never, args: never): Promise<void> => {
    const data = encodeFunctionData({ abi: registrarAbi, functionName, args })
    await waitForReceipt(rpc, await funder({ to: network.registrar, data }))
  }
  const pair = (signature: Uint8Array): { r: Hex; vs: Hex } => ({
    r: toHex(signature.slice(0, 32)),
    vs: toHex(signature.slice(32)),
  })
  return {
    async bind({ keys, idTag }, by) {
      const registration = {
        idTag,
        identity: keys.identity.address,
        spendX: keys.spend.publicKey.slice(0, 32),
        spendY: keys.spend.publicKey.slice(32),
        viewKey: keys.view.publicKey,
        version: 1,
      }
      const hash = statementHash('Registration', registration)
      const deadline = Math.floor(Date.now() / 1000) + 3_600
      const consent = { registration: hash, assurance: 3, institution: by.idTag, deadline }
      await call(
        'bind' as never,
        [
          hexed(registration),
          pair(sign(digest(domain, hash), keys.identity)),
          pair(sign(digest(domain, hash), keys.spend)),
          3,
          by.tag,
          deadline,
          pair(signStatement(by.keys.identity, domain, 'Bind', consent)),
        ] as never,
      )
    },
    async setRelay(by, account) {
      const value = {
        institution: by.idTag,
        account: account.address,
        allowed: true,
        sequence: ++sequence,
      }
      const signatures = [by.keys.identity, account].map((one) =>
        pair(signStatement(one, domain, 'Relay', value)),
      )
      await call(
        'setRelay' as never,
        [by.tag, toHex(account.address), true, sequence, ...signatures] as never,
      )
    },
    async setProfile(by, url) {
      const profile = {
        name: 'Institution',
        url,
        pin: new Uint8Array(32),
        pinNext: new Uint8Array(32),
        catalogueHash: new Uint8Array(32),
        anchorKey: Keys.anchorKey(by.keys).address,
        sequence: ++sequence,
      }
      const value = { idTag: by.idTag, ...profile }
      const signature = pair(signStatement(by.keys.identity, domain, 'Profile', value))
      await call('setProfile' as never, [by.tag, hexed(profile), signature] as never)
    },
  }
}

function hexed(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      member instanceof Uint8Array ? toHex(member) : member,
    ]),
  )
}

async function startAnvil(): Promise<{ child: ChildProcess; url: string }> {
  const { resolve: resolvePackage } = createRequire(import.meta.url)
  const manifest = resolvePackage('@foundry-rs/anvil-linux-amd64/package.json')
  const program = join(manifest, '..', 'bin', 'anvil')
  const child = spawn(program, ['--port', '0', '--hardfork', 'london', '--accounts', '1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const port = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += String(chunk)
      const found = /Listening on 127\.0\.0\.1:(\d+)/.exec(said)
      if (found) resolve(found[1] as string)
    })
    child.once('exit', () => reject(new Error(said)))
  })
  return { child, url: `ws://127.0.0.1:${port}` }
}
