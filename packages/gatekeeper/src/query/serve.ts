import { RpcUnavailableError } from '@medrec/client'
import { equal, type Hex, sha256, toHex } from '@medrec/protocol'
import { PointerTables } from '@medrec/records/node'
import {
  DatabaseBusyError,
  DatabaseSettingsError,
  DatabaseStoppedError,
  RowsUnusableError,
} from '../adapter/Adapter.ts'
import type { Definition } from '../catalogue.ts'
import type { PointerRow, VersionRow } from '../map/PointerMap.ts'
import { saltsOf, treeOf } from '../map/resultTree.ts'
import { isTooLarge } from '../parts/readVersion.ts'
import { type LogContent, LogUnavailableError } from './AccessLog.ts'
import { answerText, type Shown, shown, wantedPositions } from './answer.ts'
import type { Context } from './Context.ts'
import { decide } from './decide.ts'
import { resultLeaves } from './former.ts'
import { gatherFacts } from './gatherFacts.ts'
import { indexText } from './indexAnswer.ts'
import { logText } from './logAnswer.ts'
import { partShown } from './partAnswer.ts'
import type { Reason } from './refusals.ts'
import type { AnyRequest, QueryRequest } from './requestBody.ts'
import { answer, type Bound, type HttpResponse, refuse } from './respond.ts'
import type { Standing } from './standing.ts'
import { viewReason } from './viewReason.ts'

type Known = Exclude<Standing, { kind: 'stranger' }>

/** Answers somebody who proved standing, or tells her why not (docs/protocol.md 8.1). */
export async function serve(
  context: Context,
  bound: Bound,
  { body, standing }: { readonly body: AnyRequest; readonly standing: Known },
): Promise<HttpResponse> {
  const refused = (reason: Reason): Promise<HttpResponse> =>
    refuseKnown(context, bound, { body, standing }, reason)
  const first = await judge(context, { body, standing })
  if (first !== 'allow') return refused(first)
  const text = await textOf(context, { body, standing })
  if ('reason' in text) return refused(text.reason)
  // Data were read meanwhile, and blocks perhaps.
  const second = again(context, { body, standing })
  if (second !== 'allow') return refused(second)
  const { part } = text
  if (!(await logged(context, { body, standing, part }, undefined)))
    return refused('request-replayed')
  // The disk took its time: who was told that her revocation is taken must not be read after.
  const third = again(context, { body, standing })
  if (third !== 'allow') return refused(third)
  context.emit({ type: 'read', relationship: body.relationship, who: standing.idTag })
  const { reply } = body
  return answer(context, bound, { text: text.text, reply, signature: standing.signature.bytes })
}

/** A refusal to somebody who proved standing: it stands in the log before it leaves. */
export async function refuseKnown(
  context: Context,
  bound: Bound,
  asked: { readonly body: AnyRequest; readonly standing: Known },
  reason: Reason,
): Promise<HttpResponse> {
  await logged(context, asked, reason)
  context.emit({ type: 'refused', relationship: asked.body.relationship, code: reason })
  return refuse(context, bound, reason)
}

/** Refusals that a block which this node has not followed yet may lift: who asks may have heard of it before us. */
const behind: ReadonlySet<string> = new Set<Reason>([
  'relationship-none',
  'relationship-proposed',
  'grant-none',
  'grant-expired',
  'delegation-none',
  'delegation-expired',
  'consent-missing',
])

async function judge(
  context: Context,
  { body, standing }: { readonly body: AnyRequest; readonly standing: Known },
): Promise<'allow' | Reason> {
  const decision = decide(gatherFacts(context, body, standing))
  if (!behind.has(decision)) return decision
  await context.chain.refresh()
  return decide(gatherFacts(context, body, standing))
}

/** What was revoked or expired since counts, and whether doors agree; a repeated request shows when its nonce is kept. */
function again(
  context: Context,
  { body, standing }: { readonly body: AnyRequest; readonly standing: Known },
): 'allow' | Reason {
  const closed = viewReason(context.chain.status())
  if (closed) return closed
  const isWho = isRegistered(context, standing.idTag, standing.identity)
  const decision = decide(gatherFacts(context, body, standing, false))
  return isWho ? decision : 'refused'
}

