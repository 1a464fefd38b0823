import type { Gatekeeper } from '@medrec/gatekeeper'
import {
  type Account,
  fromBase64Url,
  fromUtf8,
  hpkeOpen,
  Keys,
  newReplyKey,
  type SignableRequest,
  signRequest,
  toBase64Url,
  utf8,
} from '@medrec/protocol'
import {
  type Scene as GateScene,
  now,
  setScene,
  shareOf,
  statementOf,
} from '../../packages/gatekeeper/src/attempt.test-support.ts'
import type { Opened } from '../../packages/library/src/network.test-support.ts'
import { type Clinic, canaries } from './Clinic.ts'

/** What came back from the gatekeeper, opened. */
export type Told = {
  readonly status: number
  readonly text: string
  readonly isAnswered: boolean
}

/** Anything of a request that an attempt replaces; what it signs, it signs itself. */
export type Attempt = {
  readonly path?: string
  /** Another path than what is signed. */
  readonly sentTo?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly contentType?: string
  readonly remoteAddress?: string
  /** Instead of the whole body. */
  readonly raw?: Uint8Array
}

/** A gatekeeper on the clinic, its patient Ada, and the doctor with whom she shares two fields of her labs. */
export type Scene = {
  readonly gate: GateScene
  readonly clinic: Clinic
  readonly gatekeeper: () => Gatekeeper
  /** Id of a visit of Ada's that physicians write over and over. */
  readonly visit: string
  readonly doctor: Asker
  readonly ada: Asker
  ask(asker: Asker, body: object, attempt?: Attempt): Promise<Told>
  close(): Promise<void>
}

/** Somebody who asks, with all that she may not be told. */
export type Asker = {
  readonly who: Opened
  readonly isViewer: boolean
  readonly forbidden: readonly string[]
  /** The usual members of her requests. */
  readonly common: () => Readonly<Record<string, unknown>>
}

export const physician = { id: 's1', name: 'Dr Ek', role: 'physician' } as const
const { otherPatient, almostPatient, column, excluded, table, field, resource } = canaries
const everybodys = [otherPatient, almostPatient, column, excluded, table]

/** Who asks too often is sent away before anything is read: that would hide what payloads do. */
const ample = { perSecond: 1_000_000, burst: 10_000_000 }

/** Sets the scene on a real chain. */
export async function openScene(clinic: Clinic): Promise<Scene> {
  const gate = await setScene({
    ...clinic.source,
    catalogue: clinic.catalogue,
    rate: ample,
    identityRate: ample,
    // A busy machine is no breach: no payload of a request comes as far as the database.
    limits: { rows: 5_000, bytes: 2_097_152, milliseconds: 60_000 },
  })
  const { relationship } = gate.ada
  const written = await gate.gate.gatekeeper.add({
    ...{ localPatient: 'P1', resource: 'visits', values: { day: '2024-06-06', reason: '-' } },
    by: physician,
  })
  const ada: Asker = {
    ...{ who: gate.ada.patient, isViewer: false, forbidden: everybodys },
    common: () => ({ relationship }),
  }
  const share = shareOf(gate.ada)
  const doctor: Asker = {
    ...{ who: gate.doctor, isViewer: true, forbidden: [...everybodys, field, resource] },
    common: () => ({ relationship, share }),
  }
  const keys = new Map<Asker, { readonly key: Account; readonly statement: object }>()
  return {
    ...{ gate, clinic, ada, doctor, visit: written.key },
    gatekeeper: () => gate.gate.gatekeeper,
    ask: (asker, body, attempt = {}) =>
      ask(gate, keyOf(gate, keys, asker), { asker, body, attempt }),
    close: () => gate.close(),
  }
}

function keyOf(
  { gate }: GateScene,
  keys: Map<Asker, { readonly key: Account; readonly statement: object }>,
  asker: Asker,
): { readonly key: Account; readonly statement: object } {
  const known = keys.get(asker)
  if (known) return known
  const key = Keys.requestKey(asker.who.keys, gate.authority, now())
  const times = { notBefore: now() - 60, expires: now() + 80_000 }
  const made = { key, statement: statementOf(asker.who, key, gate.authority, times) }
  keys.set(asker, made)
  return made
}

async function ask(
  { gate, net }: GateScene,
  { key, statement }: { readonly key: Account; readonly statement: object },
  { asker, body, attempt }: { asker: Asker; body: object; attempt: Attempt },
): Promise<Told> {
  const reply = newReplyKey()
  const members = { ...asker.common(), statement, reply: toBase64Url(reply.publicKey), ...body }
  const request: SignableRequest = {
    authority: gate.authority,
    method: 'POST',
    path: attempt.path ?? '/query',
    contentType: attempt.contentType ?? 'application/json',
    // Unpaired surrogates go over as escapes.
    body: attempt.raw ?? new Uint8Array(Buffer.from(JSON.stringify(members))),
  }
  const signed = signRequest(request, key, { chainId: net.network.chainId, now: now() })
  const response = await gate.gatekeeper.handle({
    ...{ method: attempt.method ?? 'POST', path: attempt.sentTo ?? request.path },
    body: request.body,
    headers: { 'content-type': request.contentType, ...signed, ...attempt.headers },
    remoteAddress: attempt.remoteAddress ?? '127.0.0.1',
  })
  const heads = JSON.stringify(response.headers)
  const text = fromUtf8(response.body)
  if (response.status !== 200)
    return { status: response.status, text: heads + text, isAnswered: false }
  const opened = openedWith(text, reply, signed.signature)
  return { status: 200, text: heads + (opened ?? text), isAnswered: opened !== undefined }
}

function openedWith(
  text: string,
  { privateKey }: ReturnType<typeof newReplyKey>,
  signature: string,
): string | undefined {
  const { enc, ciphertext } = JSON.parse(text) as { enc?: string; ciphertext?: string }
  if (enc === undefined || ciphertext === undefined) return undefined
  const plain = hpkeOpen({
    ...{ privateKey, info: utf8('medrec/v1/answer') },
    aad: new Uint8Array(Buffer.from(signature.slice('eth=:'.length, -1), 'base64')),
    sealed: { enc: fromBase64Url(enc), ciphertext: fromBase64Url(ciphertext) },
  })
  return plain && fromUtf8(plain)
}
