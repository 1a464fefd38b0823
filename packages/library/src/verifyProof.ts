import {
  type Anchor,
  anchorsIn,
  identityIn,
  type ProvenBlock,
  profileIn,
  provenBlock,
} from '@medrec/client'
import {
  type Domain,
  fromBase64Url,
  fromHex,
  fromUtf8,
  type Hex,
  hiddenUnder,
  isResponseOf,
  isStatementOf,
  longestStatement,
  MalformedError,
  parseQuery,
  type RequestSignature,
  type SignableRequest,
  toHex,
  verifyRequest,
} from '@medrec/protocol'
import { type ProofFile, proofForm } from './proofFile.ts'
import { type Exchange, openExchange } from './request.ts'
import * as Scopes from './Scopes.ts'
import { toAnswer, toLogAnswer, toProofFile, toQueryBody, toReadBody } from './shapes.ts'
import { type Disbelief, type Proven, verifyAnswer } from './verifyAnswer.ts'
import { type IndexDisbelief, verifyLog } from './verifyIndex.ts'
import type { Commitment, Known } from './verifyRoots.ts'

/** Why a proof file proves nothing. */
export type UnprovenCode =
  | 'PROOF_MALFORMED'
  | 'REQUEST_FORGED'
  | 'STATEMENT_FORGED'
  | 'RECEIPT_INVALID'
  | 'BLOCK_BROKEN'
  | 'REGISTRATION_MISSING'
  | 'PROFILE_MISSING'
  | 'ANCHOR_MISSING'
  | 'LOG_HIDDEN'
  | 'PARTS_BROKEN'
  | AccessLogDisbelief
  | Disbelief
  | IndexDisbelief

/** What is wrong with an access log with proof. */
export type AccessLogDisbelief =
  | 'LOG_START'
  | 'LOG_CHAIN'
  | 'LOG_CUT'
  | 'LOG_LONGER'
  | 'LOG_UNSIGNED'
  | 'LOG_ENTRY_MALFORMED'
  | 'LOG_ENTRY_CHANGED'
  | 'LOG_ENTRY_MISSING'
  | 'LOG_ENTRY_DOUBLED'
  | 'PERIOD_UNCOVERED'
  | 'LOG_OTHER_NETWORK'
  | 'BLOCK_FOREIGN'

export type Unproven = { readonly ok: false; readonly code: UnprovenCode }

/** What a proof file proves to somebody who takes its blocks for part of the chain. */
export type ProvenProof = {
  readonly ok: true
  readonly network: ProofFile['network']
  readonly institution: { readonly idTag: Hex; readonly name: string; readonly key: Hex }
  readonly requester: { readonly idTag: Hex; readonly identity: Hex }
  /** Unix seconds, as the requester and the institution signed them */
  readonly asked: number
  readonly answered: number
  /** Blocks that all this rests on */
  readonly blocks: readonly Pick<ProvenBlock, 'number' | 'hash' | 'time'>[]
  readonly content: ProvenContent
}

export type ProvenContent =
  | {
      readonly kind: 'answer'
      readonly resource: string
      readonly label: string
      readonly subject: Hex
      readonly proven: Proven
    }
  | {
      readonly kind: 'log'
      readonly subject: Hex
      readonly from: number
      /** Exact texts; the first `committed` of them can neither be changed nor left out. */
      readonly entries: readonly string[]
      readonly committed: number
      readonly commitment: Commitment
    }
  | {
      readonly kind: 'refusal'
      readonly status: number
      readonly code: string
      readonly words: string
    }

/**
 * Checks a proof file without any connection and without trust in the institution (docs/protocol.md section 8.3).
 * That its blocks belong to the chain is for the caller to compare.
 */
export function verifyProof(json: unknown): ProvenProof | Unproven {
  const file = toProofFile(json)
  if (file?.medrec !== proofForm) return unproven('PROOF_MALFORMED')
  try {
    return verify(file)
  } catch (error) {
    if (error instanceof MalformedError) return unproven('PROOF_MALFORMED')
    throw error
  }
}

type Asked = NonNullable<ReturnType<typeof toQueryBody>>

