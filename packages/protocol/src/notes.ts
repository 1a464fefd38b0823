import { type Account, isSignedBy, sign } from './accounts.ts'
import { compare, concat, equal, uint, utf8 } from './bytes.ts'
import { MalformedError } from './errors.ts'
import { hmac, keccak, random } from './hash.ts'
import { decodeContent, encodeContent, noteKinds } from './noteCodec.ts'
import type { NoteContent } from './noteContent.ts'
import { noteKey, noteTag } from './pairwise.ts'
import { statementHash } from './statements.ts'
import { type Domain, digest } from './typedData.ts'
import * as XChaCha from './xchacha.ts'

/** A note as it stands on the chain: 16 bytes of tag, 384 sealed ones. */
export type SealedNote = { readonly tag: Uint8Array; readonly sealed: Uint8Array }

/** What was found under one counter. `part` of `parts`; `signature` is empty when the operation signs. */
export type OpenedPart = {
  readonly counter: number
  readonly part: number
  readonly parts: number
  readonly bytes: Uint8Array
  /** As it stands on the chain; its hash orders notes with one counter. */
  readonly sealed: Uint8Array
  /** Nonce of the part that follows, so that parts of two notes are never mixed; none after the last. */
  readonly next: Uint8Array | undefined
}

/** A note put together again. `signed` tells whether its author's identity signed inside. */
export type OpenedNote = { readonly content: NoteContent; readonly signed: boolean }

/** How far readers look past the last counter they saw. */
export const lookAhead = 32
const plainSize = 344
const partSize = plainSize - 4
const nonceSize = 24
const largestParts = 15

/** Seals content under consecutive counters from `counter`; longer content takes several notes (docs/protocol.md 5). */
export function sealNote(options: {
  direction: Uint8Array
  counter: number
  content: NoteContent
  /** Signs inside, for notes that no operation signs. */
  author?: { account: Account; domain: Domain; idTag: Uint8Array; reader: Uint8Array }
}): readonly SealedNote[] {
  const { kind, body } = encodeContent(options.content)
  const { author } = options
  const signature = author
    ? concat(
        uint(1, 1),
        sign(noteDigest(author.domain, author.idTag, author.reader, kind, body), author.account),
      )
    : uint(0, 1)
  const joined = concat(uint(kind, 1), signature, body)
  const parts = partCount(joined.length)
  const notes: SealedNote[] = []
  for (let part = 0; part < parts; part++) {
    const bytes = joined.slice(part * partSize, (part + 1) * partSize)
    const counter = options.counter + part
    const previous = notes.at(-1)?.sealed
    const nonce = previous ? nextNonce(options.direction, counter, previous) : random(nonceSize)
    notes.push(sealPart(options.direction, counter, nonce, { part, parts, bytes }))
  }
  return notes
}

/** How many notes (counters) the content takes. Throws MalformedError when it is too long. */
export function noteCount(content: NoteContent, signed: boolean): number {
  const { body } = encodeContent(content)
  return partCount(2 + (signed ? 64 : 0) + body.length)
}

function partCount(size: number): number {
  const parts = Math.ceil(size / partSize)
  if (parts > largestParts) throw new MalformedError('a note has at most 5,100 bytes')
  return parts
}

/** Opens what was found under a counter's tag, or undefined when it is not for us. */
export function openPart(
  direction: Uint8Array,
  counter: number,
  sealed: Uint8Array,
): OpenedPart | undefined {
  const plain = open(noteKey(direction, counter), noteTag(direction, counter), sealed)
  if (plain?.[0] !== 1) return undefined
  const part = (plain[1] as number) >> 4
  const parts = (plain[1] as number) & 15
  const length = ((plain[2] as number) << 8) | (plain[3] as number)
  if (length > partSize || parts === 0) return undefined
  return {
    counter,
    part,
    parts,
    bytes: plain.slice(4, 4 + length),
    sealed,
    next: part + 1 < parts ? nextNonce(direction, counter + 1, sealed) : undefined,
  }
}

/**
 * Puts parts together: runs of consecutive counters, in the order (counter, hash of the sealed bytes).
 * What is not whole or not well formed is left out.
 */
