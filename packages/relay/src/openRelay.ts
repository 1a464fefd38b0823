import type { Rpc } from '@medrec/client'
import {
  type Account,
  fromBase64Url,
  type Hex,
  jsonAnswer,
  jsonOf,
  type Keys,
  ledgerDomain,
  MalformedError,
  type Network,
  type RawAnswer,
  type RawRequest,
  random,
  toBase64Url,
  toHex,
} from '@medrec/protocol'
import type { NodeDatabase } from '@medrec/records/node'
import { z } from 'zod'
import { AddressLimit } from './AddressLimit.ts'
import { refusal } from './answers.ts'
import { fits, type Rhythm } from './compose.ts'
import { giveToken, type TokenView } from './giveToken.ts'
import { problemOf, type RecordProblem, type RecordView } from './judge.ts'
import { RecordQueue, type RecordState } from './RecordQueue.ts'
import { isEndingKind, type ParsedRecord, parseRecord } from './records.ts'
import { Sender } from './Sender.ts'
import { allowanceOf, dayOf, parseToken, type RelayToken, tokenProblem } from './tokens.ts'

/** What a relay asks of its node's view of the chain. */
export type RelayView = TokenView &
  RecordView & { readonly head: { readonly time: number }; isRelay(address: Hex): boolean }

export type RelayOptions = {
  /** The institution: its identity signs tokens. */
  readonly participant: {
    readonly keys: Keys.Keys
    readonly network: Network
    readonly chain: { view(): RelayView }
  }
  /** The account that pays; certified as a relay of the institution. */
  readonly account: Account
  readonly rpc: Pick<Rpc, 'request' | 'subscribe'>
  readonly database: NodeDatabase
  readonly rhythm: Rhythm
  /** host:port that requests for tokens are addressed to. */
  readonly audience: string
  /** Creating records that a registrant may post on one day. */
  readonly dailyOperations?: number
  /** Unix seconds. */
  readonly clock: () => number
  /** Calls back again and again until cancelled; by the system's timers when absent. */
  readonly every?: (seconds: number, callback: () => void) => () => void
}

/** A relay of an institution's node (docs/protocol.md 9). */
export type Relay = {
  /** POST /relay, GET /relay/<id>, POST /token (docs/protocol.md section 9). */
  handle(request: RawRequest): Promise<RawAnswer>
  /** What waits and whether the account can pay. */
  status(): RelayStatus
  /** Resolves when all that was posted before stands in the store and was tried once. */
  turn(): Promise<void>
  close(): Promise<void>
}

export type RelayStatus = {
  /** Records that wait for a batch. */
  readonly waiting: number
  /** Wei that the account lacks; 0 when it can pay. */
  readonly missingWei: bigint
  readonly certified: boolean
  /** What went wrong in the last turn; it is tried again. */
  readonly problem: unknown
}

const postForm = z.object({
  token: z.unknown().optional(),
  records: z.array(z.string().max(200_000)).min(1).max(100),
})

const mostWaiting = 10_000
const endingsPerMinute = 60
/** Seconds between looks at what is on its way, beside each new block. */
const checkSeconds = 5
/** Seconds for which the state of a record is told. */
const keptSeconds = 7 * 86_400

/** Starts a relay; what an earlier run left in the database goes on. */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  const { participant, account, rhythm, clock } = options
  const { network, chain } = participant
  const queue = new RecordQueue(options.database)
  const sender = new Sender({ queue, network, ...options })
  const limit = new AddressLimit(endingsPerMinute, 60)
  const context: Context = { ...options, queue, sender, limit }
  const tick = (): void => void sender.turn()
  const unsubscribe = await options.rpc.subscribe(['newHeads'], tick)
  const { every = bySystemTimer } = options
  const forget = (): void => {
    try {
      queue.forget(clock() - keptSeconds, dayOf(clock()) - 2)
    } catch (error) {
      sender.problem = error // a full disk: what is over stays for another hour
    }
  }
  const cancels = [
    every(checkSeconds, tick),
    every(3_600, forget),
    ...(rhythm === 'at-once' ? [] : [every(rhythm.periodSeconds, () => void sender.turn(true))]),
  ]
  tick()
  return {
    handle: (request) => handle(request, context),
    status: () => ({
      waiting: queue.waiting(),
      missingWei: sender.missing,
      problem: sender.problem,
      certified: chain.view().isRelay(toHex(account.address)),
    }),
    turn: () => sender.turn(),
    async close() {
      for (const cancel of cancels) cancel()
      unsubscribe()
      await sender.stop()
    },
  }
}

