import {
  type Delegation,
  fromBase64Url,
  fromHex,
  fromUtf8,
  type Hex,
  isSorted,
  MalformedError,
  parseQuery,
  type Scope,
} from '@medrec/protocol'
import { z } from 'zod'

/** A hex member: how it is spelled is checked when it is read into bytes. */
const hex = (size: number): z.ZodType<Hex> => {
  const form = new RegExp(`^0x[0-9a-f]{${size * 2}}$`)
  return z.custom<Hex>((text) => typeof text === 'string' && form.test(text))
}
const seconds = z
  .int()
  .min(0)
  .max(2 ** 40 - 1)
const statement = z.object({
  idTag: hex(32),
  key: hex(20),
  audience: z.string().max(300),
  notBefore: seconds,
  expires: seconds,
  signature: hex(64),
  /** Public key x | y of a P-256 request key; `key` is its address. */
  p256: z.string().length(86).optional(),
})
const entry = z.object({
  pointer: hex(16),
  category: z.int().min(0).max(0xffff_ffff),
  schema: z.int().min(0).max(0xffff_ffff),
  catalogue: z.int().min(0).max(0xffff),
  mask: z.string().regex(/^0x[0-9a-f]{1,64}$/),
})
const scope = z.object({
  subject: hex(32),
  steward: hex(32),
  viewer: hex(32),
  relationship: hex(32),
  epoch: z.int().min(0).max(0xffff),
  index: hex(32),
  purposes: z.int().min(0).max(0xffff),
  notBefore: seconds,
  salt: hex(32),
  entries: z.array(entry).max(512),
})
const share = z.object({
  grant: hex(20),
  signature: hex(64),
  scope,
  consent: z.object({ slot: hex(20), signature: hex(64) }).optional(),
})
const profile = z.object({
  relationship: hex(32),
  categories: z.int().min(0).max(0xffff_ffff),
  time: seconds,
  signature: hex(64),
})
const endedShare = share.pick({ signature: true, scope: true })
const delegation = z.object({
  slot: hex(20),
  signature: hex(64),
  delegation: z.object({
    subject: hex(32),
    steward: hex(32),
    delegate: hex(32),
    relationship: hex(32),
    epoch: z.int().min(0).max(0xffff),
    index: hex(32),
    rights: z.int().min(0).max(0xff),
    categories: z.int().min(0).max(0xffff_ffff),
    notBefore: seconds,
    salt: hex(32),
  }),
})
/** By which right somebody else than the subject asks. */
const rights = {
  share: share.optional(),
  delegation: delegation.optional(),
  emergency: hex(16).optional(),
}
const common = { relationship: hex(32), statement, reply: z.string().length(43) }
const bodies = {
  '/query': z.object({
    ...common,
    query: z.string(),
    purpose: z.int().min(0).max(15),
    ...rights,
    version: z.int().min(1).max(0xffff_ffff).optional(),
    part: z.object({ number: z.int().min(0).max(0xffff_ffff), of: hex(32) }).optional(),
  }),
  '/index': z.object({ ...common, ...rights, since: hex(32).optional() }),
  '/log': z.object({ ...common, from: z.int().min(0).optional() }),
}

export type Statement = z.infer<typeof statement>

/** A share as it was presented, opened. */
export type PresentedShare = {
  readonly grant: Uint8Array
  readonly signature: Uint8Array
  readonly scope: Scope
  readonly consent: { readonly slot: Uint8Array; readonly signature: Uint8Array } | undefined
}

/** A delegation as it was presented, opened. */
export type PresentedDelegation = {
  readonly slot: Uint8Array
  readonly signature: Uint8Array
  readonly delegation: Delegation
}

/** What every request of a reader names. */
export type ReadRequest = {
  readonly relationship: Hex
  readonly statement: Statement
  readonly share: PresentedShare | undefined
  readonly delegation: PresentedDelegation | undefined
  /** Name of the emergency access that was opened before. */
  readonly emergency: Hex | undefined
  readonly reply: Uint8Array
}
export type QueryRequest = ReadRequest & {
  readonly kind: 'query'
  readonly pointer: Hex
  readonly pointerBytes: Uint8Array
  readonly elements: readonly string[]
  readonly purpose: number
  readonly version: number | undefined
  /** A part of the result with this root; the first one of what there is when absent. */
  readonly part?: { readonly number: number; readonly of: Hex } | undefined
}
export type IndexRequest = ReadRequest & { readonly kind: 'index'; readonly since: Hex | undefined }
export type LogRequest = ReadRequest & { readonly kind: 'log'; readonly from: number }
export type AnyRequest = QueryRequest | IndexRequest | LogRequest

/** A request to open an emergency access (break-glass). */
export type EmergencyRequest = {
  readonly patient: Hex
  /** How she calls herself; her signature stands under it. */
  readonly name: string
  readonly reason: string
  readonly statement: Statement
  readonly reply: Uint8Array
}

