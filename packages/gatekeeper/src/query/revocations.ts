import {
  fromBase64Url,
  fromHex,
  fromUtf8,
  isContentSigned,
  isShareOf,
  MalformedError,
  noAddress,
  scopeHash,
  toHex,
  utf8,
} from '@medrec/protocol'
import type { Context } from './Context.ts'
import { type Ending, isSigned, readEnding } from './endings.ts'
import { openEndedShare, openProfile, type Profile } from './requestBody.ts'
import { type HttpResponse, refuse, signed } from './respond.ts'

/**
 * `POST /revocations`: what ends something counts as soon as it is seen, and is on disk before this answers.
 * Each record is signed by the key that it concerns, so the request need not be (docs/protocol.md 8).
 */
export function handleRevocation(context: Context, body: Uint8Array): HttpResponse {
  try {
    const { record, share, profile } = readRevocation(body)
    if (profile) {
      if (!isOfSubject(context, profile)) return refuse(context, undefined, 'refused')
      return kept(context, () => context.emergencyWords.keep(profile.relationship, profile))
    }
    const ending = readEnding(record)
    if (!ending || !isSigned(context.domain, ending) || !isOurs(context, ending, share))
      return refuse(context, undefined, 'refused')
    const { kind, key, number } = ending
    context.emit({ type: 'revocation', kind })
    return kept(context, () =>
      context.seen.keep({ kind, key, number, record, seenAt: context.clock() }),
    )
  } catch (error) {
    if (error instanceof MalformedError) return refuse(context, undefined, 'malformed')
    throw error
  }
}

/** What counts already is on disk when this answers; whoever hears that the disk did not take it tells it again. */
function kept(context: Context, keep: () => void): HttpResponse {
  try {
    keep()
  } catch {
    context.emit({ type: 'alarm', code: 'log-unavailable', relationship: '0x', pointer: '0x' })
    return refuse(context, undefined, 'log-unavailable')
  }
  const body = utf8(JSON.stringify({ accepted: 1 }))
  return signed(context, undefined, { status: 200, headers: {}, body })
}

type Told = {
  readonly record: Uint8Array
  readonly share: unknown
  readonly profile: Profile | undefined
}

function readRevocation(body: Uint8Array): Told {
  let json: { record?: unknown; share?: unknown; profile?: unknown } | null
  try {
    json = JSON.parse(fromUtf8(body))
  } catch {
    throw new MalformedError('a JSON body expected')
  }
  if (json?.profile !== undefined && json.record === undefined)
    return { record: new Uint8Array(0), share: undefined, profile: openProfile(json.profile) }
  if (typeof json?.record !== 'string') throw new MalformedError('a record expected')
  return { record: fromBase64Url(json.record), share: json.share, profile: undefined }
}

/** Signed by the identity that the Registrar names for the subject of a relationship of ours. */
function isOfSubject(context: Context, profile: Profile): boolean {
  const { relationship, categories, time, signature } = profile
  const row = context.map.relationship(relationship)
  const identity = row && context.chain.view().entry(toHex(row.subjectTag))?.identity
  const id = fromHex(relationship, 32)
  const content = { kind: 'emergencyProfile' as const, relationship: id, categories, time }
  // The same work for relationships that are not ours.
  const isHers = isContentSigned(content, signature, {
    domain: context.domain,
    idTag: row?.subjectTag ?? new Uint8Array(32),
    reader: fromHex(context.steward, 32),
    identity: identity ? fromHex(identity, 20) : noAddress,
  })
  return isHers && identity !== undefined
}

/**
 * Kept when the slot exists, or the share shown with it was signed by the subject of a relationship of ours
 * (docs/protocol.md 8): anybody can make keys, and scopes that name our relationships, and end them for ever.
 */
function isOurs(context: Context, ending: Ending, share: unknown): boolean {
  if (ending.kind !== 'grant') return context.map.relationship(toHex(ending.key)) !== undefined
  if (context.chain.view().grant(toHex(ending.key))) return true
  if (share === undefined) return false
  const { scope, signature } = openEndedShare(share)
  const relationship = toHex(scope.relationship)
  const row = context.map.relationship(relationship)
  const isShared = isShareOf(
    row?.subjectController ?? noAddress,
    signature,
    context.domain,
    ending.key,
    scopeHash(scope),
  )
  return (
    row !== undefined && isShared && context.seen.mayKeepUnmined(relationship, toHex(ending.key))
  )
}
