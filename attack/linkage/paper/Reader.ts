import { abi as registrarAbi } from '@medrec/contracts/PaperRegistrar'
import { abi as relationshipAbi } from '@medrec/contracts/PaperRelationship'
import { abi as summaryAbi } from '@medrec/contracts/PaperSummary'
import type { Hex } from '@medrec/protocol'
import { decodeEventLog } from 'viem'
import type { Block, Log, Transaction } from '../Block.ts'
import type { Activity, Sighting, SightingKind } from '../Sighting.ts'

const abi = [...registrarAbi, ...relationshipAbi, ...summaryAbi]

const kinds: Readonly<{ [event: string]: SightingKind }> = {
  PointerAdded: 'proposed',
  PointerUpdated: 'update',
  ViewerAllowed: 'granted',
  ViewerRevoked: 'revoked',
  Linked: 'note',
}

/** Reads the paper's contracts as a stranger does: who sends what to which contract is all there. */
export class PaperReader {
  readonly sightings: Sighting[] = []
  readonly activity: Activity[] = []
  readonly #providers: ReadonlyMap<string, number>
  /** Owner of each Summary Contract, and both sides of each relationship. */
  readonly #owners = new Map<string, string>()
  readonly #patients = new Map<string, string>()
  readonly #providerOf = new Map<string, number>()

  constructor(providers: ReadonlyMap<string, number>) {
    this.#providers = providers
  }

  read({ time, transactions }: Block): void {
    for (const transaction of transactions) this.#readOne(transaction, time)
  }

  #readOne(transaction: Transaction, at: number): void {
    const { hash, from, to, created, input, logs } = transaction
    const sender = this.#providers.get(from)
    if (sender !== undefined) this.activity.push({ provider: sender, at })
    if (created && sender !== undefined) {
      // The constructor's argument stands at the end of the code that was sent.
      this.#patients.set(created, `0x${input.slice(-40)}`)
      this.#providerOf.set(created, sender)
      this.#see({ handle: hash, kind: 'registered', at, relationship: created }, transaction)
    }
    const events = logs.map(decoded)
    for (const { eventName, args } of events)
      if (eventName === 'Registered')
        this.#owners.set(
          String(args['summary']).toLowerCase(),
          String(args['account']).toLowerCase(),
        )
    const [event] = events
    if (!event || !to || event.eventName === 'Registered') return
    const named = args(event, 'relationship')
    const relationship = named ?? to
    const isAnswer = event.eventName === 'StatusChanged' && this.#owners.get(to) === from
    const isMark = event.eventName === 'StatusChanged' && !isAnswer
    const kind = isAnswer ? 'acknowledged' : isMark ? 'note' : kinds[event.eventName]
    if (kind) this.#see({ handle: hash, kind, at, relationship }, transaction)
  }

  #see(
    what: Pick<Sighting, 'handle' | 'kind' | 'at'> & { relationship: Hex },
    { hash, from }: Transaction,
  ): void {
    const person = this.#patients.get(what.relationship)
    const provider = this.#providerOf.get(what.relationship)
    if (person === undefined || provider === undefined) throw new Error('a relationship of nobody')
    this.sightings.push({
      ...what,
      ...{ transaction: hash, sender: this.#providers.get(from), person, provider },
    })
  }
}

type Decoded = { readonly eventName: string; readonly args: Readonly<{ [name: string]: unknown }> }

function decoded(log: Log): Decoded {
  return decodeEventLog({ abi, ...log } as never) as unknown as Decoded
}

function args({ args: members }: Decoded, name: string): Hex | undefined {
  const value = members[name]
  return typeof value === 'string' ? (value.toLowerCase() as Hex) : undefined
}