/** Control characters but the end of a line, unpaired surrogates, and what turns the order of letters around. */
const steering = /(?!\n)\p{Cc}|\p{Cs}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/** Words that the patient and a reviewer will read; characters that nobody sees do not count. */
const words = (least: number, most: number): z.ZodType<string> =>
  z
    .string()
    .trim()
    .max(most)
    .refine((text) => text.replace(/\p{C}/gu, '').trim().length >= least && !steering.test(text))

const opening = z.object({
  patient: hex(32),
  name: words(2, 100),
  reason: words(10, 300),
  statement,
  reply: common.reply,
})

/** Reads the body of `POST /emergency`. Throws MalformedError, which names no content. */
export function readEmergency(body: Uint8Array): EmergencyRequest {
  const { reply, ...rest } = checked(opening, parsed(body))
  return { ...rest, reply: replyKeyOf(reply) }
}

/** Reads a request's body. Throws MalformedError, which names no content. */
export function readBody(path: '/query' | '/index' | '/log', body: Uint8Array): AnyRequest {
  const json = parsed(body)
  switch (path) {
    case '/query': {
      const { query, purpose, version, part, ...rest } = checked(bodies[path], json)
      const { pointer, elements } = parseQuery(query)
      return {
        kind: 'query',
        ...readerOf(rest),
        pointer: `0x${query.slice(0, 32)}`,
        pointerBytes: pointer,
        elements,
        purpose,
        version,
        part,
      }
    }
    case '/index': {
      const { since, ...rest } = checked(bodies[path], json)
      return { kind: 'index', ...readerOf(rest), since }
    }
    case '/log': {
      const { from, ...rest } = checked(bodies[path], json)
      return { kind: 'log', ...readerOf(rest), from: from ?? 0 }
    }
  }
}

function readerOf(body: {
  relationship: Hex
  statement: Statement
  reply: string
  share?: z.infer<typeof share> | undefined
  delegation?: z.infer<typeof delegation> | undefined
  emergency?: Hex | undefined
}): ReadRequest {
  const { relationship, statement, emergency } = body
  if (emergency && (body.share || body.delegation))
    throw new MalformedError('an emergency needs no share and no delegation')
  return {
    relationship,
    statement,
    reply: replyKeyOf(body.reply),
    share: body.share && shareOf(body.share),
    delegation: body.delegation && delegationOf(body.delegation),
    emergency,
  }
}

function replyKeyOf(reply: string): Uint8Array {
  const replyKey = fromBase64Url(reply)
  if (replyKey.length !== 32) throw new MalformedError('a reply key has 32 bytes')
  return replyKey
}

/** Opens a share whose end is told before its grant is on the chain. Throws MalformedError. */
export function openEndedShare(json: unknown): Pick<PresentedShare, 'signature' | 'scope'> {
  const { signature, scope: content } = checked(endedShare, json)
  return { signature: fromHex(signature), scope: scopeOf(content) }
}

/** What a subject says may be read in an emergency, as she pushed it. */
export type Profile = Omit<z.infer<typeof profile>, 'signature'> & {
  readonly signature: Uint8Array
}

/** Opens a pushed word on emergencies. Throws MalformedError. */
export function openProfile(json: unknown): Profile {
  const { signature, ...said } = checked(profile, json)
  return { ...said, signature: fromHex(signature) }
}

function scopeOf(json: z.infer<typeof scope>): Scope {
  const opened = {
    ...json,
    subject: fromHex(json.subject),
    steward: fromHex(json.steward),
    viewer: fromHex(json.viewer),
    relationship: fromHex(json.relationship),
    index: fromHex(json.index),
    salt: fromHex(json.salt),
    entries: json.entries.map((item) => ({
      ...item,
      pointer: fromHex(item.pointer),
      mask: BigInt(item.mask),
    })),
  }
  if (!isSorted(opened.entries)) throw new MalformedError('entries of a scope are strictly sorted')
  return opened
}

function shareOf({ grant, signature, scope, consent }: z.infer<typeof share>): PresentedShare {
  return {
    grant: fromHex(grant),
    signature: fromHex(signature),
    scope: scopeOf(scope),
    consent: consent && { slot: fromHex(consent.slot), signature: fromHex(consent.signature) },
  }
}

/** A delegation's JSON that was handed over outside of a request; undefined when it is none. */
export function readDelegation(json: unknown): PresentedDelegation | undefined {
  const parsed = delegation.safeParse(json)
  return parsed.success ? delegationOf(parsed.data) : undefined
}

function delegationOf(json: z.infer<typeof delegation>): PresentedDelegation {
  const { slot, signature, delegation: content } = json
  return {
    slot: fromHex(slot),
    signature: fromHex(signature),
    delegation: {
      ...content,
      subject: fromHex(content.subject),
      steward: fromHex(content.steward),
      delegate: fromHex(content.delegate),
      relationship: fromHex(content.relationship),
      index: fromHex(content.index),
      salt: fromHex(content.salt),
    },
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(body))
  } catch {
    throw new MalformedError('a JSON body expected') // without the cause: its message quotes the body
  }
}

function checked<T>(schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const members = result.error.issues.map(({ path }) => path.join('.')).join(', ')
  throw new MalformedError(`the body's members ${members}`)
}
