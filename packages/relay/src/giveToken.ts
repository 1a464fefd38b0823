import {
  fromBase64Url,
  fromHex,
  type Hex,
  hpkeSeal,
  jsonAnswer,
  jsonOf,
  type Keys,
  ledgerDomain,
  MalformedError,
  type Network,
  type RawAnswer,
  type RawRequest,
  type Registered,
  receipted,
  requesterOf,
  toBase64Url,
  toHex,
  utf8,
} from '@medrec/protocol'
import { refusal } from './answers.ts'
import { dayOf, issueToken } from './tokens.ts'

/** What the issuer of tokens asks of the chain. */
export type TokenView = {
  entry(idTag: Hex): Registered | undefined
  entryOfIdentity(address: Hex): Registered | undefined
  hasRole(idTag: Hex, role: 'institution'): boolean
}

type Options = {
  readonly keys: Keys.Keys
  readonly network: Network
  readonly view: TokenView
  readonly audience: string
  readonly dailyOperations: number
  readonly now: number
}

const answerInfo = utf8('medrec/v1/answer')

/** Answers POST /token: today's token of a registrant, sealed to her and signed (docs/protocol.md 9.2). */
export function giveToken(request: RawRequest, options: Options): RawAnswer {
  const { keys, network, view, audience, now } = options
  const body = jsonOf(request.body) as { statement?: unknown; reply?: unknown }
  const entry = (idTag: Hex): Registered | undefined => view.entry(idTag)
  const requester = requesterOf(request, body, { network, audience, now, entry })
  if (typeof requester === 'string') return refusal('TOKEN_REFUSED')
  const own = view.entryOfIdentity(toHex(keys.identity.address))
  if (!own || !view.hasRole(own.idTag, 'institution'))
    return receipted(refusal('RELAY_NOT_CERTIFIED'), request, options)
  const token = issueToken({
    keys,
    domain: ledgerDomain(network),
    institution: fromHex(own.idTag, 32),
    registrant: fromHex(requester.idTag, 32),
    day: dayOf(now),
    operations: options.dailyOperations,
  })
  const answer = jsonAnswer(200, token)
  return receipted(
    body.reply === undefined ? answer : sealed(answer, body.reply, requester.bytes),
    request,
    options,
  )
}

function sealed(answer: RawAnswer, reply: unknown, aad: Uint8Array): RawAnswer {
  if (typeof reply !== 'string') throw new MalformedError('a reply key')
  const message = hpkeSeal({
    publicKey: fromBase64Url(reply),
    info: answerInfo,
    aad,
    plain: answer.body,
  })
  if (!message) throw new MalformedError('a reply key')
  return jsonAnswer(answer.status, {
    enc: toBase64Url(message.enc),
    ciphertext: toBase64Url(message.ciphertext),
  })
}
