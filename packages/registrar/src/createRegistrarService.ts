import {
  fromBase64Url,
  type Hex,
  jsonAnswer,
  jsonOf,
  type Keys,
  MalformedError,
  type Network,
  Oprf,
  type RawAnswer,
  type RawRequest,
  type Registered,
  receipted,
  requesterOf,
  toBase64Url,
} from '@medrec/protocol'
import type { NodeDatabase } from '@medrec/records/node'
import { z } from 'zod'
import { refusal } from './answers.ts'
import { type LoggedLookup, LookupLog } from './LookupLog.ts'

/** What the registrar's service asks of its view of the chain. */
export type ServiceView = {
  entry(idTag: Hex): Registered | undefined
  hasRole(idTag: Hex, role: 'institution'): boolean
}

export type RegistrarOptions = {
  readonly participant: {
    readonly keys: Keys.Keys
    readonly network: Network
    readonly chain: { view(): ServiceView }
  }
  readonly database: NodeDatabase
  /** A key made elsewhere; otherwise the database's own, made at the first start. */
  readonly oprfKey?: Uint8Array | undefined
  /** host:port that requests are addressed to. */
  readonly audience: string
  /** Look-ups on one day: of an institution, and of one of its staff accounts. */
  readonly quota?: { readonly institution: number; readonly staff: number }
  /** Unix seconds. */
  readonly clock: () => number
}

/** The registrar's service: blind look-ups for certified institutions (docs/protocol.md 10). */
export type RegistrarService = {
  /** POST /oprf (docs/protocol.md section 10). */
  handle(request: RawRequest): Promise<RawAnswer>
  /** Who asked, newest first; never for whom. */
  log(limit: number): readonly LoggedLookup[]
}

const bodyForm = z.object({
  blinded: z.string().max(64),
  staff: z.string().regex(/^[A-Za-z0-9._@-]{1,64}$/),
})
const defaultQuota = { institution: 2_000, staff: 100 }

/** Opens the service on a registrar's database; its key survives restarts and stays in that file. */
export function createRegistrarService(options: RegistrarOptions): RegistrarService {
  const log = new LookupLog(options.database)
  const key = options.oprfKey ?? log.key()
  return {
    handle: async (request) => answer(request, options, log, key),
    log: (limit) => log.newest(limit),
  }
}

function answer(
  request: RawRequest,
  options: RegistrarOptions,
  log: LookupLog,
  key: Uint8Array,
): RawAnswer {
  if (request.method !== 'POST' || request.path !== '/oprf') return refusal('NOT_FOUND')
  const { keys, network } = options.participant
  const { audience } = options
  const now = options.clock()
  const receipt = (plain: RawAnswer): RawAnswer =>
    receipted(plain, request, { keys, network, audience, now })
  try {
    return receipt(evaluate(request, options, log, key))
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    return receipt(refusal('MALFORMED', error.message))
  }
}

/** Cheap checks first; the quota is charged only for what could be evaluated. */
function evaluate(
  request: RawRequest,
  options: RegistrarOptions,
  log: LookupLog,
  key: Uint8Array,
): RawAnswer {
  const { participant, audience, quota = defaultQuota } = options
  const now = options.clock()
  const body = jsonOf(request.body)
  const view = participant.chain.view()
  const { network } = participant
  const entry = (idTag: Hex): Registered | undefined => view.entry(idTag)
  const requester = requesterOf(request, body, { network, audience, now, entry })
  if (requester === 'network') return refusal('WRONG_NETWORK')
  if (requester === 'unsigned' || !view.hasRole(requester.idTag, 'institution'))
    return refusal('LOOKUP_REFUSED')
  const parsed = bodyForm.safeParse(body)
  if (!parsed.success) throw new MalformedError('a look-up')
  if (!log.isNew(requester.nonce, requester.until, now)) return refusal('LOOKUP_REPEATED')
  const evaluated = Oprf.evaluate(key, fromBase64Url(parsed.data.blinded))
  const { idTag: institution } = requester
  if (!log.take({ institution, staff: parsed.data.staff, now, quota }))
    return refusal('LOOKUP_QUOTA')
  return jsonAnswer(200, { evaluated: toBase64Url(evaluated) })
}
