import {
  type Domain,
  equal,
  fromHex,
  type Hex,
  isShareOf,
  isStatementOf,
  longestStatement,
  noAddress,
  type RequestSignature,
  type SignableRequest,
  type SignatureHeaders,
  scopeHash,
  sha256,
  toHex,
  utf8,
  verifyRequest,
} from '@medrec/protocol'
import type { RelationshipRow } from '../map/PointerMap.ts'
import type { AnyRequest, PresentedShare, Statement } from './requestBody.ts'

/** Who asks, once signatures verify. Strangers are told nothing; `why` is for the log. */
export type Standing =
  | {
      readonly kind: 'subject' | 'viewer'
      readonly idTag: Hex
      readonly identity: Hex
      readonly signature: RequestSignature
      readonly row: RelationshipRow
      readonly scopeHash: Uint8Array | undefined
    }
  | {
      readonly kind: 'stranger'
      readonly why: StrangerReason
      readonly idTag: Hex | undefined
      readonly identity: Hex | undefined
    }

/** Why somebody is a stranger: of no use to her, so only the log tells. */
export type StrangerReason =
  | 'signature'
  | 'network'
  | 'statement'
  | 'audience'
  | 'identity'
  | 'relationship-unknown'
  | 'share-missing'
  | 'share-signature'
  | 'share-of-another'

type Options = {
  readonly request: SignableRequest
  readonly headers: SignatureHeaders
  readonly body: AnyRequest
  readonly chainId: number
  readonly domain: Domain
  /** Identity that the registrar names for an idTag, at the head and k blocks before. */
  readonly identities: (idTag: Hex) => readonly (Hex | undefined)[]
  readonly row: RelationshipRow | undefined
  readonly verified: Verified
}

/** Signatures that were verified before, by hash of what they sign; the oldest are forgotten. */
export type Verified = { readonly known: Set<Hex>; readonly limit: number }

/**
 * Finds out who asks (DESIGN 6, Order). Signatures are recovered whether or not the relationship is known,
 * so that both take the same work.
 */
export function standingOf(options: Options): Standing {
  const { request, headers, body, chainId, row } = options
  const signature = verifyRequest(request, headers, chainId)
  const { statement, share } = body
  const identity = identityOf(options, statement)
  const hashOfScope = share && scopeHash(share.scope)
  const isShared = share && hashOfScope ? isShareSigned(options, share, hashOfScope) : false
  const stranger = (why: StrangerReason): Standing => ({
    kind: 'stranger',
    why,
    idTag: identity && statement.idTag,
    identity,
  })
  if (typeof signature === 'string')
    return {
      kind: 'stranger',
      why: signature === 'network' ? 'network' : 'signature',
      idTag: undefined,
      identity: undefined,
    }
  if (statement.audience !== request.authority) return stranger('audience')
  if (!equal(signature.signer, fromHex(statement.key))) return stranger('statement')
  if (!identity) return stranger('identity')
  if (!row) return stranger('relationship-unknown')
  const known = { idTag: statement.idTag, identity, signature, row, scopeHash: hashOfScope }
  if (toHex(row.subjectTag) === statement.idTag && !share) return { kind: 'subject', ...known }
  if (!share) return stranger('share-missing')
  if (!isShared) return stranger('share-signature')
  return toHex(share.scope.viewer) === statement.idTag
    ? { kind: 'viewer', ...known }
    : stranger('share-of-another')
}

/** The registered identity that signed the statement, when it is the same at the head and before. */
function identityOf(options: Options, statement: Statement): Hex | undefined {
  const [head, ...before] = options.identities(statement.idTag)
  const isSteady = head !== undefined && before.every((identity) => identity === head)
  const isShort = statement.expires - statement.notBefore <= longestStatement
  const { signature, ...content } = statement
  const name = nameOf('statement', [JSON.stringify(content), signature, head ?? ''])
  const isSigned = remembered(options.verified, name, () =>
    isStatementOf(
      head ? fromHex(head) : noAddress,
      fromHex(signature),
      options.domain,
      'RequestKey',
      { ...content, idTag: fromHex(content.idTag), key: fromHex(content.key) },
    ),
  )
  return isSteady && isShort && isSigned ? head : undefined
}

function isShareSigned(options: Options, share: PresentedShare, hash: Uint8Array): boolean {
  const { row, domain, verified, body } = options
  const controller = row?.subjectController ?? noAddress
  const name = nameOf('share', [
    toHex(hash),
    toHex(share.grant),
    toHex(share.signature),
    toHex(controller),
  ])
  const isSigned = remembered(verified, name, () =>
    isShareOf(controller, share.signature, domain, share.grant, hash),
  )
  return isSigned && toHex(share.scope.relationship) === body.relationship
}

function remembered(verified: Verified, name: Hex, verify: () => boolean): boolean {
  const { known, limit } = verified
  if (known.delete(name)) {
    known.add(name)
    return true
  }
  if (!verify()) return false
  known.add(name)
  for (const oldest of known) {
    if (known.size <= limit) break
    known.delete(oldest)
  }
  return true
}

function nameOf(kind: string, parts: readonly string[]): Hex {
  return toHex(sha256(utf8(JSON.stringify([kind, ...parts]))))
}
