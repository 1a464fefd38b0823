import type { ProofFile } from './proofFile.ts'
import type { Answer, EmergencyAnswer, IndexAnswer, LogAnswer, QueryBody } from './wire.ts'

/** A form that JSON may have; a name that ends in `?` may be absent. */
export type Shape = 'hex' | 'count' | 'text' | readonly [Shape] | { readonly [name: string]: Shape }

const catalogue: Shape = {
  version: 'count',
  resource: 'text',
  label: 'text',
  fields: [{ bit: 'count', name: 'text', type: 'text', label: 'text' }],
}
const leaf: Shape = {
  version: 'count',
  previous: 'hex',
  origin: 'count',
  category: 'count',
  schema: 'count',
  catalogue: 'count',
  query: 'hex',
  result: 'hex',
  time: 'count',
}
const pending = { time: 'count', delay: 'count', signature: 'hex' } as const
const anchored = {
  counter: 'count',
  block: 'count',
  blockHash: 'hex',
  indexPath: ['hex'],
} as const
const answer: Shape = {
  subject: 'hex',
  steward: 'hex',
  relationship: 'hex',
  pointer: 'hex',
  key: 'hex',
  header: 'text',
  size: 'count',
  leaves: [{ position: 'count', salt: 'hex', text: 'text' }],
  proof: ['hex'],
  'part?': { number: 'count', from: 'count', rows: 'count', path: ['hex'] },
  leaf,
  'later?': [leaf],
  index: { size: 'count', position: 'count', hidden: 'hex', previous: 'hex', entries: ['hex'] },
  'anchored?': { ...anchored, path: ['hex'] },
  'pending?': pending,
  catalogue,
}
const index = {
  subject: 'hex',
  steward: 'hex',
  relationship: 'hex',
  size: 'count',
  entries: 'hex',
  hidden: 'hex',
  previous: 'hex',
  'shown?': { positions: ['count'], proof: ['hex'] },
  'opened?': { updates: 'count', logHead: 'hex', logLength: 'count' },
  'chain?': [{ size: 'count', entries: 'hex', hidden: 'hex' }],
  'anchored?': anchored,
  'pending?': { ...pending, leaf: 'hex' },
} as const
const pointer: Shape = {
  pointer: 'hex',
  key: 'hex',
  category: 'count',
  schema: 'count',
  version: 'count',
  origin: 'count',
  time: 'count',
  catalogue,
}

const headers = { 'content-digest': 'text', 'signature-input': 'text', signature: 'text' } as const
const evidence = { header: 'hex', receipts: ['hex'] } as const
const proof: Shape = {
  medrec: 'text',
  network: { networkId: 'hex', chainId: 'count', registrar: 'hex', ledger: 'hex' },
  authority: 'text',
  path: 'text',
  request: { headers, body: 'text' },
  response: { status: 'count', contentType: 'text', headers, body: 'text' },
  replyKey: 'hex',
  institution: 'hex',
  'index?': 'hex',
  'blinding?': 'hex',
  profile: evidence,
  registration: evidence,
  'anchor?': evidence,
}
const statement: Shape = {
  idTag: 'hex',
  key: 'hex',
  audience: 'text',
  notBefore: 'count',
  expires: 'count',
  signature: 'hex',
  'p256?': 'text',
}
const queryBody: Shape = {
  relationship: 'hex',
  query: 'text',
  purpose: 'count',
  'version?': 'count',
  'part?': { number: 'count', of: 'hex' },
  statement,
  'share?': { scope: { subject: 'hex' } },
  'delegation?': { delegation: { subject: 'hex' } },
  'emergency?': 'hex',
}

/** Reads a proof file. */
export function toProofFile(json: unknown): ProofFile | undefined {
  return matches(proof, json) ? (json as ProofFile) : undefined
}

/** Reads the body of a signed request for records, as far as all have it. */
export function toReadBody(
  json: unknown,
): Pick<QueryBody, 'relationship' | 'statement'> | undefined {
  return matches({ relationship: 'hex', statement }, json) ? (json as QueryBody) : undefined
}

/** Reads the body of a request for fields. */
export function toQueryBody(json: unknown): Omit<QueryBody, 'reply'> | undefined {
  return matches(queryBody, json) ? (json as QueryBody) : undefined
}

/** Reads an answer to a query, or undefined when it is not of that form. */
export function toAnswer(json: unknown): Answer | undefined {
  return matches(answer, json) ? (json as Answer) : undefined
}

/** Reads an answer to a request for an index. */
export function toIndexAnswer(json: unknown): IndexAnswer | undefined {
  return matches({ ...index, pointers: [pointer] }, json) ? (json as IndexAnswer) : undefined
}

/** Reads an answer to a request for a log. */
export function toLogAnswer(json: unknown): LogAnswer | undefined {
  const shape: Shape = {
    relationship: 'hex',
    from: 'count',
    before: 'hex',
    entries: ['text'],
    index,
  }
  return matches(shape, json) ? (json as LogAnswer) : undefined
}

/** Reads an answer to the opening of an emergency access. */
export function toEmergencyAnswer(json: unknown): EmergencyAnswer | undefined {
  const shape: Shape = {
    emergency: 'hex',
    relationship: 'hex',
    subject: 'hex',
    steward: 'hex',
    index: 'hex',
    categories: 'count',
    expires: 'count',
  }
  return matches(shape, json) ? (json as EmergencyAnswer) : undefined
}

/** Whether a value that came from outside has a form. */
export function matches(shape: Shape, value: unknown): boolean {
  if (shape === 'hex') return typeof value === 'string' && isHex(value)
  if (shape === 'count') return Number.isSafeInteger(value) && (value as number) >= 0
  if (shape === 'text') return typeof value === 'string'
  if (Array.isArray(shape))
    return Array.isArray(value) && value.every((item) => matches(shape[0] as Shape, item))
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(shape).every(([name, inner]) => {
    const isOptional = name.endsWith('?')
    const member = (value as Record<string, unknown>)[isOptional ? name.slice(0, -1) : name]
    return member === undefined ? isOptional : matches(inner as Shape, member)
  })
}

/** Without a group: one over millions of digits ends in a RangeError. */
function isHex(value: string): boolean {
  return value.length % 2 === 0 && /^0x[0-9a-f]*$/.test(value)
}
