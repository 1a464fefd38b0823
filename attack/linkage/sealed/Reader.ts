import { ledgerAbi, registrarAbi } from '@medrec/contracts'
import { fromHex, type Hex, relationshipId, toBigInt, toHex } from '@medrec/protocol'
import { decodeEventLog, toEventSelector, toFunctionSelector } from 'viem'
import type { ParsedRecord } from '../../../packages/relay/src/records.ts'
import type { Block, Transaction } from '../Block.ts'
import type { Activity, Played, Sighting } from '../Sighting.ts'
import { type Uniformity, uniformity } from '../statistics.ts'
import { Checks } from './Checks.ts'
import { cutBatch } from './cutBatch.ts'
import type { Acted } from './play.ts'

/** Our record of a world, with what must hold of it whoever looks. */
export type SealedPlayed = Played & {
  readonly faults: Readonly<{ [name: string]: number }>
  readonly bytes: Readonly<{ [name: string]: Uniformity }>
  readonly relayChoice: Uniformity
  readonly tagsAt: ReadonlyMap<number, number>
  /** Unix seconds of the world's beginning. */
  readonly start: number
  readonly gas: number
  readonly batches: number
}

/** Reads the blocks of a town as a stranger, and puts what is true of them beside it for the one who scores. */
export function readSealed(
  acted: Acted,
  blocks: Iterable<Block>,
  options: { readonly batchSize: number; readonly periodSeconds: number },
): SealedPlayed {
  const { known, truths, persons, posts, start } = acted
  const isReal = (handle: string): boolean => truths.has(handle)
  const reader = new Reader({ ...known, batchSize: options.batchSize, isReal })
  for (const block of blocks) reader.read(block)
  const { sightings, activity, checks, tagsAt, gas, batches } = reader
  return {
    record: { sightings, activity, period: options.periodSeconds },
    ...{ truths, persons, tagsAt, start, gas, batches },
    faults: checks.faults(),
    bytes: checks.bytes(),
    relayChoice: uniformity(posts),
  }
}

type Known = Acted['known'] & {
  /** Size of every batch. */
  readonly batchSize: number
  /** Whether a handle is no cover. Told only so that the adversary's memory is spared: it helps her. */
  readonly isReal: (handle: string) => boolean
}

const rejected = toEventSelector('Rejected(uint256,bytes4)')
/** A revocation goes to two relays; the ledger takes the first. */
const secondRevocation = 'GrantsRevoked'
const reasons: ReadonlyMap<string, string> = new Map(
  (ledgerAbi as readonly { type: string; name?: string; inputs?: readonly { type: string }[] }[])
    .filter(({ type }) => type === 'error')
    .map(({ name, inputs = [] }) => {
      const types = inputs.map(({ type }) => type).join(',')
      return [toFunctionSelector(`${name}(${types})`), String(name)]
    }),
)

/** Reads our chain as a stranger does: calldata, senders, times, gas and events of each block. */
class Reader {
  readonly sightings: Sighting[] = []
  readonly activity: { [sign: string]: Activity[] } = {
    'who relayed it': [],
    'gas unlike an idle batch': [],
    'map roots that changed': [],
    'log roots that changed': [],
  }
  /** Update tags of each block, cover and real: what an acknowledgement may answer. */
  readonly tagsAt = new Map<number, number>()
  readonly checks: Checks
  /** Of all batches together. */
  gas = 0
  batches = 0
  readonly #known: Known
  readonly #roots = new Map<string, { root: string; logRoot: string }>()
  #idleGas = Number.POSITIVE_INFINITY

  constructor(known: Known) {
    this.#known = known
    this.checks = new Checks(known.batchSize)
  }

  read(block: Block): void {
    for (const transaction of block.transactions) {
      if (transaction.to === this.#known.network.registrar) this.#readRegistrar(block, transaction)
      if (transaction.to === this.#known.network.ledger) this.#readBatch(block, transaction)
    }
  }

  #readRegistrar({ time }: Block, { hash, logs }: Transaction): void {
    for (const log of logs) {
      const event = decodeEventLog({ abi: registrarAbi, ...log } as never) as unknown as {
        eventName: string
        args: { idTag: Hex; institution: Hex; identity: Hex }
      }
      if (event.eventName !== 'Bound') continue
      const { idTag, institution, identity } = event.args
      const provider = this.#known.institutions.get(institution)
      this.checks.address('identity', identity.toLowerCase())
      this.sightings.push({
        ...{ handle: `person:${idTag}`, kind: 'registered', at: time, transaction: hash },
        ...{ sender: provider, person: idTag, ...(provider !== undefined && { provider }) },
      })
    }
  }

  #readBatch({ time }: Block, transaction: Transaction): void {
    this.batches += 1
    this.gas += transaction.gasUsed
    const sender = this.#known.relayOf.get(transaction.from)
    const records = cutBatch(fromHex(transaction.input))
    const isQuiet = records.every(({ kind }) => ['notes', 'tags', 'anchor'].includes(kind))
    const anchors = records.filter(({ kind }) => kind === 'anchor').length
    if (sender !== undefined && !isQuiet) this.#act('who relayed it', sender, time)
    this.#compareGas({ time, anchors, sender }, transaction.gasUsed)
    this.checks.batch(transaction, records)
    for (const { topics, data } of transaction.logs)
      if (topics[0] === rejected && reasonOf(data) !== secondRevocation)
        this.checks.count(`rejected: ${reasonOf(data)}`, true)
    for (const record of records) this.#readRecord(record, { at: time, transaction, sender })
  }

