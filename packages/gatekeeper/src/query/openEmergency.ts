import { type Hex, sha256, toHex } from '@medrec/protocol'
import { AccessTables } from '@medrec/records/node'
import type { RelationshipRow } from '../map/PointerMap.ts'
import type { LogContent } from './AccessLog.ts'
import type { Context } from './Context.ts'
import { requestReason } from './decide.ts'
import type { EmergencyRow } from './Emergencies.ts'
import { emergencyReason } from './emergencyReason.ts'
import { stewardVersionIn } from './gatherFacts.ts'
import type { Reason } from './refusals.ts'
import type { EmergencyRequest } from './requestBody.ts'
import { answer, type Bound, type HttpResponse, refuse } from './respond.ts'
import type { Identified } from './standing.ts'

type Known = Extract<Identified, { kind: 'identified' }>

/** Whether somebody holds the role that emergencies need, at the head and k blocks before. */
export function mayOpen(context: Context, idTag: Hex): boolean {
  return holds(context, idTag, 'emergency')
}

function holds(context: Context, idTag: Hex, role: 'emergency' | 'institution'): boolean {
  const before = context.chain.viewBefore(context.network.confirmations)
  return [context.chain.view(), before].every((view) => view.hasRole(idTag, role))
}

/**
 * Opens an emergency access (break-glass): decided at once, counted before anything else, and told to the patient
 * before it can be used. Whoever comes here holds the role.
 */
export async function openEmergency(
  context: Context,
  bound: Bound,
  { body, known }: { readonly body: EmergencyRequest; readonly known: Known },
): Promise<HttpResponse> {
  const now = context.clock()
  const row = relationshipOf(context, body.patient)
  const refused = async (reason: Reason): Promise<HttpResponse> => {
    const entry = { ...entryOf(context, known, now), kind: 'refused' as const, code: reason }
    await context.refusals.add(row?.id, entry)
    context.emit({ type: 'refused', relationship: row && toHex(row.id), code: reason })
    return refuse(context, bound, reason)
  }
  const stale = freshnessReason(context, { body, known, now })
  if (stale) return refused(stale)
  const { idTag, identity } = known
  const access = context.emergencies.open({
    ...{
      relationship: row?.id ?? null,
      idTag,
      identity,
      name: body.name,
      reason: body.reason,
      now,
    },
  })
  if (!access) return refused('emergency-limit')
  // Before it is said whether she has records here.
  if (!holds(context, context.steward, 'institution')) return refused('not-certified')
  if (!row) return refused('emergency-unknown')
  const reason = accessReason(context, { row, known, access, now })
  if (reason) return refused(reason)
  return given(context, bound, { body, known, row, access, refused })
}

async function given(
  context: Context,
  bound: Bound,
  parts: {
    readonly body: EmergencyRequest
    readonly known: Known
    readonly row: RelationshipRow
    readonly access: EmergencyRow
    readonly refused: (reason: Reason) => Promise<HttpResponse>
  },
): Promise<HttpResponse> {
  const { body, known, row, access, refused } = parts
  const { signature } = known
  const relationship = toHex(row.id)
  const nonce = { key: signature.signer, nonce: signature.nonce, expires: signature.expires + 120 }
  const entry = { ...entryOf(context, known, access.opened), emergency: access.id }
  if (!(await context.log.append(row.id, entry, nonce))) return refused('request-replayed')
  try {
    await context.noteEmergency(access)
  } catch {
    // Without its note there is no access: the patient always learns of one.
    context.emit({ type: 'alarm', code: 'emergency-note', relationship, pointer: '0x' })
    return refused('log-unavailable')
  }
  context.emergencies.markNoted(access.id)
  context.emit({ type: 'emergency', relationship, who: access.idTag })
  const text = JSON.stringify({
    emergency: access.id,
    relationship,
    subject: toHex(row.subjectTag),
    steward: context.steward,
    index: toHex(row.indexKey),
    categories: context.emergencyCategories(relationship),
    expires: access.expires,
  })
  return answer(context, bound, { text, reply: body.reply, signature: signature.bytes })
}

/** The newest relationship of hers that stands: one that she ended, or never accepted, opens nothing. */
function relationshipOf(context: Context, patient: Hex): RelationshipRow | undefined {
  const view = context.chain.view()
  return [...context.map.relationships()]
    .filter((row) => toHex(row.subjectTag) === patient)
    .filter((row) => {
      const status = view.relationship(toHex(row.id))?.status
      return status === 'accepted' || status === 'closedBySteward'
    })
    .toSorted((a, b) => b.createdAt - a.createdAt)[0]
}

function freshnessReason(
  context: Context,
  { body, known, now }: { body: EmergencyRequest; known: Known; now: number },
): Reason | undefined {
  const { created, expires, signer, nonce } = known.signature
  const isReplay = AccessTables.isUsed(context.database, signer, nonce)
  return requestReason({ now, request: { created, expires, isReplay }, statement: body.statement })
}

/** The same facts as when the access is used, of the relationship as it is now. */
function accessReason(
  context: Context,
  {
    row,
    known,
    access,
    now,
  }: { row: RelationshipRow; known: Known; access: EmergencyRow; now: number },
): Reason | undefined {
  const view = context.chain.view()
  const before = context.chain.viewBefore(context.network.confirmations)
  const subject = toHex(row.subjectTag)
  if (context.seen.status(toHex(row.id)) !== undefined) return 'relationship-closed'
  // The patient's node would not believe its note.
  if (
    [view, before].some(
      (then) => (stewardVersionIn(then, context.steward) ?? 0) < row.stewardVersion,
    )
  )
    return 'not-certified'
  if ([view, before].some((then) => then.entry(subject)?.version !== row.subjectVersion))
    return 'relationship-frozen'
  return emergencyReason(
    { now, headTime: view.head.time, terms: row, purpose: undefined },
    {
      hasRole: [view, before].map((then) => then.hasRole(known.idTag, 'emergency')),
      expires: access.expires,
      categories: context.emergencyCategories(toHex(row.id)),
    },
  )
}

function entryOf(
  context: Context,
  { idTag, identity, signature }: Known,
  time: number,
): LogContent {
  return {
    time,
    kind: 'emergency',
    who: { idTag, identity },
    block: context.chain.view().head.number,
    request: toHex(sha256(signature.bytes)),
  }
}
