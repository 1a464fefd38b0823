import {
  type FieldList,
  fromHex,
  type Hex,
  MalformedError,
  printQuery,
  type Value,
} from '@medrec/protocol'
import type { Write } from '@medrec/records'
import { type Access, accessTo, postTo, type Refusal, refusalOf } from './access.ts'
import * as Checkpoint from './Checkpoint.ts'
import { checkCaughtUp } from './catchUp.ts'
import { disbelieved } from './disbelief.ts'
import type { Participant } from './Participant.ts'
import * as Results from './Results.ts'
import type { Receipt } from './request.ts'
import { toAnswer, toIndexAnswer, toLogAnswer } from './shapes.ts'
import { type Column, verifyAnswer } from './verifyAnswer.ts'
import { indexKeyOf, logHead, type ProvenIndex, verifyIndex, verifyLog } from './verifyIndex.ts'
import type { Commitment } from './verifyRoots.ts'
import type { IndexedPointer } from './wire.ts'

/** What to read: one's own record by its relationship, or another's by the share that allows it. */
export type Source = { readonly relationship: Hex } | { readonly grant: Hex }

/** A read that was answered and proven. */
export type Result = {
  readonly relationship: Hex
  readonly subject: Hex
  readonly steward: Hex
  readonly pointer: Hex
  readonly resource: string
  readonly label: string
  readonly category: number
  readonly schema: number
  readonly version: number
  readonly origin: number
  /** Why it changed, if somebody said so. */
  readonly reason: string | null
  /** Unix seconds: when this version was made. */
  readonly time: number
  readonly rows: number
  readonly columns: readonly Column[]
  readonly commitment: Commitment
  readonly catalogue: FieldList
  readonly receipt: Receipt
  /** Unix seconds */
  readonly receivedAt: number
}

export type Read = { readonly ok: true; readonly result: Result } | Refusal

/**
 * Reads fields of a pointer at the steward's gatekeeper (paper III-C.3), checks every proof against our own
 * view of the chain, and keeps the result. A refusal is an answer, not an exception.
 */
export async function read(
  participant: Participant,
  options: Source & {
    readonly pointer: Hex
    /** Names of fields; everything we may read when absent. */
    readonly elements?: readonly string[]
    /** Number of the purpose (docs/protocol.md section 3). */
    readonly purpose: number
    /** A former version; for the subject only. */
    readonly version?: number
  },
): Promise<Read> {
  const access = accessTo(participant, options)
  if ('ok' in access) return access
  const asked = options.elements ?? (await readableFields(participant, access, options.pointer))
  if ('ok' in asked) return asked
  const { pointer, purpose, version } = options
  const query = printQuery({ pointer: fromHex(pointer, 16), elements: asked })
  const more = { query, purpose, ...(version !== undefined && { version }) }
  const reply = await postTo(participant, access, '/query', more)
  if (reply.kind === 'refusal') return refusalOf(reply)
  const answer = toAnswer(reply.body)
  if (!answer) return disbelieved('ANSWER_MALFORMED')
  const { salt, scope, subject, steward, relationship } = access
  const expected = {
    subject,
    steward,
    relationship,
    pointer,
    elements: asked,
    version,
    salt,
    scope,
  }
  const proven = await checkCaughtUp(participant, access, answer, (known) =>
    verifyAnswer(answer, expected, known),
  )
  if (typeof proven === 'string') return disbelieved(proven)
  const { header, columns, commitment } = proven
  const result: Result = {
    relationship,
    subject,
    steward,
    pointer,
    resource: answer.catalogue.resource,
    label: answer.catalogue.label,
    category: header.category,
    schema: header.schema,
    version: header.version,
    origin: header.change.origin,
    reason: header.change.reason,
    time: answer.leaf.time,
    rows: header.rows,
    columns,
    commitment,
    catalogue: answer.catalogue,
    receipt: reply.receipt,
    receivedAt: Math.floor(participant.clock()),
  }
  await Results.keep(participant, result, access.grant)
  return { ok: true, result }
}