export function joinParts(
  parts: readonly OpenedPart[],
  check: { domain: Domain; author: Uint8Array; authorIdentity: Uint8Array; reader: Uint8Array },
): readonly (OpenedNote & { counter: number })[] {
  const ordered = parts.toSorted((a, b) => a.counter - b.counter || inOrder(a.sealed, b.sealed))
  const byCounter = new Map<number, OpenedPart[]>()
  for (const part of ordered) {
    const same = byCounter.get(part.counter)
    if (same) same.push(part)
    else byCounter.set(part.counter, [part])
  }
  return ordered
    .filter(({ part }) => part === 0)
    .flatMap((first) => {
      const joined = joinFrom(first, byCounter)
      const note = joined && readJoined(joined, check)
      return note ? [{ ...note, counter: first.counter }] : []
    })
}

function inOrder(a: Uint8Array, b: Uint8Array): number {
  return compare(keccak(a), keccak(b))
}

function joinFrom(
  first: OpenedPart,
  byCounter: ReadonlyMap<number, readonly OpenedPart[]>,
): Uint8Array | undefined {
  const bytes = [first.bytes]
  let last = first
  for (let part = 1; part < first.parts; part++) {
    const next = byCounter
      .get(first.counter + part)
      ?.find(
        (other) =>
          other.part === part && other.parts === first.parts && follows(other.sealed, last.next),
      )
    if (!next) return undefined
    bytes.push(next.bytes)
    last = next
  }
  return concat(...bytes)
}

function follows(sealed: Uint8Array, nonce: Uint8Array | undefined): boolean {
  return nonce !== undefined && equal(sealed.subarray(0, nonceSize), nonce)
}

function readJoined(
  joined: Uint8Array,
  check: { domain: Domain; author: Uint8Array; authorIdentity: Uint8Array; reader: Uint8Array },
): OpenedNote | undefined {
  const kind = joined[0] as number
  const signed = joined[1] === 1
  if (noteKinds[kind] === undefined || (!signed && joined[1] !== 0)) return undefined
  const body = joined.slice(signed ? 66 : 2)
  if (signed) {
    const message = noteDigest(check.domain, check.author, check.reader, kind, body)
    if (!isSignedBy(message, joined.slice(2, 66), check.authorIdentity)) return undefined
  }
  const content = decodeContent(kind, body)
  return content && { content, signed }
}

/** Who signs a note's content, for whom (idTags). */
type Parties = { readonly domain: Domain; readonly idTag: Uint8Array; readonly reader: Uint8Array }

/** The signature that a signed note of this content carries, for telling its reader directly (docs/protocol.md 8). */
export function signContent(
  content: NoteContent,
  { domain, idTag, reader, account }: Parties & { readonly account: Account },
): Uint8Array {
  const { kind, body } = encodeContent(content)
  return sign(noteDigest(domain, idTag, reader, kind, body), account)
}

/** Whether an author's identity signed this content for this reader. */
export function isContentSigned(
  content: NoteContent,
  signature: Uint8Array,
  { domain, idTag, reader, identity }: Parties & { readonly identity: Uint8Array },
): boolean {
  const { kind, body } = encodeContent(content)
  return isSignedBy(noteDigest(domain, idTag, reader, kind, body), signature, identity)
}

function noteDigest(
  domain: Domain,
  author: Uint8Array,
  reader: Uint8Array,
  kind: number,
  body: Uint8Array,
): Uint8Array {
  const content = keccak(uint(kind, 1), body)
  return digest(domain, statementHash('Note', { author, reader, content }))
}

/** Binds a part to the one before it; strangers cannot tell it from a random nonce. */
function nextNonce(direction: Uint8Array, counter: number, previous: Uint8Array): Uint8Array {
  return hmac(direction, utf8('part'), uint(counter, 8), previous).slice(0, nonceSize)
}

function sealPart(
  direction: Uint8Array,
  counter: number,
  nonce: Uint8Array,
  { part, parts, bytes }: { part: number; parts: number; bytes: Uint8Array },
): SealedNote {
  const tag = noteTag(direction, counter)
  const plain = new Uint8Array(plainSize)
  plain.set([1, (part << 4) | parts, bytes.length >> 8, bytes.length & 255])
  plain.set(bytes, 4)
  const key = noteKey(direction, counter)
  return { tag, sealed: concat(nonce, XChaCha.seal({ key, nonce, aad: tag, plain })) }
}

function open(key: Uint8Array, tag: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length !== 384) return undefined
  const nonce = sealed.subarray(0, nonceSize)
  return XChaCha.open({ key, nonce, aad: tag, sealed: sealed.subarray(nonceSize) })
}

/** A cover note that nobody can tell from a real one. */
export function coverNote(): SealedNote {
  return { tag: random(16), sealed: random(384) }
}
