import { type Account, sign } from './accounts.ts'
import { concat, uint } from './bytes.ts'
import { MalformedError } from './errors.ts'
import { keccak } from './hash.ts'
import type { SealedNote } from './notes.ts'
import { relationshipId } from './scope.ts'
import { statementHash } from './statements.ts'
import { type Domain, digest } from './typedData.ts'

/** The signed operations of the Ledger (docs/protocol.md 4). */
export type Operation =
  | ({ readonly kind: 'propose' | 'accept'; readonly deadline: number } & Relation)
  | ({ readonly kind: 'end'; readonly status: 3 | 4 | 5 } & Relation)
  | ({ readonly kind: 'stopAll'; readonly epoch: number } & Relation)
  | {
      readonly kind: 'grant'
      readonly key: Uint8Array
      readonly expiresAt: number
      readonly sequence: number
      /** 26 bytes */
      readonly commitment: Uint8Array
      readonly deadline: number
    }
  | { readonly kind: 'revoke'; readonly key: Uint8Array }
  | {
      readonly kind: 'anchor'
      readonly stewardTag: Uint8Array
      readonly previousRoot: Uint8Array
      readonly root: Uint8Array
      readonly logRoot: Uint8Array
      readonly counter: number
      /** Zeros for the null bounty. */
      readonly query: Uint8Array
      readonly epoch: number
      readonly deadline: number
    }
  | {
      readonly kind: 'policy'
      readonly stewardTag: Uint8Array
      readonly query: Uint8Array
      readonly amount: number
      readonly deadline: number
    }
  | {
      readonly kind: 'answer'
      readonly stewardTag: Uint8Array
      readonly bounty: Uint8Array
      readonly answer: Uint8Array
      readonly deadline: number
    }

type Relation = {
  readonly steward: Uint8Array
  readonly subject: Uint8Array
  readonly termsHash: Uint8Array
}

/** Longest life of a creating operation: 24 hours, in seconds. */
export const longestDeadline = 86_400

type Parts = {
  kind: number
  payload: Uint8Array
  key: Uint8Array
  value?: Uint8Array
  number?: number
  deadline?: number
}

/** Signs an operation and joins it with its notes: one record of a batch. */
export function encodeRecord(
  operation: Operation,
  signer: Account,
  domain: Domain,
  notes: readonly SealedNote[] = [],
): Uint8Array {
  const parts = partsOf(operation)
  if (parts.payload.length !== payloadSizes[parts.kind])
    throw new MalformedError('a member of the operation has another size')
  const joined = joinNotes(notes)
  const message = statementHash('Operation', {
    kind: parts.kind,
    key: parts.key,
    value: parts.value ?? new Uint8Array(32),
    number: parts.number ?? 0,
    deadline: parts.deadline ?? 0,
    notes: notes.length === 0 ? new Uint8Array(32) : keccak(joined),
  })
  const signature = sign(digest(domain, message), signer)
  return concat(headByte(parts.kind, notes.length), parts.payload, signature, joined)
}

/** A record of notes alone (kind 7); at most 15. */
export function encodeNotes(notes: readonly SealedNote[]): Uint8Array {
  return concat(headByte(7, notes.length), joinNotes(notes))
}

/** A record of 8-byte update tags (kind 8); at most 65,535. */
export function encodeTags(tags: readonly Uint8Array[]): Uint8Array {
  if (tags.some((tag) => tag.length !== 8)) throw new MalformedError('update tags have 8 bytes')
  return concat(headByte(8, 0), uint(tags.length, 2), ...tags)
}

/** Whether an operation ends something: it needs no relay and no deadline. */
export function isEnding(operation: Operation): boolean {
  return ['end', 'stopAll', 'revoke'].includes(operation.kind)
}

/** Bytes of payload by kind; a wrong one would shift every record after it. */
const payloadSizes: Readonly<Record<number, number>> = {
  0: 76,
  1: 76,
  2: 73,
  3: 74,
  4: 56,
  5: 20,
  6: 136,
  9: 76,
  10: 100,
}

function joinNotes(notes: readonly SealedNote[]): Uint8Array {
  if (notes.some(({ tag, sealed }) => tag.length !== 16 || sealed.length !== 384))
    throw new MalformedError('a note has a tag of 16 and 384 sealed bytes')
  return concat(...notes.flatMap(({ tag, sealed }) => [tag, sealed]))
}

function headByte(kind: number, notes: number): Uint8Array {
  return uint(kind | (notes << 4), 1)
}

function partsOf(operation: Operation): Parts {
  switch (operation.kind) {
    case 'propose':
      return {
        ...relationParts(0, operation, uint(operation.deadline, 4)),
        deadline: operation.deadline,
      }
    case 'accept':
      return {
        ...relationParts(1, operation, uint(operation.deadline, 4)),
        number: 2,
        deadline: operation.deadline,
      }
    case 'end':
      return { ...relationParts(2, operation, uint(operation.status, 1)), number: operation.status }
    case 'stopAll':
      return { ...relationParts(3, operation, uint(operation.epoch, 2)), number: operation.epoch }
    case 'grant':
      return grantParts(operation)
    case 'revoke':
      return { kind: 5, payload: operation.key, key: leftAligned(operation.key) }
    case 'anchor':
      return anchorParts(operation)
    case 'policy':
      return {
        kind: 9,
        payload: concat(
          operation.stewardTag,
          operation.query,
          uint(operation.amount, 8),
          uint(operation.deadline, 4),
        ),
        key: operation.stewardTag,
        value: operation.query,
        number: operation.amount,
        deadline: operation.deadline,
      }
    case 'answer':
      return {
        kind: 10,
        payload: concat(
          operation.stewardTag,
          operation.bounty,
          operation.answer,
          uint(operation.deadline, 4),
        ),
        key: operation.bounty,
        value: operation.answer,
        deadline: operation.deadline,
      }
  }
}

function relationParts(kind: number, relation: Relation, rest: Uint8Array): Parts {
  return {
    kind,
    payload: concat(relation.steward, relation.subject, relation.termsHash, rest),
    key: relationshipId(relation.steward, relation.subject, relation.termsHash),
  }
}

function grantParts(operation: Extract<Operation, { kind: 'grant' }>): Parts {
  const value = concat(
    uint(operation.expiresAt, 4),
    uint(operation.sequence, 2),
    operation.commitment,
  )
  return {
    kind: 4,
    payload: concat(operation.key, value, uint(operation.deadline, 4)),
    key: leftAligned(operation.key),
    value,
    deadline: operation.deadline,
  }
}

function anchorParts(operation: Extract<Operation, { kind: 'anchor' }>): Parts {
  const { stewardTag, root, logRoot, query } = operation
  return {
    kind: 6,
    payload: concat(
      stewardTag,
      root,
      logRoot,
      query,
      uint(operation.epoch, 4),
      uint(operation.deadline, 4),
    ),
    key: stewardTag,
    value: keccak(operation.previousRoot, root, logRoot, query, uint(operation.epoch, 32)),
    number: operation.counter,
    deadline: operation.deadline,
  }
}

function leftAligned(address: Uint8Array): Uint8Array {
  return concat(address, new Uint8Array(12))
}
