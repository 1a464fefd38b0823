import { randomBytes, randomInt } from 'node:crypto'
import { accountOf, fromHex, type Hex, keccak, MedrecError, toHex } from '@medrec/protocol'
import type { Rpc } from '../rpc.ts'
import { RpcRefusedError, RpcUnavailableError } from '../rpcErrors.ts'
import { Announcer, type Heartbeat } from './Announcer.ts'
import type { Anvil } from './anvil.ts'
import { type Journal, type JournalFacts, openJournal } from './journal.ts'
import { Pool, rawTransaction } from './Pool.ts'
import { type Header, headerAt, replay, startChain } from './replay.ts'
import { countSlots, SlotCount, slotLimit } from './SlotCount.ts'

export type EmbeddedOptions = {
  /** SQLite file of the journal; made if it is not there. */
  readonly journalPath: string
  /** Network whose journal this must be. */
  readonly networkId?: Hex | undefined
  /** Shortest time between two blocks, 1,000 unless told. */
  readonly minimumBlockMs?: number
  /** Time between two heartbeats, 5,000 unless told. */
  readonly heartbeatMs?: number
  /** Who is credited with blocks, in turn: the registered researchers. */
  readonly coinbases?: () => readonly Hex[]
  /** Unix time in milliseconds. */
  readonly clock?: () => number
  /** Hears how far the replay at start has come. */
  readonly progress?: (block: number, of: number) => void
}

export type EngineStatus = {
  readonly state: EngineState
  readonly head: { readonly number: number; readonly hash: Hex }
  /** Transactions accepted and not yet sealed. */
  readonly waiting: number
  /** Storage slots of relationships, grants and anchors, and how many this engine is meant for. */
  readonly slots: number
  readonly slotLimit: number
  /** Whether it is time to move to a network of several nodes: more than 80 % of the limit. */
  readonly nearLimit: boolean
  /** Process id of anvil while it runs. */
  readonly enginePid: number | undefined
  /** Why it stopped, when `state` is `failed`. */
  readonly failure: MedrecError | undefined
}

export type EngineState = 'running' | 'recovering' | 'failed' | 'stopped'

/** The embedded chain: anvil under a supervisor that journals each block before it is announced (ARCHITECTURE.md, Processes). */
export type EmbeddedEngine = {
  readonly facts: JournalFacts
  /** Speaks for the supervisor: what is not journaled is not seen through it. */
  readonly rpc: Rpc
  status(): EngineStatus
  /** Records which network lives on this chain, once it is founded. */
  nameNetwork(networkId: Hex): void
  /** Ends anvil and closes the journal; stopping twice is fine. */
  stop(): Promise<void>
}

/** Credited with blocks while no researcher is registered. */
const nobody = '0x0000000000000000000000000000000000000001'
const genesisBaseFee = 7
const blockGasLimit = 100_000_000
const longestPool = 10_000
/** Recoveries from a lost anvil within one minute before the engine gives up. */
const mostRecoveries = 3