type Parts = {
  readonly file: ProofFile
  readonly exchange: Exchange
  readonly domain: Domain
  readonly statement: { readonly idTag: Hex }
  readonly relationship: Hex
  readonly anchorKey: Hex
  readonly answered: number
  readonly anchor: (ProvenBlock & { readonly anchors: readonly Anchor[] }) | undefined
}

function verify(file: ProofFile): ProvenProof | Unproven {
  const exchange = exchangeIn(file)
  const { chainId, ledger, networkId, registrar } = file.network
  const domain: Domain = { chainId, verifyingContract: ledger, salt: networkId }
  const request = signableOf(exchange)
  const body = toReadBody(parsed(exchange.request.body))
  const p256 = p256Of(body)
  const signature = verifyRequest(request, exchange.request.headers, chainId, p256)
  if (typeof signature === 'string') return unproven('REQUEST_FORGED')
  if (!body) return unproven('PROOF_MALFORMED')
  const [profile, registration, anchor] = [
    provenBlock(file.profile),
    provenBlock(file.registration),
    file.anchor && provenBlock(file.anchor),
  ]
  if (!profile || !registration || (file.anchor && !anchor)) return unproven('BLOCK_BROKEN')
  const { statement, relationship } = body
  const identity = identityIn(registration, registrar, statement.idTag)
  if (!identity) return unproven('REGISTRATION_MISSING')
  if (!isStatementFor(statement, { identity, domain, signature, authority: file.authority }))
    return unproven('STATEMENT_FORGED')
  const named = profileIn(profile, registrar, file.institution)
  if (!named) return unproven('PROFILE_MISSING')
  const answered = receiptTime(exchange, request, named.key, chainId)
  if (answered === undefined) return unproven('RECEIPT_INVALID')
  const anchors = anchor && anchorsIn(anchor, ledger, file.institution)
  if (anchors?.length === 0) return unproven('ANCHOR_MISSING')
  const content = contentOf({
    ...{ file, exchange, domain, statement, relationship, answered, anchorKey: named.key },
    anchor: anchor && anchors && { ...anchor, anchors },
  })
  if (typeof content === 'string') return unproven(content)
  return {
    ok: true,
    network: file.network,
    institution: { idTag: file.institution, ...named },
    requester: { idTag: statement.idTag, identity },
    asked: signature.created,
    answered,
    blocks: [registration, profile, ...(anchor ? [anchor] : [])].map(({ number, hash, time }) => ({
      ...{ number, hash, time },
    })),
    content,
  }
}

function exchangeIn(file: ProofFile): Exchange {
  const { authority, path, request, response } = file
  return {
    ...{ authority, path },
    request: { headers: request.headers, body: fromBase64Url(request.body) },
    response: { ...response, body: fromBase64Url(response.body) },
    replyKey: fromHex(file.replyKey, 32),
  }
}

function signableOf({ authority, path, request }: Exchange): SignableRequest {
  return { authority, method: 'POST', path, contentType: 'application/json', body: request.body }
}

/** The public key that a statement for a P-256 request key brings along. */
function p256Of(body: ReturnType<typeof toReadBody>): Uint8Array | undefined {
  const { p256 } = body?.statement ?? {}
  return p256 === undefined ? undefined : fromBase64Url(p256)
}

function isStatementFor(
  statement: NonNullable<ReturnType<typeof toReadBody>>['statement'],
  of: { identity: Hex; domain: Domain; signature: RequestSignature; authority: string },
): boolean {
  const { signature, idTag, key, ...rest } = statement
  const { created, signer } = of.signature
  const value = { ...rest, idTag: fromHex(idTag, 32), key: fromHex(key, 20) }
  return (
    rest.audience === of.authority &&
    key === toHex(signer) &&
    rest.expires - rest.notBefore <= longestStatement &&
    created < rest.expires &&
    isStatementOf(fromHex(of.identity, 20), fromHex(signature, 64), of.domain, 'RequestKey', value)
  )
}

