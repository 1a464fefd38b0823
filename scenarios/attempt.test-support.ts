import { Scopes, Share, type Wire } from '@medrec/library'
import {
  type Account,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  type Hex,
  hpkeOpen,
  isResponseOf,
  Keys,
  ledgerDomain,
  newReplyKey,
  type SignatureHeaders,
  signRequest,
  signStatement,
  toBase64Url,
  toHex,
  utf8,
} from '@medrec/protocol'
import type { Actor } from '../packages/cli/src/story/Actor.ts'
import { found } from './demo.test-support.ts'

/** An institution's gatekeeper as a program on the network reaches it. */
export type Gate = { readonly url: string; readonly authority: string; readonly steward: Hex }

/** A signed request with everything that is needed to open what comes back. */
export type Attempt = {
  readonly gate: Gate
  readonly body: Uint8Array
  readonly headers: SignatureHeaders
  readonly replyKey: Uint8Array
}

/** Parts of a request that an attempt replaces. */
export type Parts = {
  /** Signs the request; the asker's own request key if absent */
  readonly key?: Account
  readonly audience?: string
  readonly chainId?: number
  readonly now?: number
  readonly statement?: Wire.RequestStatement
}

/** What came back. */
export type Told = {
  readonly status: number
  readonly code: string
  /** The body, byte for byte */
  readonly text: string
  /** Names of headers, and values of those that are not bound to the request */
  readonly headers: Readonly<Record<string, string>>
  readonly isSigned: boolean
  /** The opened answer, when there is one */
  readonly answer: Wire.Answer | undefined
}

export const now = (): number => Math.floor(Date.now() / 1000)

/** The gate of a steward, out of its public profile. */
export function gateOf({ participant }: Actor, steward: Hex): Gate {
  const { url } = found(participant.chain.view().profile(steward))
  return { url, authority: new URL(url).host, steward }
}

/** The identity's statement for a request key. */
export function statementOf(
  { participant, idTag }: Actor,
  key: Account,
  audience: string,
): Wire.RequestStatement {
  const facts = { audience, notBefore: now() - 60, expires: now() + 600 }
  const signature = signStatement(
    participant.keys.identity,
    ledgerDomain(participant.network),
    'RequestKey',
    { ...facts, idTag: fromHex(idTag), key: key.address },
  )
  return { idTag, key: toHex(key.address), ...facts, signature: toHex(signature) }
}

/** A share as requests present it. */
export function shareOf(
  { participant }: Actor,
  grant: Hex,
): { grant: Hex; signature: Hex; scope: Scopes.ScopeJson } {
  const share = found(Share.listMine(participant).find((one) => one.grant === grant))
  return { grant, signature: share.signature, scope: Scopes.toJson(share.scope) }
}

/** A whole request, any part of it replaced. */
export function attempt(who: Actor, gate: Gate, content: object, parts: Parts = {}): Attempt {
  const audience = parts.audience ?? gate.authority
  const { keys, network } = who.participant
  const key = parts.key ?? Keys.requestKey(keys, audience, now())
  const reply = newReplyKey()
  const body = utf8(
    JSON.stringify({
      statement: parts.statement ?? statementOf(who, key, audience),
      reply: toBase64Url(reply.publicKey),
      ...content,
    }),
  )
  const request = { ...common, authority: audience, body }
  const options = { chainId: parts.chainId ?? network.chainId, now: parts.now ?? now() }
  return { gate, body, headers: signRequest(request, key, options), replyKey: reply.privateKey }
}

const common = { method: 'POST', path: '/query', contentType: 'application/json' } as const
/** Bound to the request or to the moment; all others must not differ between strangers. */
const boundHeaders = ['signature', 'signature-input', 'date']

/** Sends a request, checks the receipt with the key that the chain names, and opens an answer. */
export async function send(who: Actor, made: Attempt): Promise<Told> {
  const { gate, body, headers, replyKey } = made
  const response = await fetch(new URL('/query', gate.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: Uint8Array.from(body),
  })
  const received = new Uint8Array(await response.arrayBuffer())
  const header = (name: string): string => response.headers.get(name) ?? ''
  const { chain, network } = who.participant
  const isSigned = isResponseOf(
    fromHex(found(chain.view().profile(gate.steward)).anchorKey, 20),
    {
      status: response.status,
      contentType: header('content-type'),
      body: received,
      request: { ...common, authority: gate.authority, body },
      requestHeaders: headers,
    },
    {
      'content-digest': header('content-digest'),
      'signature-input': header('signature-input'),
      signature: header('signature'),
    },
    network.chainId,
  )
  const text = fromUtf8(received)
  const json = JSON.parse(text) as { code?: string; enc?: string; ciphertext?: string }
  const plain =
    json.enc !== undefined && json.ciphertext !== undefined
      ? hpkeOpen({
          privateKey: replyKey,
          info: utf8('medrec/v1/answer'),
          aad: fromBase64(headers.signature.slice('eth=:'.length, -1)),
          sealed: { enc: fromBase64Url(json.enc), ciphertext: fromBase64Url(json.ciphertext) },
        })
      : undefined
  return {
    status: response.status,
    code: json.code ?? '',
    text,
    headers: Object.fromEntries(
      [...response.headers].map(([name, value]) => [
        name,
        boundHeaders.includes(name) ? '' : value,
      ]),
    ),
    isSigned,
    answer: plain && (JSON.parse(fromUtf8(plain)) as Wire.Answer),
  }
}