function bySystemTimer(seconds: number, callback: () => void): () => void {
  const timer = setInterval(callback, seconds * 1_000).unref()
  return () => clearInterval(timer)
}

type Context = RelayOptions & {
  readonly queue: RecordQueue
  readonly sender: Sender
  readonly limit: AddressLimit
}

async function handle(request: RawRequest, context: Context): Promise<RawAnswer> {
  const { method, path } = request
  if (method === 'GET' && path.startsWith('/relay/'))
    return tellState(path.slice('/relay/'.length), context.queue)
  if (method !== 'POST') return refusal('NOT_FOUND')
  try {
    if (path === '/relay') return await post(request, context)
    if (path === '/token') return token(request, context)
  } catch (error) {
    if (error instanceof MalformedError) return refusal('MALFORMED', error.message)
    throw error
  }
  return refusal('NOT_FOUND')
}

async function post(request: RawRequest, context: Context): Promise<RawAnswer> {
  const { queue, sender, clock } = context
  const parsed = postForm.safeParse(jsonOf(request.body))
  if (!parsed.success) throw new MalformedError('a message for a relay')
  const records = parsed.data.records.map((text) => parseRecord(fromBase64Url(text)))
  const refused = refusalOf(records, request, context)
  if (refused) return refused
  const creating = records.filter(({ kind }) => !isEndingKind(kind)).length
  let charge: Parameters<RecordQueue['add']>[0]['charge']
  if (creating > 0) {
    if (parsed.data.token === undefined) return refusal('TOKEN_MISSING')
    const token = parseToken(parsed.data.token)
    const problem = tokenProblemOf(token, context)
    if (problem) return refusal('TOKEN_WRONG', problem)
    charge = { id: token.id, day: token.day, allowance: allowanceOf(token), operations: creating }
  }
  const id = toBase64Url(random(16))
  if (!queue.add({ post: id, records, now: Math.floor(clock()), charge }))
    return refusal('TOKEN_SPENT')
  void sender.turn()
  return jsonAnswer(202, { id })
}

/** What stands in the way of these records, before anything is paid or stored. */
function refusalOf(
  records: readonly ParsedRecord[],
  request: RawRequest,
  context: Context,
): RawAnswer | undefined {
  const { participant, account, queue, sender, rhythm, clock, limit } = context
  const view = participant.chain.view()
  const creates = records.some(({ kind }) => !isEndingKind(kind))
  if (sender.missing > 0n) return refusal('RELAY_OUT_OF_FUNDS')
  if (queue.waiting() + records.length > mostWaiting) return refusal('RELAY_BUSY')
  if (creates && !view.isRelay(toHex(account.address))) return refusal('RELAY_NOT_CERTIFIED')
  const endings = records.filter(({ kind }) => isEndingKind(kind)).length
  if (endings > 0 && !limit.take(request.remoteAddress, endings, clock()))
    return refusal('RELAY_TOO_MANY_ENDINGS')
  const domain = ledgerDomain(participant.network)
  const now = Math.max(clock(), view.head.time) // the ledger counts by blocks, which may be ahead
  for (const [i, record] of records.entries()) {
    if (!fits(record.bytes, rhythm)) return refusal('RECORD_TOO_LARGE', `record ${i}`)
    const problem = problemOf(record, { domain, view, now })
    if (problem) return refusal(codes[problem], `record ${i}: ${problem}`)
  }
  return undefined
}

const codes = {
  'deadline-passed': 'RECORD_UNTIMELY',
  'deadline-too-far': 'RECORD_UNTIMELY',
  'bad-signature': 'RECORD_REFUSED',
  'nothing-to-end': 'NOTHING_TO_END',
} as const satisfies Record<RecordProblem, string>

function token(request: RawRequest, context: Context): RawAnswer {
  const { participant, audience, clock, dailyOperations = 1_000 } = context
  const { keys, network, chain } = participant
  const options = { keys, network, audience, dailyOperations, now: clock(), view: chain.view() }
  return giveToken(request, options)
}

function tokenProblemOf(token: RelayToken, context: Context): string | undefined {
  const { network, chain } = context.participant
  const view = chain.view()
  return tokenProblem(token, {
    domain: ledgerDomain(network),
    identityOf: (institution) =>
      view.hasRole(institution, 'institution') ? view.entry(institution)?.identity : undefined,
    now: context.clock(),
  })
}

function tellState(id: string, queue: RecordQueue): RawAnswer {
  const records = queue.states(id)
  const [first] = records
  if (!first) return refusal('NOT_FOUND')
  const order: readonly RecordState['state'][] = ['queued', 'sent', 'rejected', 'mined']
  const slowest = records.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))[0]
  return jsonAnswer(200, { ...slowest, records })
}
