import {
  type Domain,
  delegationHash,
  equal,
  fromBase64Url,
  fromHex,
  type Hex,
  isDelegationOf,
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
import type { EmergencyRow } from './Emergencies.ts'
import type { AnyRequest, PresentedDelegation, PresentedShare, Statement } from './requestBody.ts'

/** Who asks, once signatures verify. Strangers are told nothing; `why` is for the log. */
export type Standing =
  | {
      readonly kind: 'subject' | 'viewer' | 'delegate' | 'emergency'
      readonly idTag: Hex
      readonly identity: Hex
      readonly signature: RequestSignature
      readonly row: RelationshipRow
      readonly scopeHash: Uint8Array | undefined
      readonly delegationHash: Uint8Array | undefined
      /** The emergency access that is used. */
      readonly emergency: EmergencyRow | undefined
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
  | 'delegation-signature'
  | 'delegation-of-another'
  | 'emergency-of-another'
  | 'emergency-role'

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
  /** A signature that is taken for good, because a contract account is asked about it next. */
  readonly claimed?: RequestSignature | undefined
  /** An emergency access that was opened here. */
  readonly emergencyOf: (id: Hex) => EmergencyRow | undefined
}

/** Signatures that were verified before, by hash of what they sign; the oldest are forgotten. */
export type Verified = { readonly known: Set<Hex>; readonly limit: number }

/**
 * Finds out who asks (docs/protocol.md 8.1). Signatures are recovered whether or not the relationship is known,
 * so that both take the same work.
 */
export function standingOf(options: Options): Standing {
  const { body, row } = options
  const known = identified(options)
  const scope = body.share && scopeHash(body.share.scope)
  const delegated = body.delegation && delegationHash(body.delegation.delegation)
  const isShared = body.share && scope ? isShareSigned(options, body.share, scope) : false
  const isGiven =
    body.delegation && delegated ? isDelegationSigned(options, body.delegation, delegated) : false
  if (known.kind === 'stranger') return known
  const { idTag, identity, signature } = known
  if (!row) return { kind: 'stranger', why: 'relationship-unknown', idTag, identity }
  const emergency = body.emergency && options.emergencyOf(body.emergency)
  const given = { idTag, identity, signature, row, emergency: emergency || undefined }
  const hashes = { scopeHash: scope, delegationHash: delegated }
  const right = body.emergency ? emergencyRight(given) : rightOf(body, given, { isShared, isGiven })
  return right === 'subject' || right === 'viewer' || right === 'delegate' || right === 'emergency'
    ? { kind: right, ...given, ...hashes }
    : { kind: 'stranger', why: right, idTag, identity }
}

type Kind = Exclude<Standing['kind'], 'stranger'>

function rightOf(
  { share, delegation }: AnyRequest,
  { idTag, row }: { readonly idTag: Hex; readonly row: RelationshipRow },
  { isShared, isGiven }: { readonly isShared: boolean; readonly isGiven: boolean },
): Kind | StrangerReason {
  if (delegation && !isGiven) return 'delegation-signature'
  if (share) {
    if (!isShared) return 'share-signature'
    return toHex(share.scope.viewer) === idTag ? 'viewer' : 'share-of-another'
  }
  if (delegation)
    return toHex(delegation.delegation.delegate) === idTag ? 'delegate' : 'delegation-of-another'
  return toHex(row.subjectTag) === idTag ? 'subject' : 'share-missing'
}

/** An access opens records to the identity that opened it, of the relationship that it named. */
function emergencyRight({
  emergency,
  idTag,
  identity,
  row,
}: {
  readonly emergency: EmergencyRow | undefined
  readonly idTag: Hex
  readonly identity: Hex
  readonly row: RelationshipRow
}): Kind | StrangerReason {
  const isOwn =
    emergency?.isNoted === true &&
    emergency.idTag === idTag &&
    emergency.identity === identity &&
    emergency.relationship === toHex(row.id)
  return isOwn ? 'emergency' : 'emergency-of-another'
}

/** Whose request it is, by its signature and statement alone. */
export type Identified =
  | {
      readonly kind: 'identified'
      readonly idTag: Hex
      readonly identity: Hex
      readonly signature: RequestSignature
    }
  | Extract<Standing, { kind: 'stranger' }>

/** Finds out whose request it is, whatever it asks for. */
export function identified(
  options: Pick<
    Options,
    'request' | 'headers' | 'chainId' | 'domain' | 'identities' | 'verified' | 'claimed'
  > & {
    readonly body: { readonly statement: Statement }
  },
): Identified {
  const { request, headers, chainId, body } = options
  const { statement } = body
  const signature = options.claimed ?? verifyRequest(request, headers, chainId, p256Of(statement))
  const identity = identityOf(options, statement)
  const stranger = (why: StrangerReason): Identified => ({
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
  return { kind: 'identified', idTag: statement.idTag, identity, signature }
}

function p256Of({ p256 }: Statement): Uint8Array | undefined {
  return p256 === undefined ? undefined : fromBase64Url(p256)
}

/** The registered identity that signed the statement, when it is the same at the head and before. */
function identityOf(
  options: Pick<Options, 'identities' | 'verified' | 'domain'>,
  statement: Statement,
): Hex | undefined {
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
  const controller = body.delegation
    ? steadyIdentity(options, toHex(body.delegation.delegation.delegate))
    : (row?.subjectController ?? noAddress)
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

function isDelegationSigned(
  options: Options,
  { slot, signature, delegation }: PresentedDelegation,
  hash: Uint8Array,
): boolean {
  const { row, domain, verified, body } = options
  const controller = row?.subjectController ?? noAddress
  const parts = [toHex(hash), toHex(slot), toHex(signature), toHex(controller)]
  const isSigned = remembered(verified, nameOf('delegation', parts), () =>
    isDelegationOf(controller, signature, domain, slot, hash),
  )
  return isSigned && toHex(delegation.relationship) === body.relationship
}

/** The identity of a delegate, who signs her shares with it, when it is the same at the head and before. */
function steadyIdentity({ identities }: Options, idTag: Hex): Uint8Array {
  const [head, ...before] = identities(idTag)
  const isSteady = head !== undefined && before.every((identity) => identity === head)
  return isSteady ? fromHex(head) : noAddress
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
