import { equal, type Hex, sha256, toHex } from '@medrec/protocol'
import { PointerTables } from '@medrec/records/node'
import {
  DatabaseBusyError,
  DatabaseStoppedError,
  RowsUnusableError,
} from '../adapter/openAdapter.ts'
import type { Definition } from '../catalogue.ts'
import type { PointerRow, VersionRow } from '../map/PointerMap.ts'
import { type LogContent, LogUnavailableError } from './AccessLog.ts'
import { answerText, type Shown, saltsOf, shown, treeOf, wantedPositions } from './answer.ts'
import type { Context } from './Context.ts'
import { decide } from './decide.ts'
import { resultLeaves } from './former.ts'
import { gatherFacts } from './gatherFacts.ts'
import { indexText } from './indexAnswer.ts'
import { logText } from './logAnswer.ts'
import type { Reason } from './refusals.ts'
import type { AnyRequest, QueryRequest } from './requestBody.ts'
import { answer, type Bound, type HttpResponse, refuse } from './respond.ts'
import type { Standing } from './standing.ts'
import { viewReason } from './viewReason.ts'

type Known = Exclude<Standing, { kind: 'stranger' }>

/** Answers somebody who proved standing, or tells her why not (DESIGN 6). */
export async function serve(
  context: Context,
  bound: Bound,
  { body, standing }: { readonly body: AnyRequest; readonly standing: Known },
): Promise<HttpResponse> {
  const refused = async (reason: Reason): Promise<HttpResponse> => {
    await logged(context, { body, standing }, reason)
    context.emit({ type: 'refused', relationship: body.relationship, code: reason })
    return refuse(context, bound, reason)
  }
  const first = await judge(context, { body, standing })
  if (first !== 'allow') return refused(first)
  const text = await textOf(context, { body, standing })
  if ('reason' in text) return refused(text.reason)
  // Data were read meanwhile, and blocks perhaps: what was revoked or expired since counts, and whether doors agree.
  const closed = viewReason(context.chain.status(), context.clock())
  const second = closed ?? decide(gatherFacts(context, body, standing))
  if (second !== 'allow') return refused(second)
  if (!(await logged(context, { body, standing }, undefined))) return refused('request-replayed')
  context.emit({ type: 'read', relationship: body.relationship, who: standing.idTag })
  const { reply } = body
  return answer(context, bound, { text: text.text, reply, signature: standing.signature.bytes })
}

/** Refusals that a block which this node has not followed yet may lift: who asks may have heard of it before us. */
const behind: ReadonlySet<string> = new Set<Reason>([
  'relationship-none',
  'relationship-proposed',
  'grant-none',
  'grant-expired',
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

type Text = { readonly text: string } | { readonly reason: Reason }

function textOf(
  context: Context,
  { body, standing }: { body: AnyRequest; standing: Known },
): Promise<Text> | Text {
  switch (body.kind) {
    case 'query':
      return queryText(context, body)
    case 'index':
      return indexText(context, { body, row: standing.row, isSubject: standing.kind === 'subject' })
    case 'log':
      return standing.kind === 'subject'
        ? logText(context, { from: body.from, row: standing.row })
        : { reason: 'subject-only' }
  }
}

async function queryText(context: Context, body: QueryRequest): Promise<Text> {
  const pointer = context.map.pointer(body.pointer) as PointerRow
  const definition = context.definitions.get(pointer.definition) as Definition
  const newest = context.map.version(body.pointer) as VersionRow
  const positions = wantedPositions(definition, body.elements)
  const wanted = body.version ?? newest.version
  if (wanted !== newest.version) {
    const former = formerShown(context, pointer, { version: wanted, positions })
    return former
      ? { text: answerText(context, { pointer, definition, newest, ...former }) }
      : { reason: 'version-none' }
  }
  const current = await currentShown(context, pointer, { definition, positions })
  return 'reason' in current
    ? current
    : { text: answerText(context, { pointer, definition, newest: current.version, ...current }) }
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
    return { reason: reasonOf(context, error, { relationship, pointer: id }) }
  }
}

function reasonOf(
  context: Context,
  error: unknown,
  at: { readonly relationship: Hex; readonly pointer: Hex },
): Reason {
  if (error instanceof DatabaseBusyError || error instanceof DatabaseStoppedError)
    return 'database-unavailable'
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
  const salts = saltsOf(pointer, version, texts.length)
  return {
    version: row,
    shown: shown({ texts, salts, leaves: resultLeaves(texts, salts) }, positions),
  }
}

/** Keeps the entry (and, for an answer, the nonce) before anything is sent; false for a replay. */
async function logged(
  context: Context,
  { body, standing }: { body: AnyRequest; standing: Known },
  code: Reason | undefined,
): Promise<boolean> {
  const { signature, row } = standing
  const content: LogContent = {
    time: context.clock(),
    kind: body.kind === 'query' ? 'read' : body.kind,
    who: { idTag: standing.idTag, identity: standing.identity },
    ...(body.kind === 'query' && {
      purpose: body.purpose,
      pointer: body.pointer,
      elements: body.elements,
      ...(body.version !== undefined && { version: body.version }),
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
  return error instanceof LogUnavailableError ? 'log-unavailable' : undefined
}