/** Starts the embedded chain where its journal stopped. Throws Journal...Error, Anvil...Error. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedEngine> {
  const journal = openJournal(options.journalPath)
  try {
    const supervisor = new Supervisor(options, journal)
    await supervisor.start()
    return supervisor
  } catch (cause) {
    journal.close()
    throw cause
  }
}

class Supervisor implements EmbeddedEngine {
  readonly rpc: Rpc
  readonly #options: EmbeddedOptions
  readonly #journal: Journal
  readonly #clock: () => number
  readonly #pool = new Pool()
  readonly #slots = new SlotCount()
  readonly #announcer: Announcer
  #anvil: Anvil | undefined
  #state: EngineState = 'recovering'
  #failure: MedrecError | undefined
  #head: Header | undefined
  /** Settles when no block is between anvil and the journal; answers wait for it. */
  #quiet: Promise<void> = Promise.resolve()
  #sealTimer: ReturnType<typeof setTimeout> | undefined
  #sealedAt = 0
  /** Transactions that anvil has not answered yet. */
  #handing = 0
  /** Transactions handed to anvil so far; tells whether one came while we asked. */
  #handed = 0
  #recoveries: number[] = []

  constructor(options: EmbeddedOptions, journal: Journal) {
    this.#options = options
    this.#journal = journal
    this.#clock = options.clock ?? Date.now
    this.#announcer = new Announcer(() => this.#pulse(), options.heartbeatMs ?? 5_000)
    this.rpc = {
      url: 'embedded:',
      request: <T>(method: string, params: readonly unknown[] = []) =>
        this.#request(method, params) as Promise<T>,
      together: (ask) => (this.#anvil ? this.#anvil.rpc.together(ask) : ask()),
      subscribe: (params, listener) => this.#announcer.subscribe(params, listener),
      onState: (listener) => this.#announcer.onState(listener),
      close: async () => undefined,
    }
  }

  get facts(): JournalFacts {
    return this.#journal.facts as JournalFacts
  }

  async start(): Promise<void> {
    await this.#found()
    const { networkId } = this.#options
    if (networkId && this.facts.networkId && this.facts.networkId !== networkId)
      throw new JournalOfAnotherNetworkError(networkId, this.facts.networkId)
    await this.#launch()
  }

  status(): EngineStatus {
    return {
      state: this.#state,
      head: { number: this.#journal.height, hash: this.#head?.hash ?? this.facts.genesisHash },
      waiting: this.#pool.size,
      slots: this.#slots.count,
      slotLimit,
      nearLimit: this.#slots.count > slotLimit * 0.8,
      enginePid: this.#anvil?.pid,
      failure: this.#failure,
    }
  }

  nameNetwork(networkId: Hex): void {
    const known = this.facts.networkId
    if (known && known !== networkId) throw new JournalOfAnotherNetworkError(networkId, known)
    if (!known) this.#journal.nameNetwork(networkId)
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopped') return
    await this.#quiet
    this.#state = 'stopped'
    await this.#shut()
  }

  /** A new chain gets its numbers by chance, kept in the journal ever after. */
  async #found(): Promise<void> {
    if (this.#journal.facts) return
    const facts = {
      chainId: randomInt(10_000, 2 ** 31),
      timestamp: Math.floor(this.#clock() / 1000),
      baseFee: genesisBaseFee,
      gasLimit: blockGasLimit,
      networkId: this.#options.networkId,
      funderKey: toHex(randomBytes(32)),
    }
    const { anvil, genesis } = await startChain(facts, funderOf(facts.funderKey))
    await anvil.stop()
    this.#journal.found({ ...facts, genesisHash: genesis.hash })
  }

  async #launch(): Promise<void> {
    const { anvil } = await startChain(this.facts, funderOf(this.facts.funderKey))
    try {
      await replay(anvil, this.#journal, this.#options.progress)
      this.#head = await headerAt(anvil.rpc, this.#journal.height)
      await countSlots(anvil.rpc, this.#slots, this.#journal.height)
    } catch (cause) {
      await anvil.stop()
      throw cause
    }
    this.#anvil = anvil
    this.#state = 'running'
    void anvil.ended.then(() => this.#lost(anvil))
    this.#announcer.open()
  }

  /** anvil ended without being told to: nothing is lost, the journal has it all. */
  #lost(anvil: Anvil): void {
    if (this.#anvil !== anvil || this.#state !== 'running') return
    this.#state = 'recovering'
    this.#announcer.closed()
    const now = this.#clock()
    this.#recoveries = [...this.#recoveries.filter((at) => now - at < 60_000), now]
    if (this.#recoveries.length > mostRecoveries) {
      this.#fail(new EngineLostError())
      return
    }
    this.#quiet = this.#quiet
      .then(() => this.#recover())
      .catch((cause: unknown) => this.#fail(failureOf(cause)))
  }

  async #recover(): Promise<void> {
    await this.#launch()
    const waiting = this.#pool.all()
    this.#pool.clear()
    for (const raw of waiting) await this.#hand(raw).catch(() => undefined) // the sender sends again
  }

  async #request(method: string, params: readonly unknown[]): Promise<unknown> {
    if (method === 'medrec_heartbeat') return this.#heartbeat()
    if (method === 'eth_sendRawTransaction') return this.#accept(params)
    const anvil = this.#running()
    try {
      return await anvil.rpc.request(method, params)
    } finally {
      await this.#settled()
    }
  }

  async #accept(params: readonly unknown[]): Promise<Hex> {
    this.#running()
    const raw = rawTransaction(params)
    if (!raw) throw refused(-32602, 'a raw transaction in hex expected')
    if (this.#pool.size >= longestPool) throw refused(-32005, 'too many transactions are waiting')
    try {
      return await this.#hand(raw)
    } finally {
      await this.#settled()
    }
  }

  async #hand(raw: Uint8Array): Promise<Hex> {
    const anvil = this.#running()
    const hash = this.#pool.add(raw)
    this.#handing++
    this.#handed++
    try {
      await anvil.rpc.request('eth_sendRawTransaction', [toHex(raw)])
    } catch (cause) {
      if (cause instanceof RpcRefusedError && !/already/i.test(cause.reason))
        this.#pool.forget(hash)
      throw cause
    } finally {
      this.#handing--
    }
    this.#announcer.pending(hash)
    this.#sealSoon()
    return hash
  }

  /** Waits out a block on its way to the journal, and fails if it did not arrive there. */
  async #settled(): Promise<void> {
    await this.#quiet
    this.#running()
  }

  #running(): Anvil {
    if (this.#failure) throw this.#failure
    if (this.#state !== 'running' || !this.#anvil) throw new RpcUnavailableError(this.rpc.url)
    return this.#anvil
  }

  #sealSoon(): void {
    if (this.#sealTimer || this.#state !== 'running') return
    const wait = this.#sealedAt + (this.#options.minimumBlockMs ?? 1_000) - performance.now()
    this.#sealTimer = setTimeout(
      () => {
        this.#sealTimer = undefined
        this.#quiet = this.#quiet.then(() => this.#seal())
      },
      this.#sealedAt === 0 ? 0 : Math.max(0, wait),
    )
  }

  async #seal(): Promise<void> {
    if (this.#state !== 'running' || !this.#anvil) return
    const { rpc } = this.#anvil
    this.#sealedAt = performance.now()
    try {
      const { pending } = await rpc.request<{ pending: Hex }>('txpool_status')
      if (Number(pending) === 0) return
      const header = await this.#mine(rpc)
      this.#head = header
      this.#announcer.head(header)
      // Answers need not wait for this: it concerns only the next block.
      this.#afterwards(rpc, header).catch(() => undefined) // anvil ended; its end is dealt with elsewhere
    } catch (cause) {
      if (cause instanceof RpcUnavailableError) return // anvil ended; its end is dealt with elsewhere
      this.#fail(failureOf(cause))
    }
  }

  async #mine(rpc: Rpc): Promise<Header> {
    const number = this.#journal.height + 1
    const coinbase = this.#coinbaseOf(number)
    const timestamp = Math.max(Math.floor(this.#clock() / 1000), Number(this.#head?.timestamp ?? 0))
    await rpc.request('anvil_setCoinbase', [coinbase])
    await rpc.request('evm_mine', [{ timestamp }])
    const header = await headerAt(rpc, number)
    const transactions = await this.#rawOf(rpc, header.transactions)
    this.#journal.append({ number, hash: header.hash, timestamp, coinbase, transactions })
    for (const hash of header.transactions) this.#pool.forget(hash)
    return header
  }

  /**
   * Raw bytes of a block's transactions, in its order. A copy of one that was just being mined is refused and
   * forgotten by us; then anvil still has it. A block whose bytes nobody has is never journaled.
   */
  async #rawOf(rpc: Rpc, hashes: readonly Hex[]): Promise<readonly Uint8Array[]> {
    return Promise.all(
      hashes.map(async (hash) => {
        const kept = this.#pool.rawOf(hash)
        if (kept) return kept
        const raw = fromHex(await rpc.request<Hex>('eth_getRawTransactionByHash', [hash]))
        if (toHex(keccak(raw)) !== hash) throw new EngineLostError()
        return raw
      }),
    )
  }

  async #afterwards(rpc: Rpc, header: Header): Promise<void> {
    await countSlots(rpc, this.#slots, Number(header.number), Number(header.number))
    const handed = this.#handed
    const left = await rpc.request<{ pending: Hex; queued: Hex }>('txpool_status')
    if (Number(left.pending) > 0) this.#sealSoon()
    else if (Number(left.queued) === 0 && this.#handing === 0 && this.#handed === handed)
      this.#pool.clear() // replaced or dropped
  }

  #coinbaseOf(number: number): Hex {
    const researchers = this.#options.coinbases?.() ?? []
    return (researchers[number % researchers.length] ?? nobody).toLowerCase() as Hex
  }

  async #heartbeat(): Promise<Heartbeat> {
    await this.#settled()
    const { number, hash } = this.status().head
    return { number: `0x${number.toString(16)}`, hash, time: this.#clock() }
  }

  /** Proves that anvil still answers and still stands where the journal does. */
  async #pulse(): Promise<Heartbeat | undefined> {
    if (this.#state !== 'running') return undefined
    const number = Number(await this.rpc.request<Hex>('eth_blockNumber'))
    return number === this.#journal.height ? this.#heartbeat() : undefined
  }

  #fail(failure: MedrecError): void {
    if (this.#state === 'failed' || this.#state === 'stopped') return
    this.#failure = failure
    this.#state = 'failed'
    this.#shut().catch(() => undefined) // it failed already, for the reason above
  }

  async #shut(): Promise<void> {
    clearTimeout(this.#sealTimer)
    this.#announcer.close()
    const anvil = this.#anvil
    this.#anvil = undefined
    await anvil?.rpc.close()
    await anvil?.stop()
    this.#journal.close()
  }
}

function funderOf(key: Hex): Hex {
  return toHex(accountOf(fromHex(key)).address)
}

function refused(code: number, message: string): RpcRefusedError {
  return new RpcRefusedError('eth_sendRawTransaction', { code, message })
}

function failureOf(cause: unknown): MedrecError {
  return cause instanceof MedrecError ? cause : new EngineLostError(cause)
}

/** The journal belongs to another network than the configured one. */
export class JournalOfAnotherNetworkError extends MedrecError {
  readonly code = 'JOURNAL_OF_ANOTHER_NETWORK'
  constructor(wanted: Hex, found: Hex) {
    super('The chain journal belongs to another network.', {
      facts: [`Wanted: ${wanted}`, `Found: ${found}`],
    })
  }
}

/** anvil ended again and again, or answered what cannot be. */
export class EngineLostError extends MedrecError {
  readonly code = 'ENGINE_LOST'
  constructor(cause?: unknown) {
    super('The embedded chain does not stay alive.', { cause })
  }
}