/** Whether the registrar still names this identity, at the head and k blocks before: a reorganisation may undo it. */
function isRegistered({ chain, network }: Context, idTag: Hex, identity: Hex): boolean {
  return [chain.view(), chain.viewBefore(network.confirmations)].every(
    (view) => view.entry(idTag)?.identity === identity,
  )
}

type Text =
  | { readonly text: string; readonly part?: LogContent['part'] }
  | { readonly reason: Reason }

function textOf(
  context: Context,
  { body, standing }: { body: AnyRequest; standing: Known },
): Promise<Text> | Text {
  switch (body.kind) {
    case 'query':
      return queryText(context, body)
    case 'index':
      return indexText(context, { body, row: standing.row, kind: standing.kind })
    case 'log':
      return standing.kind === 'subject'
        ? logText(context, { from: body.from, row: standing.row })
        : { reason: 'subject-only' }
  }
}

async function queryText(context: Context, body: QueryRequest): Promise<Text> {
  const pointer = context.map.pointer(body.pointer) as PointerRow
  const definition = context.definitions.get(pointer.definition) as Definition
  const positions = wantedPositions(definition, body.elements)
  const found = await versionWanted(context, pointer, body)
  if ('reason' in found) return found
  const { newest, wanted } = found
  if (wanted.parts > 0) {
    const number = body.part?.number ?? 0
    const shownPart = partShown(context, { pointer, version: wanted }, { number, positions })
    if ('reason' in shownPart) return shownPart
    const rows = shownPart.shown.part?.rows ?? 0
    const text = answerText(context, { pointer, definition, newest, version: wanted, ...shownPart })
    return { text, part: { number, of: wanted.parts, rows } }
  }
  if (wanted.version !== newest.version) {
    const former = formerShown(context, pointer, { version: wanted.version, positions })
    return former
      ? { text: answerText(context, { pointer, definition, newest, ...former }) }
      : { reason: 'version-none' }
  }
  const current = await currentShown(context, pointer, { definition, positions })
  return 'reason' in current
    ? current
    : { text: answerText(context, { pointer, definition, newest: current.version, ...current }) }
}

/** The version asked for, and the newest one; of a record in parts it is known to be what the data say. */
async function versionWanted(
  context: Context,
  pointer: PointerRow,
  { pointer: id, version, part }: QueryRequest,
): Promise<{ newest: VersionRow; wanted: VersionRow } | { readonly reason: Reason }> {
  const before = context.map.version(id) as VersionRow
  const isNewest = (version ?? before.version) === before.version
  if (before.parts > 0 && isNewest && !(part && context.looks.isGood(id))) {
    try {
      await context.looks.freshen(id)
    } catch (error) {
      return {
        reason: reasonOf(context, error, {
          relationship: toHex(pointer.relationship),
          pointer: id,
        }),
      }
    }
  }
  const newest = context.map.version(id) as VersionRow
  if (newest.version > before.version && newest.origin !== 1) {
    const relationship = toHex(pointer.relationship)
    context.emit({ type: 'alarm', code: 'rows-altered', relationship, pointer: id })
    return { reason: 'rows-altered' }
  }
  const wanted =
    version === undefined || version === newest.version
      ? newest
      : PointerTables.versionOf(context.database, pointer.id, version)
  if (!wanted) return { reason: 'version-none' }
  if (part && part.of !== toHex(wanted.result)) return { reason: 'record-changed' }
  return part && part.number >= Math.max(1, wanted.parts)
    ? { reason: 'part-none' }
    : { newest, wanted }
}