/** When the institution signed its answer; undefined when this key did not. */
function receiptTime(
  { request: { headers }, response }: Exchange,
  request: SignableRequest,
  key: Hex,
  chainId: number,
): number | undefined {
  const { status, contentType, body } = response
  const signable = { status, contentType, body, request, requestHeaders: headers }
  if (!isResponseOf(fromHex(key, 20), signable, response.headers, chainId)) return undefined
  const created = /;created=(\d+);/.exec(response.headers['signature-input'])
  return created ? Number(created[1]) : undefined
}

function contentOf(parts: Parts): ProvenContent | UnprovenCode {
  const { exchange } = parts
  const body = openExchange(exchange)
  const { status } = exchange.response
  if (status !== 200) {
    const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown }
    if (typeof code !== 'string' || typeof message !== 'string') return 'ANSWER_MALFORMED'
    return { kind: 'refusal', status, code, words: message }
  }
  switch (exchange.path) {
    case '/query':
      return answerOf(parts, body)
    case '/log':
      return logOf(parts, body)
    default:
      return 'ANSWER_MALFORMED'
  }
}

function answerOf(parts: Parts, body: unknown): ProvenContent | UnprovenCode {
  const { exchange, file, relationship, statement } = parts
  const answer = toAnswer(body)
  const asked = toQueryBody(parsed(exchange.request.body))
  if (!answer || !asked) return 'ANSWER_MALFORMED'
  const { pointer, elements } = parseQuery(asked.query)
  const scope = asked.share && Scopes.fromJson(asked.share.scope)
  const subject = subjectOf(asked, statement.idTag, answer.subject)
  const expected = {
    ...{ subject, relationship, elements, scope, salt: undefined },
    ...{ version: asked.version, part: asked.part },
    ...{ steward: file.institution, pointer: toHex(pointer) },
    ...(file.index && { index: fromHex(file.index, 32) }),
  }
  if (!isAnchorOf(parts, answer.anchored)) return 'ANCHOR_MISSING'
  const proven = verifyAnswer(answer, expected, knownOf(parts))
  if (typeof proven === 'string') return proven
  const { resource, label } = answer.catalogue
  return { kind: 'answer', resource, label, subject, proven }
}

/** Whose record was asked for: whoever asks in an emergency names an access, and the institution says of whom. */
function subjectOf({ share, delegation, emergency }: Asked, asker: Hex, answered: Hex): Hex {
  if (emergency !== undefined) return answered
  return share?.scope.subject ?? delegation?.delegation.subject ?? asker
}

function logOf(parts: Parts, body: unknown): ProvenContent | UnprovenCode {
  const { file, relationship, statement } = parts
  const answer = toLogAnswer(body)
  if (!answer || !file.index || !file.blinding) return 'ANSWER_MALFORMED'
  const { opened, hidden, anchored } = answer.index
  if (!isAnchorOf(parts, anchored)) return 'ANCHOR_MISSING'
  if (!opened) return 'ANSWER_MALFORMED'
  const shown = hiddenUnder(fromHex(file.blinding, 16), {
    ...opened,
    logHead: fromHex(opened.logHead, 32),
  })
  if (toHex(shown) !== hidden) return 'LOG_HIDDEN'
  const subject = statement.idTag
  const expected = {
    ...{ subject, steward: file.institution, relationship, salt: undefined, since: undefined },
    ...{ key: fromHex(file.index, 32), before: undefined },
  }
  const proven = verifyLog(answer, expected, knownOf(parts))
  if (typeof proven === 'string') return proven
  const { from, entries } = answer
  const { committed, commitment } = proven
  return { kind: 'log', subject, from, entries, committed, commitment }
}

/** Whether the file's block is the one that the signed answer names. */
function isAnchorOf({ anchor }: Parts, named: { readonly blockHash: Hex } | undefined): boolean {
  return anchor?.hash === named?.blockHash
}

/** What a reader with these blocks knew when the answer came. */
function knownOf({ domain, anchorKey, anchor, answered }: Parts): Known {
  return { domain, anchorKey, anchors: anchor?.anchors ?? [], now: answered }
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(body))
  } catch {
    return undefined // no JSON: what is looked for in it is missing
  }
}

function unproven(code: UnprovenCode): Unproven {
  return { ok: false, code }
}