  /** Batches without anchors whose gas differs from the least that was seen hold something. */
  #compareGas(
    { time, anchors, sender }: { time: number; anchors: number; sender: number | undefined },
    gas: number,
  ): void {
    if (anchors > 0 || sender === undefined) return
    this.#idleGas = Math.min(this.#idleGas, gas)
    if (gas > this.#idleGas * 1.02) this.#act('gas unlike an idle batch', sender, time)
  }

  #act(sign: string, provider: number, at: number): void {
    this.activity[sign]?.push({ provider, at })
  }

  #readRecord(record: ParsedRecord, where: Where): void {
    const { kind, payload } = record
    switch (kind) {
      case 'propose':
      case 'accept':
      case 'end':
      case 'stopAll':
        this.#readRelationship(record, where)
        return
      case 'grant':
      case 'revoke':
        this.#readGrant(record, where)
        return
      case 'anchor':
        this.#readAnchor(payload, where)
        return
      case 'notes':
        this.#readNotes(record.notes, where)
        return
      case 'tags':
        this.#readTags(record.bytes, where)
        return
      default:
        throw new Error(`a record of kind ${kind} in a town without bounties`)
    }
  }

  #readRelationship({ kind, payload, notes, deadline }: ParsedRecord, where: Where): void {
    const [steward, subject] = [payload.slice(0, 20), payload.slice(20, 40)]
    const relationship = toHex(relationshipId(steward, subject, payload.slice(40, 72)))
    if (kind === 'propose') {
      this.checks.address('controller', toHex(steward))
      this.checks.address('controller', toHex(subject))
      this.checks.once('relationship proposed', relationship)
    }
    const tied = { relationship, ...(deadline !== undefined && { deadline }) }
    const sightingKind = kind === 'propose' ? 'proposed' : 'answered'
    this.#see({ handle: `slot:${relationship}`, kind: sightingKind, ...tied }, where)
    this.#checkNotes(notes, true)
  }

  #readGrant({ kind, payload, notes, deadline }: ParsedRecord, where: Where): void {
    const key = toHex(payload.slice(0, 20))
    const relationship = `grant:${key}`
    const expiry = kind === 'grant' ? Number(toBigInt(payload.slice(20, 24))) : undefined
    if (kind === 'grant') {
      this.checks.once('grant made', key)
      this.checks.address('grant', key)
    }
    const tied = {
      relationship,
      ...(expiry !== undefined && { expiry }),
      ...(deadline !== undefined && { deadline }),
    }
    const sightingKind = kind === 'grant' ? 'granted' : 'revoked'
    this.#see({ handle: relationship, kind: sightingKind, ...tied }, where)
    this.#checkNotes(notes, true)
  }

  #readAnchor(payload: Uint8Array, { at }: Where): void {
    const [tag, root, logRoot] = [0, 32, 64].map((from) => toHex(payload.slice(from, from + 32)))
    const provider = this.#known.institutions.get(tag as string)
    if (provider === undefined) throw new Error('an anchor of nobody')
    const before = this.#roots.get(tag as string)
    if (before && before.root !== root) this.#act('map roots that changed', provider, at)
    if (before && before.logRoot !== logRoot) this.#act('log roots that changed', provider, at)
    this.checks.count('anchors with the former root', before?.root === root)
    this.checks.count('anchors with the former log root', before?.logRoot === logRoot)
    this.#roots.set(tag as string, { root: root as string, logRoot: logRoot as string })
  }

  #readNotes(notes: Uint8Array, where: Where): void {
    for (let from = 0; from < notes.length; from += 400) {
      const tag = toHex(notes.slice(from, from + 16))
      const isReal = this.#see({ handle: `note:${tag}`, kind: 'note' }, where)
      this.#checkNotes(notes.slice(from, from + 400), isReal)
    }
  }

  /** A note that comes with an operation is a part of it, and nothing of its own. */
  #checkNotes(notes: Uint8Array, isReal: boolean): void {
    for (let from = 0; from < notes.length; from += 400) {
      const tag = toHex(notes.slice(from, from + 16))
      this.checks.note(tag, notes.slice(from + 16, from + 400), isReal)
    }
  }

  #readTags(bytes: Uint8Array, where: Where): void {
    for (let from = 3; from < bytes.length; from += 8) {
      const tag = toHex(bytes.slice(from, from + 8))
      const isReal = this.#see({ handle: `tag:${tag}`, kind: 'update' }, where)
      this.checks.tag(tag, bytes.slice(from, from + 8), isReal)
      this.tagsAt.set(where.at, (this.tagsAt.get(where.at) ?? 0) + 1)
    }
  }

  #see(what: Pick<Sighting, 'handle' | 'kind'> & Partial<Sighting>, where: Where): boolean {
    const isReal = this.#known.isReal(what.handle)
    const { at, sender, transaction } = where
    if (isReal) this.sightings.push({ ...what, at, sender, transaction: transaction.hash })
    return isReal
  }
}

/** Name of the ledger's error in a Rejected event. */
function reasonOf(data: Hex): string {
  const selector = `0x${data.slice(66, 74)}`
  return reasons.get(selector) ?? selector
}

type Where = {
  readonly at: number
  readonly transaction: Transaction
  readonly sender: number | undefined
}
