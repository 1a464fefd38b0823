import type { Account, Network } from '@medrec/protocol'
import { compose, type Rhythm, rejectedIn } from './compose.ts'
import type { Batch, RecordQueue } from './RecordQueue.ts'
import {
  headNumber,
  minedCount,
  missingFunds,
  type RelayRpc,
  receiptOf,
  send,
  signBatch,
} from './transactions.ts'

type Options = {
  readonly queue: RecordQueue
  readonly account: Account
  readonly network: Network
  readonly rpc: RelayRpc
  readonly rhythm: Rhythm
  readonly clock: () => number
}

const mostRecords = 500

/**
 * Brings what waits to the chain, one transaction at a time (paper III-C.1). Every step can be the last one before
 * a power cut: a batch is on disk before it is sent, and sending it twice changes nothing.
 */
export class Sender {
  readonly #options: Options
  /** Wei that the account lacks for the next batch; 0 when it has enough, as far as known. */
  missing = 0n
  /** What went wrong in the last turn; the next one tries again. */
  problem: unknown
  #turn: Promise<void> = Promise.resolve()
  #waiting: boolean = false
  #stopped: boolean = false

  constructor(options: Options) {
    this.#options = options
  }

  /** Looks after the batches on their way and, with rhythm at once, sends what waits. Never two at a time. */
  turn(post = this.#options.rhythm === 'at-once'): Promise<void> {
    if (this.#waiting && !post) return this.#turn
    this.#waiting = true
    this.#turn = this.#turn.then(() => this.#run(post))
    return this.#turn
  }

  /** Lets the step in progress end; nothing is sent afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#turn
  }

  async #run(post: boolean): Promise<void> {
    this.#waiting = false
    if (this.#stopped) return
    try {
      if ((await this.#follow()) && post) await this.#post()
      this.problem = undefined
    } catch (error) {
      this.problem = error // told by the relay's status; what was to be sent is on disk
    }
  }

  /** Whether no transaction is on its way. */
  async #follow(): Promise<boolean> {
    let clear = true
    for (const batch of this.#options.queue.open()) {
      const arrived = await this.#followOne(batch)
      clear &&= arrived
    }
    return clear
  }

  async #followOne(batch: Batch): Promise<boolean> {
    const { queue, rpc, network, account } = this.#options
    const receipt = await receiptOf(rpc, batch.hash)
    if (receipt && !receipt.succeeded) {
      queue.requeue(batch.number) // out of gas: nothing of it stands
      return true
    }
    if (receipt) {
      if (batch.block !== receipt.block)
        queue.mined(batch.number, receipt.block, rejectedIn(receipt, network.ledger))
      if (network.confirmations <= (await headNumber(rpc)) - receipt.block)
        queue.final(batch.number)
      return true
    }
    if (batch.block !== null) queue.undone(batch.number)
    const mined = await minedCount(rpc, account)
    if (mined > batch.nonce) {
      if (await receiptOf(rpc, batch.hash)) return false // mined this very moment
      queue.requeue(batch.number) // another transaction took its place
      return true
    }
    if (mined < batch.nonce && queue.open()[0]?.number === batch.number) {
      // A reorganisation deeper than final took a batch that nobody sends again: its number never comes.
      queue.requeue(batch.number)
      return true
    }
    await send(rpc, batch.raw)
    return false
  }

  async #post(): Promise<void> {
    const { queue, rpc, account, network, rhythm, clock } = this.#options
    const waiting = queue.oldest(mostRecords)
    const late = waiting.filter(({ deadline }) => deadline !== null && deadline < clock())
    if (late.length > 0)
      queue.reject(
        late.map(({ row }) => row),
        'LedgerDeadlinePassed',
      )
    const { data, places } = compose(
      waiting.filter((record) => !late.includes(record)),
      rhythm,
    )
    if (data.length === 0) {
      this.missing = await missingFunds(rpc, account)
      return
    }
    const { chainId, ledger } = network
    const signed = await signBatch(rpc, account, { chainId, to: ledger, data })
    if ('missing' in signed) {
      this.missing = signed.missing
      return
    }
    this.missing = 0n
    queue.seal(signed, places)
    await send(rpc, signed.raw)
  }
}
