import {
  concat,
  type Domain,
  digest,
  fromBase64Url,
  fromUtf8,
  isShareOf,
  isSignedBy,
  keccak,
  MalformedError,
  noAddress,
  relationshipId,
  scopeHash,
  statementHash,
  toHex,
  uint,
  utf8,
} from '@medrec/protocol'
import type { AccessTables } from '@medrec/records/node'
import type { Context } from './Context.ts'
import { openEndedShare } from './requestBody.ts'
import { type HttpResponse, refuse, signed } from './respond.ts'

/** A signed record that ends something (docs/protocol.md section 4, kinds 2, 3 and 5). */
type Ending = AccessTables.RevocationRow & {
  readonly record: Uint8Array
  /** Of the operation's signed fields. */
  readonly operation: { readonly kind: number; readonly key: Uint8Array; readonly number: number }
  readonly signer: Uint8Array
  readonly signature: Uint8Array
  readonly notes: Uint8Array
}

const notes = 400

/**
 * `POST /revocations`: what ends something counts as soon as it is seen, and is on disk before this answers.
 * Each record is signed by the key that it concerns, so the request need not be (DESIGN 6).
 */
export function handleRevocation(context: Context, body: Uint8Array): HttpResponse {
  try {
    const { record, share } = readRevocation(body)
    const ending = readEnding(record)
    if (!ending || !isSigned(context.domain, ending) || !isOurs(context, ending, share))
      return refuse(context, undefined, 'refused')
    const { kind, key, number } = ending
    context.seen.keep({ kind, key, number, record, seenAt: context.clock() })
    context.emit({ type: 'revocation', kind })
    return signed(context, undefined, {
      status: 200,
      headers: {},
      body: utf8(JSON.stringify({ accepted: 1 })),
    })
  } catch (error) {
    if (error instanceof MalformedError) return refuse(context, undefined, 'malformed')
    throw error
  }
}

function readRevocation(body: Uint8Array): { record: Uint8Array; share: unknown } {
  let json: { record?: unknown; share?: unknown } | null
  try {
    json = JSON.parse(fromUtf8(body))
  } catch {
    throw new MalformedError('a JSON body expected')
  }
  if (typeof json?.record !== 'string') throw new MalformedError('a record expected')
  return { record: fromBase64Url(json.record), share: json.share }
}

function readEnding(record: Uint8Array): Ending | undefined {
  const [kind, count] = [(record[0] as number) & 15, (record[0] as number) >> 4]
  const size = { 2: 73, 3: 74, 5: 20 }[kind]
  if (size === undefined || record.length !== 1 + size + 64 + count * notes) return undefined
  const payload = record.slice(1, 1 + size)
  const rest = {
    record,
    signature: record.slice(1 + size, 65 + size),
    notes: record.slice(65 + size),
  }
  if (kind === 5) {
    const key = concat(payload, new Uint8Array(12))
    const operation = { kind, key, number: 0 }
    return { kind: 'grant', key: payload, number: 0, operation, signer: payload, ...rest }
  }
  const [steward, subject] = [payload.slice(0, 20), payload.slice(20, 40)]
  const key = relationshipId(steward, subject, payload.slice(40, 72))
  const tail = payload.slice(72)
  const number = kind === 2 ? (tail[0] as number) : ((tail[0] as number) << 8) | (tail[1] as number)
  // What a steward ends is our own act, and ends no grant.
  if (kind === 2 && number !== 3 && number !== 4) return undefined
  return {
    kind: kind === 2 ? 'relationship' : 'epoch',
    key,
    number,
    operation: { kind, key, number },
    signer: subject,
    ...rest,
  }
}

function isSigned(domain: Domain, { operation, signer, signature, notes }: Ending): boolean {
  const hash = statementHash('Operation', {
    ...operation,
    value: new Uint8Array(32),
    deadline: 0,
    notes: notes.length === 0 ? uint(0, 32) : keccak(notes),
  })
  return isSignedBy(digest(domain, hash), signature, signer)
}

/**
 * Kept when the slot exists, or the share shown with it was signed by the subject of a relationship of ours
 * (DESIGN 4): anybody can make keys, and scopes that name our relationships, and end them for ever.
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
