import {
  fromHex,
  type Hex,
  MalformedError,
  type PartPlace,
  printQuery,
  type ResultHeader,
  type Value,
} from '@medrec/protocol'
import type { Write } from '@medrec/records'
import { type Access, accessTo, postTo, type Refusal, refusalOf, type Source } from './access.ts'
import * as Checkpoint from './Checkpoint.ts'
import { checkCaughtUp } from './catchUp.ts'
import { disbelieved } from './disbelief.ts'
import type { Participant } from './Participant.ts'
import type { ReadPart, Result } from './Results.ts'
import * as Results from './Results.ts'
import type { Exchange } from './request.ts'
import { toAnswer, toIndexAnswer, toLogAnswer } from './shapes.ts'
import { verifyAnswer } from './verifyAnswer.ts'
import { indexKeyOf, logHead, type ProvenIndex, verifyIndex, verifyLog } from './verifyIndex.ts'
import type { Commitment } from './verifyRoots.ts'
import type { IndexedPointer, LogAnswer } from './wire.ts'

export type { Source } from './access.ts'
export type { Result } from './Results.ts'

/** What to read of a record. */
export type Wanted = {
  readonly pointer: Hex
  /** Names of fields; everything we may read when absent. */
  readonly elements?: readonly string[]
  /** Number of the purpose (docs/protocol.md section 3). */
  readonly purpose: number
  /** A former version; for the subject only. */
  readonly version?: number
  /** Ends the request; then the answer is a refusal, `UNREACHABLE`. */
  readonly signal?: AbortSignal
}

export type Read =
  | { readonly ok: true; readonly result: Result; readonly exchange: Exchange }
  | Refusal

/**
 * Reads fields of a pointer at the steward's gatekeeper (paper III-C.3), checks every proof against our own
 * view of the chain, and keeps the result. A refusal is an answer, not an exception. Of a record that no one answer
 * holds it is the first part, or `part`: number and root of the whole (see `Parts.read`).
 */
export async function read(
  participant: Participant,
  options: Source & Wanted & { readonly part?: { readonly number: number; readonly of: Hex } },
): Promise<Read> {
  const access = accessTo(participant, options)
  if ('ok' in access) return access
  const asked = options.elements ?? (await readableFields(participant, access, options))
  if ('ok' in asked) return asked
  const { pointer, purpose, version, part, signal } = options
  const query = printQuery({ pointer: fromHex(pointer, 16), elements: asked })
  const more = { query, purpose, ...(version !== undefined && { version }), ...(part && { part }) }
  const reply = await postTo(participant, access, '/query', more, signal)
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
    part,
    salt,
    scope,
    index: access.index,
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
    rows: proven.part?.rows ?? header.rows,
    columns,
    ...(proven.part && { part: readPart(proven.part, header, proven.result) }),
    commitment,
    catalogue: answer.catalogue,
    receipt: reply.receipt,
    receivedAt: Math.floor(participant.clock()),
  }
  // What is read in an emergency stays on no device, and of what no one answer holds the first part alone.
  const isKept = !access.presented.emergency && (proven.part?.number ?? 0) === 0
  if (isKept) await Results.keep(participant, result, access.grant)
  return { ok: true, result, exchange: reply.exchange }
}

function readPart(place: PartPlace, header: ResultHeader, of: Hex): ReadPart {
  const { number, from } = place
  return { number, from, parts: header.parts ?? 1, total: header.rows, of }
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
 * Asks for a relationship's index. The subject checks that it extends the one she saw last, so that nothing was
 * taken back since, and seals what she saw in a note to herself; others are told of no index in between, which would
 * count who else reads (docs/protocol.md 8.2).
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
  | {
      readonly ok: true
      readonly lines: readonly LogLine[]
      readonly commitment: Commitment
      readonly exchange: Exchange
    }
  | Refusal
> {
  const access = accessTo(participant, options)
  if ('ok' in access) return access
  const from = options.from ?? 0
  const kept = await participant.store.get<KeptLog>(logs, [access.relationship])
  const before = from === 0 ? noHead : kept?.heads[from]
  const pages = await logPages(participant, access, from)
  if ('code' in pages) return pages
  const { answer, exchange } = pages
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
  return { ok: true, lines, commitment: proven.commitment, exchange }
}

/**
 * A log from an entry to its end: a steward answers with a part at a time, and only the end is committed to. The
 * exchange is that of the last part.
 */
async function logPages(
  participant: Participant,
  access: Access,
  from: number,
): Promise<{ readonly answer: LogAnswer; readonly exchange: Exchange } | Refusal> {
  let whole: LogAnswer | undefined
  for (;;) {
    const next = from + (whole?.entries.length ?? 0)
    const reply = await postTo(participant, access, '/log', { from: next })
    if (reply.kind === 'refusal') return refusalOf(reply)
    const page = toLogAnswer(reply.body)
    if (!page || page.from !== next) return disbelieved('ANSWER_MALFORMED')
    if (whole && page.before !== whole.entries.reduce(logHead, whole.before))
      return disbelieved('LOG_BROKEN')
    const entries = [...(whole?.entries ?? []), ...page.entries]
    whole = { ...page, from, before: whole?.before ?? page.before, entries }
    // Each question adds an entry, so that the last part is never empty for long: a short one is the last.
    if (page.entries.length < logPage) return { answer: whole, exchange: reply.exchange }
  }
}

/** The fields of a pointer that we may read, by name, from the index (asked for when we have none). */
export async function fields(
  participant: Participant,
  options: Source & { readonly pointer: Hex },
): Promise<{ readonly ok: true; readonly elements: readonly string[] } | Refusal> {
  const access = accessTo(participant, options)
  if ('ok' in access) return access
  const elements = await readableFields(participant, access, options)
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
  { pointer, ...source }: Source & { readonly pointer: Hex },
): Promise<readonly string[] | Refusal> {
  const kept = await participant.store.get<KeptIndex>(indexes, keyOf(access))
  let found = kept?.pointers.find((known) => known.pointer === pointer)
  if (!found) {
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
  if (!access.salt) return undefined
  const kept = await participant.store.get<KeptIndex>(indexes, keyOf(access))
  if (kept) return { index: kept.leaf, updates: kept.updates }
  return participant.summary().checkpoints[access.relationship]
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
  const key = salt ? indexKeyOf(salt, relationship) : (scope?.index ?? access.index)
  if (!key) throw new MalformedError('an access with terms or a scope expected')
  return { subject, steward, relationship, salt, key }
}

function keptAt(access: Access, value: KeptIndex): Write {
  return { table: indexes, key: keyOf(access), value }
}

/** What one right shows stays apart from what another one does. */
function keyOf({ relationship, grant, presented }: Access): readonly string[] {
  return [relationship, grant ?? presented.delegation?.slot ?? presented.emergency ?? '']
}

type KeptLog = { readonly heads: Readonly<Record<number, Hex>> }

/** Entries in one answer about a log (docs/protocol.md section 8). */
const logPage = 1_000

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
