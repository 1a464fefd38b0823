import {
  type Account,
  controller,
  type Domain,
  fromHex,
  fromUtf8,
  type Hex,
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
import type { TestEngine } from '../../library/src/anvil.test-support.ts'
import {
  type Opened,
  startNetwork,
  type TestNetwork,
} from '../../library/src/network.test-support.ts'
import * as Scopes from '../../library/src/Scopes.ts'
import * as Share from '../../library/src/Share.ts'
import {
  type Enrolment,
  type Gate,
  openGate,
  shareLabs,
  someEnrolled,
} from './gate.test-support.ts'
import type { GatekeeperOptions } from './openGatekeeper.ts'

/** A gate with two enrolled patients, and a doctor whom the first one shares with. */
export type Scene = {
  readonly net: TestNetwork
  readonly gate: Gate
  readonly ada: Enrolment
  readonly bo: Enrolment
  readonly doctor: Opened
  readonly grant: Hex
  /** Codes of refusals, as the institution sees them. */
  readonly codes: string[]
  /** The moments at which refusals to strangers left, in milliseconds of `time`. */
  readonly left: number[]
  /** How far the gate's clock is ahead. */
  readonly ahead: { seconds: number }
  /** The gatekeeper's clock for them; `lasts` is what it gains each time it is looked at. */
  readonly time: { now: number; lasts: number }
  close(): Promise<void>
}

/** Each test file has one scene of its own. */
let scene: Scene

/** Sets the scene on a real chain, an anvil of its own unless told. */
export async function setScene(
  more: Partial<GatekeeperOptions> = {},
  engine?: TestEngine,
): Promise<Scene> {
  const net = await startNetwork(engine ? { engine } : {})
  const left: number[] = []
  const time = { now: 0, lasts: 0 }
  const ahead = { seconds: 0 }
  const gate = await openGate(net, {
    clock: () => Date.now() / 1_000 + ahead.seconds,
    rate: { perSecond: 1, burst: 10_000 },
    timer: {
      now: () => {
        time.now += time.lasts
        return time.now
      },
      until: async (until) => void left.push(until),
    },
    ...more,
  })
  const ada = await someEnrolled(net, gate, { accept: true })
  const bo = await someEnrolled(net, gate, { accept: true, localPatient: 'p1' })
  const { doctor, grant } = await shareLabs(net, gate, ada)
  const codes: string[] = []
  gate.gatekeeper.on((event) => {
    if (event.type === 'refused') codes.push(event.code)
  })
  const close = async (): Promise<void> => {
    await gate.close()
    await net.close()
  }
  scene = { net, gate, ada, bo, doctor, grant, codes, left, time, ahead, close }
  return scene
}

/** Parts of a request that an attempt replaces. */
export type Parts = {
  /** Signs the request; her own request key if absent. */
  readonly key?: Account
  readonly audience?: string
  readonly chainId?: number
  readonly now?: number
  readonly statement?: object
  /** Where it is sent to; /query when absent. */
  readonly path?: string
}

/** What came back. */
export type Told = {
  readonly status: number
  readonly code: string
  readonly text: string
  readonly isSigned: boolean
}

export const now = (): number => Math.floor(Date.now() / 1000)
export const domain = (): Domain => ledgerDomain(scene.net.network)

/** A statement of the identity for a request key. */
export function statementOf(
  who: Opened,
  key: Pick<Account, 'address'>,
  audience: string,
  times: { notBefore: number; expires: number } = { notBefore: now() - 60, expires: now() + 600 },
): Record<string, unknown> {
  const facts = { audience, ...times }
  const idTag = who.me()?.idTag as Hex
  const bytes = Uint8Array.from(Buffer.from(idTag.slice(2), 'hex'))
  const signature = signStatement(who.keys.identity, domain(), 'RequestKey', {
    ...facts,
    idTag: bytes,
    key: key.address,
  })
  return { idTag, key: toHex(key.address), ...facts, signature: toHex(signature) }
}

/** A share of hers as requests present it. */
export function shareOf(
  enrolment: Enrolment,
  address: Hex = scene.grant,
): {
  grant: Hex
  signature: Hex
  scope: Scopes.ScopeJson
} {
  const share = Share.listMine(enrolment.patient).find((one) => one.grant === address)
  if (!share) throw new Error('no such share')
  return { grant: share.grant, signature: share.signature, scope: Scopes.toJson(share.scope) }
}

/** Her one-time controller in the relationship, which product code never hands out. */
export function controllerOf({ patient, relationship }: Enrolment): Account {
  const state = patient.summary().relationships.find(({ id }) => id === relationship)
  const pair = state && patient.peer(state.steward)?.pair
  const found =
    pair &&
    controller({
      keys: patient.keys,
      stewardToSubject: pair.theirs,
      role: 'subject',
      nonce: fromHex(state.nonce, 16),
    })
  if (!found) throw new Error('no such relationship')
  return found
}

/** A signed request, ready to be sent. */
export type Sendable = { readonly body: Uint8Array; readonly headers: SignatureHeaders }

/** A whole HTTP request to the gate, any part of it replaced. */
export function attempt(who: Opened, content: object, parts: Parts = {}): Sendable {
  const audience = parts.audience ?? scene.gate.authority
  const key = parts.key ?? Keys.requestKey(who.keys, audience, now())
  const body = utf8(
    JSON.stringify({
      statement: parts.statement ?? statementOf(who, key, audience),
      reply: toBase64Url(newReplyKey().publicKey),
      ...content,
    }),
  )
  const request = {
    authority: audience,
    method: 'POST' as const,
    path: parts.path ?? '/query',
    contentType: 'application/json',
    body,
  }
  const chainId = parts.chainId ?? scene.net.network.chainId
  return { body, headers: signRequest(request, key, { chainId, now: parts.now ?? now() }) }
}

/** Sends a request and checks the receipt. */
export async function post({ body, headers }: Sendable, path = '/query'): Promise<Told> {
  const response = await fetch(new URL(path, scene.gate.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: Uint8Array.from(body),
  })
  const received = new Uint8Array(await response.arrayBuffer())
  const header = (name: string): string => response.headers.get(name) ?? ''
  const isSigned = isResponseOf(
    Keys.anchorKey(scene.net.hospital.keys).address,
    {
      status: response.status,
      contentType: header('content-type'),
      body: received,
      request: {
        authority: scene.gate.authority,
        method: 'POST',
        path,
        contentType: 'application/json',
        body,
      },
      requestHeaders: headers,
    },
    {
      'content-digest': header('content-digest'),
      'signature-input': header('signature-input'),
      signature: header('signature'),
    },
    scene.net.network.chainId,
  )
  const text = fromUtf8(received)
  const { code } = JSON.parse(text) as { code?: string }
  return { status: response.status, code: code ?? '', text, isSigned }
}

/** The subject's own request for her labs. */
export const ownLabs = (elements = 'value'): object => ({
  relationship: scene.ada.relationship,
  query: `${scene.ada.labs.slice(2)}?_elements=${elements}`,
  purpose: 0,
})
/** The viewer's request for what was shared. */
export const sharedLabs = (): object => ({ ...ownLabs(), purpose: 1, share: shareOf(scene.ada) })