/** What an index says, proven. */
export type Index = {
  readonly relationship: Hex
  readonly pointers: readonly IndexedPointer[]
  /** Absent for a viewer. */
  readonly updates: number | undefined
  /** The steward counts more updates than its tags that we saw on the chain. */
  readonly missingTags: boolean
  readonly leaf: Hex
  readonly commitment: Commitment
}

/** What we keep of an index. */
type KeptIndex = {
  readonly leaf: Hex
  readonly updates: number
  readonly pointers: readonly IndexedPointer[]
}

const indexes = 'indexes'
const logs = 'logs'

/**
 * Asks for a relationship's index and checks that it extends the one we saw last, so that nothing was taken
 * back since (DESIGN 4, Index leaf). The subject seals what she saw in a note to herself.
 */
export async function index(
  participant: Participant,
  source: Source,
): Promise<{ readonly ok: true; readonly index: Index } | Refusal> {
  const access = accessTo(participant, source)
  if ('ok' in access) return access
  const since = await lastSeen(participant, access)
  const reply = await postTo(participant, access, '/index', since && { since: since.index })
  if (reply.kind === 'refusal') return refusalOf(reply)
  const answer = toIndexAnswer(reply.body)
  if (!answer) return disbelieved('ANSWER_MALFORMED')
  const expected = { ...partiesOf(access), since }
  const proven = await checkCaughtUp(participant, access, answer, (known) =>
    verifyIndex(answer, expected, known),
  )
  if (typeof proven === 'string') return disbelieved(proven)
  const { pointers, opened } = answer
  const kept: KeptIndex = { leaf: proven.leaf, updates: opened?.updates ?? 0, pointers }
  await participant.store.write([keptAt(access, kept)])
  if (opened && since?.index !== proven.leaf)
    await seal(participant, access.relationship, proven, opened.updates)
  const seen = access.state?.updates ?? 0
  return {
    ok: true,
    index: {
      relationship: access.relationship,
      pointers,
      updates: opened?.updates,
      missingTags: opened !== undefined && opened.updates > seen,
      ...proven,
    },
  }
}

/** One line of "who looked": a text that the steward's log holds, as it stands there. */
export type LogLine = {
  readonly position: number
  readonly text: string
  /** Committed to by the index; later lines are newer than it. */
  readonly committed: boolean
}

/** Reads our access log at a steward and checks its chain up to what the index commits to (paper III-C.3). */
export async function readLog(
  participant: Participant,
  options: { readonly relationship: Hex; readonly from?: number },
): Promise<
  | { readonly ok: true; readonly lines: readonly LogLine[]; readonly commitment: Commitment }
  | Refusal
> {
  const access = accessTo(participant, options)
  if ('ok' in access) return access
  const from = options.from ?? 0
  const kept = await participant.store.get<KeptLog>(logs, [access.relationship])
  const before = from === 0 ? noHead : kept?.heads[from]
  const reply = await postTo(participant, access, '/log', { from })
  if (reply.kind === 'refusal') return refusalOf(reply)
  const answer = toLogAnswer(reply.body)
  if (!answer || answer.from !== from) return disbelieved('ANSWER_MALFORMED')
  const expected = { ...partiesOf(access), since: undefined, before }
  const proven = await checkCaughtUp(participant, access, answer.index, (known) =>
    verifyLog(answer, expected, known),
  )
  if (typeof proven === 'string') return disbelieved(proven)
  const heads = headsAfter(answer.before, from, answer.entries.slice(0, proven.committed))
  if (contradicts(kept, heads)) return disbelieved('LOG_BROKEN')
  await participant.store.write([
    { table: logs, key: [access.relationship], value: { heads: { ...kept?.heads, ...heads } } },
  ])
  const lines = answer.entries.map((text, i) => ({
    position: from + i,
    text,
    committed: i < proven.committed,
  }))
  return { ok: true, lines, commitment: proven.commitment }
}

