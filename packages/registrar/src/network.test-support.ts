import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Chain,
  createSender,
  followChain,
  type Rpc,
  type Sender,
  waitForReceipt,
} from '@medrec/client'
import { createDoor, deployNetwork, startEmbedded } from '@medrec/client/node'
import { registrarAbi } from '@medrec/contracts'
import {
  type Account,
  compactOf,
  type Domain,
  fromHex,
  type Hex,
  Keys,
  ledgerDomain,
  type Network,
  type Party,
  random,
  registrarDomain,
  signStatement,
  statementHash,
  toHex,
} from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import { encodeFunctionData } from 'viem'
import { inHex } from '../../protocol/src/inHex.test-support.ts'
import { roleNumbers } from './registrarCalls.ts'

/** Somebody registered. */
export type Person = { readonly keys: Keys.Keys; readonly party: Party }

/** A real network on a real engine: one institution, with its relay account certified and funded. */
export type TestNetwork = {
  readonly network: Network
  readonly domain: Domain
  readonly url: string
  readonly rpc: Rpc
  readonly chain: Chain
  readonly institution: Person
  readonly relayAccount: Account
  readonly funder: Sender
  /** Registers a person at the institution. */
  register(): Promise<Person>
  /** Sends a call to the registrar and waits until the view shows it. */
  call(functionName: string, args: readonly unknown[]): Promise<void>
  /** Resolves when the view is as asked. */
  until(condition: () => boolean): Promise<void>
  stop(): Promise<void>
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'medrec-test-'))
}

export function temporaryDatabase(): NodeDatabase {
  return openNodeDatabase(join(temporaryDirectory(), 'node.sqlite'))
}

export function newPerson(networkId: Uint8Array): Person {
  const keys = Keys.fromEntropy(random(16), networkId)
  return {
    keys,
    party: {
      idTag: random(32),
      identity: keys.identity.address,
      version: 1,
      spendKey: keys.spend.publicKey,
      viewKey: keys.view.publicKey,
    },
  }
}

export async function foundNetwork(): Promise<TestNetwork> {
  const engine = await startEmbedded({
    journalPath: join(temporaryDirectory(), 'chain.sqlite'),
    minimumBlockMs: 20,
  })
  const door = createDoor({ upstream: engine.rpc, allowSend: true, origins: [] })
  const url = await door.listen(0)
  const networkId = random(32)
  const institution = newPerson(networkId)
  const { rpc } = engine
  const funderKey = fromHex(engine.facts.funderKey)
  const network = await deployNetwork({
    ...{ rpc, funderKey, networkId, name: 'Test', engine: 'embedded', confirmations: 0 },
    founders: [institution.party],
    doors: [url],
  })
  const chain = await followChain({ doors: [url], network, store: openMemoryStore() })
  await chain.synced()
  const funder = createSender({ rpc: () => rpc, privateKey: funderKey })
  const relayAccount = Keys.relayKey(institution.keys, 0)
  const until = (condition: () => boolean): Promise<void> => untilView(chain, condition)
  const call = async (functionName: string, args: readonly unknown[]): Promise<void> => {
    const data = encodeFunctionData({ abi: registrarAbi, functionName, args } as never)
    const hash = await funder.submit({ to: network.registrar, data })
    const { blockNumber } = await waitForReceipt(rpc, hash)
    await until(() => chain.view().head.number >= Number(blockNumber))
  }
  const test: TestNetwork = {
    ...{ network, domain: ledgerDomain(network), url, rpc, chain, institution, relayAccount },
    ...{ funder, call, until },
    register: () => register(test),
    async stop() {
      await chain.stop()
      await door.close()
      await engine.stop()
    },
  }
  await allowRelay(test)
  await fund(test, relayAccount.address, 10n ** 18n)
  return test
}

export async function fund(test: TestNetwork, to: Uint8Array, value: bigint): Promise<void> {
  await waitForReceipt(test.rpc, await test.funder.submit({ to: toHex(to), value }))
}

async function allowRelay(test: TestNetwork): Promise<void> {
  const { institution, relayAccount, network } = test
  const statement = {
    institution: institution.party.idTag,
    account: relayAccount.address,
    allowed: true,
    sequence: 1,
  }
  const signed = (by: Account): { r: Hex; vs: Hex } =>
    compactOf(signStatement(by, registrarDomain(network), 'Relay', statement))
  const { idTag } = institution.party
  await test.call('setRelay', [
    toHex(idTag),
    toHex(relayAccount.address),
    true,
    1,
    signed(institution.keys.identity),
    signed(relayAccount),
  ])
}

/** Publishes where an institution of the network is found. */
export async function publish(
  test: TestNetwork,
  { keys, party }: Person,
  { name, url, sequence = 1 }: { name: string; url: string; sequence?: number },
): Promise<void> {
  const zeros = new Uint8Array(32)
  const profile = {
    ...{ name, url, pin: zeros, pinNext: zeros, catalogueHash: zeros, sequence },
    anchorKey: Keys.anchorKey(keys).address,
  }
  const statement = { idTag: party.idTag, ...profile }
  const domain = registrarDomain(test.network)
  const signature = signStatement(keys.identity, domain, 'Profile', statement)
  await test.call('setProfile', [toHex(party.idTag), inHex(profile), compactOf(signature)])
}

/** Registers, certifies and publishes a registrar whose service is at `url`. */
export async function certifyRegistrar(test: TestNetwork, url: string): Promise<Person> {
  const registrar = await test.register()
  const { keys, party } = test.institution
  const vote = {
    idTag: registrar.party.idTag,
    institution: party.idTag,
    role: roleNumbers.registrar,
    certified: true,
    round: 0,
    deadline: Math.floor(Date.now() / 1000) + 3_600,
  }
  const signature = signStatement(keys.identity, registrarDomain(test.network), 'Vote', vote)
  await test.call('vote', [
    ...[toHex(vote.idTag), vote.role, true, toHex(vote.institution), vote.deadline],
    compactOf(signature),
  ])
  await publish(test, registrar, { name: 'Registrar', url })
  return registrar
}

async function register(test: TestNetwork): Promise<Person> {
  const { institution, network } = test
  const domain = registrarDomain(network)
  const person = newPerson(fromHex(network.networkId))
  const registration = {
    idTag: person.party.idTag,
    identity: person.party.identity,
    spendX: person.party.spendKey.slice(0, 32),
    spendY: person.party.spendKey.slice(32),
    viewKey: person.party.viewKey,
    version: 1,
  }
  const deadline = Math.floor(Date.now() / 1000) + 3_600
  const bind = signStatement(institution.keys.identity, domain, 'Bind', {
    registration: statementHash('Registration', registration),
    assurance: 2,
    institution: institution.party.idTag,
    deadline,
  })
  await test.call('bind', [
    inHex(registration),
    compactOf(signStatement(person.keys.identity, domain, 'Registration', registration)),
    compactOf(signStatement(person.keys.spend, domain, 'Registration', registration)),
    2,
    toHex(institution.party.idTag),
    deadline,
    compactOf(bind),
  ])
  return person
}

function untilView(chain: Chain, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (condition()) {
      resolve()
      return
    }
    const stop = chain.subscribe(() => {
      if (!condition()) return
      stop()
      resolve()
    })
  })
}
