import type { Answer, IndexAnswer, LogAnswer } from './wire.ts'

/** A form that JSON may have; a name that ends in `?` may be absent. */
type Shape = 'hex' | 'count' | 'text' | readonly [Shape] | { readonly [name: string]: Shape }

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

function matches(shape: Shape, value: unknown): boolean {
  if (shape === 'hex') return typeof value === 'string' && /^0x([0-9a-f]{2})*$/.test(value)
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