/** The fields of a pointer that we may read, by name, from the index (asked for when we have none). */
export async function fields(
  participant: Participant,
  options: Source & { readonly pointer: Hex },
): Promise<{ readonly ok: true; readonly elements: readonly string[] } | Refusal> {
  const access = accessTo(participant, options)
  if ('ok' in access) return access
  const elements = await readableFields(participant, access, options.pointer)
  return 'ok' in elements ? elements : { ok: true, elements }
}

/** Rows of a result as records by field name. */
export function rowsOf(result: Pick<Result, 'rows' | 'columns'>): readonly Record<string, Value>[] {
  return Array.from({ length: result.rows }, (_, row) =>
    Object.fromEntries(result.columns.map(({ name, values }) => [name, values[row] ?? null])),
  )
}

async function readableFields(
  participant: Participant,
  access: Access,
  pointer: Hex,
): Promise<readonly string[] | Refusal> {
  const kept = await participant.store.get<KeptIndex>(indexes, keyOf(access))
  let found = kept?.pointers.find((known) => known.pointer === pointer)
  if (!found) {
    const source = access.grant ? { grant: access.grant } : { relationship: access.relationship }
    const fresh = await index(participant, source)
    if (!fresh.ok) return fresh
    found = fresh.index.pointers.find((known) => known.pointer === pointer)
  }
  if (!found) return disbelieved('NOT_IN_INDEX')
  const { category, schema, catalogue } = found
  const mask = access.scope
    ? Results.maskFor(access.scope, { pointer, category, schema })
    : undefined
  return catalogue.fields
    .filter(({ bit }) => mask === undefined || ((mask >> BigInt(bit)) & 1n) === 1n)
    .map(({ name }) => name)
}

async function lastSeen(
  participant: Participant,
  access: Access,
): Promise<{ index: Hex; updates: number } | undefined> {
  const kept = await participant.store.get<KeptIndex>(indexes, keyOf(access))
  if (kept) return { index: kept.leaf, updates: kept.updates }
  return access.grant ? undefined : participant.summary().checkpoints[access.relationship]
}

async function seal(
  participant: Participant,
  relationship: Hex,
  { leaf }: ProvenIndex,
  updates: number,
): Promise<void> {
  await Checkpoint.post(participant, [{ relationship, index: leaf, updates }])
}

function partiesOf(access: Access): {
  subject: Hex
  steward: Hex
  relationship: Hex
  salt: Uint8Array | undefined
  key: Uint8Array
} {
  const { subject, steward, relationship, salt, scope } = access
  const key = salt ? indexKeyOf(salt, relationship) : scope?.index
  if (!key) throw new MalformedError('an access with terms or a scope expected')
  return { subject, steward, relationship, salt, key }
}

function keptAt(access: Access, value: KeptIndex): Write {
  return { table: indexes, key: keyOf(access), value }
}

function keyOf(access: Access): readonly string[] {
  return [access.relationship, access.grant ?? '']
}

type KeptLog = { readonly heads: Readonly<Record<number, Hex>> }

const noHead: Hex = `0x${'00'.repeat(32)}`

/** Head of the log before each position. */
function headsAfter(before: Hex, from: number, texts: readonly string[]): Record<number, Hex> {
  const heads: Record<number, Hex> = { [from]: before }
  let head = before
  for (const [i, text] of texts.entries()) {
    head = logHead(head, text)
    heads[from + i + 1] = head
  }
  return heads
}

/** Whether a log that we saw before was rewritten. */
function contradicts(kept: KeptLog | undefined, heads: Record<number, Hex>): boolean {
  return Object.entries(heads).some(([position, head]) => {
    const before = kept?.heads[Number(position)]
    return before !== undefined && before !== head
  })
}