/** Reads the rows and compares their root with what the map commits to; a difference is never served. */
async function currentShown(
  context: Context,
  pointer: PointerRow,
  { definition, positions }: { definition: Definition; positions: readonly number[] },
): Promise<{ readonly version: VersionRow; readonly shown: Shown } | { readonly reason: Reason }> {
  const id = toHex(pointer.id)
  const relationship = toHex(pointer.relationship)
  const owner = context.map.relationship(relationship)?.localPatient as string
  try {
    const read = await context.adapter.columns(definition, owner)
    const version = context.map.version(id) as VersionRow
    const tree = treeOf(pointer, definition, version, read)
    if (equal(tree.root, version.result)) return { version, shown: shown(tree, positions) }
    const before = version.version
    await context.recheck(id)
    // A write of ours may have come between reading and comparing; then its version is served.
    const now = context.map.version(id) as VersionRow
    if (now.version > before && now.origin === 1)
      return currentShown(context, pointer, { definition, positions })
    context.emit({ type: 'alarm', code: 'rows-altered', relationship, pointer: id })
    return { reason: 'rows-altered' }
  } catch (error) {
    if (isTooLarge(error)) return grown(context, { relationship, pointer: id })
    return { reason: reasonOf(context, error, { relationship, pointer: id }) }
  }
}

/** A record that one answer held has become larger than that: it is cut into parts, and served by the next request. */
async function grown(
  context: Context,
  at: { readonly relationship: Hex; readonly pointer: Hex },
): Promise<{ readonly reason: Reason }> {
  try {
    await context.recheck(at.pointer)
  } catch (error) {
    return { reason: reasonOf(context, error, at) }
  }
  context.emit({ type: 'alarm', code: 'rows-altered', ...at })
  return { reason: 'rows-altered' }
}

/** Busy, away, or not held to our limits: the data may be there later. */
function isUnavailable(error: unknown): boolean {
  const kinds = [DatabaseBusyError, DatabaseStoppedError, DatabaseSettingsError]
  return kinds.some((kind) => error instanceof kind)
}

function reasonOf(
  context: Context,
  error: unknown,
  at: { readonly relationship: Hex; readonly pointer: Hex },
): Reason {
  if (isUnavailable(error)) return 'database-unavailable'
  if (!(error instanceof RowsUnusableError)) throw error
  context.emit({ type: 'alarm', code: `rows-unusable: ${error.problem}`, ...at })
  return 'rows-unusable'
}

function formerShown(
  context: Context,
  pointer: PointerRow,
  { version, positions }: { version: number; positions: readonly number[] },
): { readonly version: VersionRow; readonly shown: Shown } | undefined {
  const row = PointerTables.versionOf(context.database, pointer.id, version)
  if (!row?.texts) return undefined
  const texts = JSON.parse(row.texts) as readonly string[]
  const salts = saltsOf(pointer, row, texts.length)
  return {
    version: row,
    shown: shown({ texts, salts, leaves: resultLeaves(texts, salts) }, positions),
  }
}

/** Keeps the entry (and, for an answer, the nonce) before anything is sent; false for a replay. */
async function logged(
  context: Context,
  { body, standing, part }: { body: AnyRequest; standing: Known; part?: LogContent['part'] },
  code: Reason | undefined,
): Promise<boolean> {
  const { signature, row } = standing
  const content: LogContent = {
    time: context.clock(),
    kind: body.kind === 'query' ? 'read' : body.kind,
    who: { idTag: standing.idTag, identity: standing.identity },
    ...(body.delegation && { delegate: toHex(body.delegation.delegation.delegate) }),
    ...(standing.emergency && { emergency: standing.emergency.id }),
    ...(body.share && { grant: toHex(body.share.grant) }),
    ...(body.kind === 'query' && {
      purpose: body.purpose,
      pointer: body.pointer,
      elements: body.elements,
      ...(body.version !== undefined && { version: body.version }),
      ...(part && { part }),
    }),
    block: context.chain.view().head.number,
    request: toHex(sha256(signature.bytes)),
  }
  if (code) return context.refusals.add(row.id, { ...content, kind: 'refused', code })
  const nonce = { key: signature.signer, nonce: signature.nonce, expires: signature.expires + 120 }
  return context.log.append(row.id, content, nonce)
}

/** Reason of an error at the edge, when it is one that waiting mends. */
export function transientReason(error: unknown): Reason | undefined {
  if (error instanceof RpcUnavailableError) return 'view-old'
  return error instanceof LogUnavailableError ? 'log-unavailable' : undefined
}
