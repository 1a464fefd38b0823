import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChainState, createSender, type Sender, waitForReceipt } from '@medrec/client'
import { ledgerAbi, registrarAbi } from '@medrec/contracts'
import {
  type Account,
  accountOf,
  type CompactSignature,
  compactOf,
  encodeRecord,
  fromHex,
  type Hex,
  indexPointer,
  Keys,
  ledgerDomain,
  mapKey,
  type Operation,
  random,
  registrarDomain,
  relationshipId,
  resultTree,
  signStatement,
  type Terms,
  termsHash,
  toHex,
} from '@medrec/protocol'
import {
  type NodeDatabase,
  openNodeDatabase,
  PointerTables,
  providerSteps,
} from '@medrec/records/node'
import { decodeFunctionResult, encodeFunctionData } from 'viem'
import { readBlock, readHeader } from '../../client/src/follow/blocks.ts'
import { startNetwork, type TestNetwork } from '../../library/src/network.test-support.ts'
import type { Someone } from '../../library/src/someone.test-support.ts'
import type { Definition } from './catalogue.ts'
import {
  PointerMap,
  type PointerRow,
  type RelationshipRow,
  type Snapshot,
} from './map/PointerMap.ts'
import { Seen } from './query/Seen.ts'

/** First of the accounts that every anvil knows; here the clinic's relay, which the hospital cannot lose. */
const relayKey = fromHex('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const institutionRole = 1

/** Three fields in the first version of the catalogue, four in the second. */
export const fieldNames = ['a', 'b', 'c', 'd'] as const
export const schema = 9
export const fieldsKnown: Readonly<Record<number, number>> = { 1: 3, 2: 4 }

/** One relationship with all keys that act in it. */
export type Case = {
  readonly row: RelationshipRow
  readonly id: Uint8Array
  readonly terms: Terms
  readonly steward: Account
  readonly subject: Account
  readonly consent: Account
  readonly pointers: readonly PointerRow[]
}

/** A chain with the real contracts, and the gatekeeper's own state beside it. */
export class BothWorlds {
  readonly net: TestNetwork
  readonly people: readonly Someone[]
  readonly state: ChainState
  readonly database: NodeDatabase
  readonly map: PointerMap
  readonly definitions: ReadonlyMap<string, Definition>
  readonly #folder: string
  readonly #sender: Sender
  seen: Seen
  snapshot: Snapshot | undefined
  /** The gatekeeper's clock, unix seconds. */
  now = 0
  #root: Uint8Array = new Uint8Array(32)
  #counter = 0

  constructor(net: TestNetwork, people: readonly Someone[]) {
    this.net = net
    this.people = people
    this.#sender = createSender({ rpc: () => net.rpc, privateKey: relayKey })
    this.state = new ChainState(net.network, () => this.now)
    this.#folder = mkdtempSync(join(tmpdir(), 'medrec-both-'))
    this.database = openNodeDatabase(join(this.#folder, 'node.db'))
    this.database.migrate('provider', providerSteps)
    this.definitions = new Map(
      [5, 6].flatMap((category) => [1, 2].map((version) => definitionAt(category, version))),
    )
    for (const { digest, catalogue } of this.definitions.values())
      PointerTables.keepDefinition(this.database, { digest, catalogue, json: '{}' })
    this.seen = new Seen(this.database)
    this.map = new PointerMap({
      database: this.database,
      domain: ledgerDomain(net.network),
      anchorAccount: Keys.anchorKey(net.hospital.keys),
      delay: 300,
      clock: () => this.now,
      logHead: () => ({ head: new Uint8Array(32), length: 0 }),
    })
  }

  async close(): Promise<void> {
    this.database.close()
    rmSync(this.#folder, { recursive: true })
    await this.net.close()
  }

  /** A fresh relationship with two pointers; the second one's data changed for no recorded reason, if wanted. */
  open(policy: 0 | 1, isUnexplained: boolean): Case {
    const [steward, subject, consent] = [freshAccount(), freshAccount(), freshAccount()]
    const terms: Terms = {
      stewardTag: this.net.hospital.idTag,
      subjectTag: (this.people[0] as Someone).idTag,
      stewardVersion: 1,
      subjectVersion: 1,
      salt: random(32),
      policy,
      consent: policy === 1 ? consent.address : new Uint8Array(20),
    }
    const id = relationshipId(steward.address, subject.address, termsHash(terms))
    const row: RelationshipRow = {
      ...terms,
      id,
      localPatient: 'P1',
      nonce: random(16),
      stewardController: steward.address,
      subjectController: subject.address,
      indexKey: mapKey(terms.salt, id, indexPointer),
      restored: false,
      proposed: true,
      createdAt: this.now,
    }
    this.map.addRelationship(row)
    const pointers = [5, 6].map((category) => this.#pointer(row, category))
    this.map.addPointers(
      toHex(id),
      pointers.map((pointer, at) => ({
        pointer,
        version: {
          tree: treeOf(pointer),
          rows: 1,
          origin: at === 1 && isUnexplained ? (3 as const) : (1 as const),
          reason: null,
          staff: null,
        },
      })),
    )
    return { row, id, terms, steward, subject, consent, pointers }
  }

  /** Commits the map as it is now. */
  async anchor(): Promise<void> {
    const snapshot = this.map.takeSnapshot(this.#counter + 1)
    const operation: Operation = {
      kind: 'anchor',
      stewardTag: this.net.hospital.idTag,
      previousRoot: this.#root,
      root: snapshot.map.root,
      logRoot: random(32),
      counter: this.#counter + 1,
      query: new Uint8Array(32),
      epoch: 0,
      deadline: this.deadline(),
    }
    await this.send([this.signed(operation, Keys.anchorKey(this.net.hospital.keys))], 1)
    this.#root = snapshot.map.root
    this.#counter++
    this.snapshot = snapshot
  }

  signed(operation: Operation, by: Account): Uint8Array {
    return encodeRecord(operation, by, ledgerDomain(this.net.network))
  }

  deadline(): number {
    return this.state.head.time + 3_600
  }

  /** Sends records in one transaction, in a block of some seconds later; who refuses them is the contract's affair. */
  async send(records: readonly Uint8Array[], seconds: number): Promise<void> {
    const data = toHex(Uint8Array.from(records.flatMap((record) => [...record])))
    await this.#mine({ to: this.net.network.ledger, data }, seconds)
  }

  /** The institutions take the hospital's certificate, or give it back. */
  async certify(certified: boolean): Promise<void> {
    const { hospital, clinic, network } = this.net
    if (this.state.view().hasRole(hospital.tag, 'institution') === certified) return
    for (const by of certified ? [clinic] : [clinic, hospital]) {
      const round = Number(await this.#ask('roundOf', [hospital.tag, institutionRole]))
      const deadline = this.deadline()
      const vote = { role: institutionRole, certified, institution: by.idTag, round, deadline }
      const signature = signStatement(by.keys.identity, registrarDomain(network), 'Vote', {
        ...vote,
        idTag: hospital.idTag,
      })
      const data = encodeFunctionData({
        abi: registrarAbi,
        functionName: 'vote',
        args: [hospital.tag, institutionRole, certified, by.tag, deadline, compactOf(signature)],
      })
      await this.#mine({ to: network.registrar, data }, 1)
    }
  }

  /** What `canRead` says at the head, at that time. */
  async canRead(ask: unknown, time: number): Promise<number> {
    const data = encodeFunctionData({
      abi: ledgerAbi,
      functionName: 'canRead',
      args: [ask as never],
    })
    const result = await this.net.rpc.request<Hex>('eth_call', [
      { to: this.net.network.ledger, data },
      'latest',
      {},
      { time: `0x${time.toString(16)}` },
    ])
    return decodeFunctionResult({ abi: ledgerAbi, functionName: 'canRead', data: result })
  }

  /** Folds what is on the chain already, and lets the clinic's relay be ours. */
  async begin(): Promise<void> {
    const { rpc, network, clinic } = this.net
    const newest = await readHeader(rpc, 'latest')
    for (let number = network.startBlock; number <= (newest?.number ?? 0); number++)
      await this.#fold(number)
    const value = { institution: clinic.idTag, allowed: true, sequence: 99 }
    const relay = { ...value, account: fromHex(this.#sender.address) }
    const [ours, itsOwn] = [clinic.keys.identity, accountOf(relayKey)].map((by) =>
      compactOf(signStatement(by, registrarDomain(network), 'Relay', relay)),
    ) as [CompactSignature, CompactSignature]
    const data = encodeFunctionData({
      abi: registrarAbi,
      functionName: 'setRelay',
      args: [clinic.tag, this.#sender.address, true, 99, ours, itsOwn],
    })
    await this.#mine({ to: network.registrar, data }, 1)
  }

  async #ask(functionName: 'roundOf', args: readonly [Hex, number]): Promise<number> {
    const data = encodeFunctionData({ abi: registrarAbi, functionName, args })
    const call = [{ to: this.net.network.registrar, data }, 'latest']
    const result = await this.net.rpc.request<Hex>('eth_call', call)
    return decodeFunctionResult({ abi: registrarAbi, functionName, data: result })
  }

  async #mine(transaction: { to: Hex; data: Hex }, seconds: number): Promise<void> {
    const time = this.state.head.time + Math.max(1, seconds)
    await this.net.rpc.request('evm_setNextBlockTimestamp', [time])
    const hash = await this.#sender.submit({ ...transaction, gas: 5_000_000n })
    const receipt = await waitForReceipt(this.net.rpc, hash)
    if (receipt.status !== '0x1') throw new Error('a transaction failed')
    await this.#fold(Number(receipt.blockNumber))
    this.now = this.state.head.time
  }

  async #fold(number: number): Promise<void> {
    const header = await readHeader(this.net.rpc, number)
    if (!header) throw new Error('no such block')
    this.state.apply(await readBlock(this.net.rpc, this.net.network, header))
  }

  #pointer(row: RelationshipRow, category: number): PointerRow {
    const id = random(16)
    const [digest] = definitionAt(category, 2)
    return {
      id,
      relationship: row.id,
      resource: `category ${category}`,
      category,
      schema,
      catalogue: 2,
      definition: digest,
      key: mapKey(row.salt, row.id, id),
      secret: random(32),
      query: 'rows',
      querySalt: random(16),
      queryHash: random(32),
    }
  }
}

/** Starts the chain and registers a patient and two viewers. */
export async function openWorlds(): Promise<BothWorlds> {
  const net = await startNetwork({ confirmations: 2 })
  const people = [await net.register(), await net.register(), await net.register()]
  const worlds = new BothWorlds(net, people)
  await worlds.begin()
  return worlds
}

export function freshAccount(): Account {
  return accountOf(random(32))
}

function definitionAt(category: number, catalogue: number): readonly [string, Definition] {
  const digest = `${category}.${catalogue}`
  const fields = fieldNames
    .slice(0, fieldsKnown[catalogue])
    .map((name, bit) => ({ bit, name, type: 'text' as const, label: name }))
  const source = { query: 'SELECT 1', ownerColumn: 'owner', recordKey: ['a'] }
  const names = { resource: `category ${category}`, label: 'Rows' }
  return [digest, { digest, catalogue, category, schema, fields, ...source, ...names }]
}

function treeOf(pointer: PointerRow): ReturnType<typeof resultTree> {
  const { id, category, catalogue, secret } = pointer
  const [, { fields }] = definitionAt(category, catalogue)
  return resultTree({
    header: {
      pointer: id,
      version: 1,
      category,
      schema,
      catalogue,
      labels: new Uint8Array(32),
      rows: 1,
      fields: fields.length,
      change: { origin: 1, reason: null },
    },
    fields,
    rows: [fields.map(({ name }) => name)],
    pointerSecret: secret,
  })
}
