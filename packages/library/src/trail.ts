import type { BlockRef, ChainView, Entry } from '@medrec/client'
import {
  type Domain,
  fromHex,
  type Hex,
  joinParts,
  type Keys,
  lookAhead,
  type NoteContent,
  noteTag,
  type OpenedPart,
  openPart,
  type Pair,
  type Party,
  pair,
  selfPair,
  toHex,
  updateTag,
} from '@medrec/protocol'

/** A note that was found on the chain and opened. */
export type FoundNote = {
  readonly author: Hex
  readonly counter: number
  readonly content: NoteContent
  /** The author's identity signed inside. */
  readonly signed: boolean
  readonly block: BlockRef
}

/** Notes of one author to one reader; `next` is the first counter that nothing was seen under. */
export type Direction = { readonly notes: readonly FoundNote[]; readonly next: number }

/** Somebody we share secrets with, and what was found so far. */
export type Peer = {
  readonly entry: Entry
  readonly party: Party
  readonly pair: Pair
  readonly mine: Reader
  readonly theirs: Reader
  /** Number of the last update tag seen of a relationship, and its block; of those before `end`, if given. */
  updates(
    view: ChainView,
    of: { relationship: Hex; steward: 'me' | 'them'; end: BlockRef | undefined },
  ): {
    readonly count: number
    readonly block: BlockRef | undefined
  }
}

type Reader = (view: ChainView, window?: number) => Direction

/** An entry of the registrar as keys are derived from it. */
export function toParty(entry: Entry): Party {
  return {
    idTag: fromHex(entry.idTag, 32),
    identity: fromHex(entry.identity, 20),
    version: entry.version,
    spendKey: entry.spendKey,
    viewKey: entry.viewKey,
  }
}

/** Agrees on secrets with a registered participant, or undefined when her view key allows none. */
export function meet(options: {
  keys: Keys.Keys
  domain: Domain
  me: Entry
  other: Entry
}): Peer | undefined {
  const { keys, domain, me, other } = options
  const [mine, theirs] = [toParty(me), toParty(other)]
  const secrets = me.idTag === other.idTag ? selfPair(keys) : pair(keys, mine, theirs)
  if (!secrets) return undefined
  const tags = { me: new Map<Hex, Hex[]>(), them: new Map<Hex, Hex[]>() }
  return {
    entry: other,
    party: theirs,
    pair: secrets,
    mine: readerOf(secrets.mine, domain, mine, theirs),
    theirs: readerOf(secrets.theirs, domain, theirs, mine),
    updates: (view, { relationship, steward, end }) =>
      lastUpdate(view, tags[steward], {
        secret: steward === 'me' ? secrets.mine : secrets.theirs,
        ...{ relationship, end },
      }),
  }
}

type Found = { readonly sealed: Uint8Array; readonly block: BlockRef; readonly counter: number }

/** Reads a direction again at each call; opens and checks only what is new. */
function readerOf(secret: Uint8Array, domain: Domain, author: Party, reader: Party): Reader {
  const tags: Hex[] = []
  const opened = new WeakMap<Uint8Array, OpenedPart | null>()
  const authorTag = toHex(author.idTag)
  let seen: readonly Found[] = []
  let result: Direction = { notes: [], next: 0 }
  const part = ({ sealed, counter }: Found): OpenedPart | null => {
    const known = opened.get(sealed)
    if (known !== undefined) return known
    const fresh = openPart(secret, counter, sealed) ?? null
    opened.set(sealed, fresh)
    return fresh
  }
  return (view, window = lookAhead) => {
    const found = scan(view, window, (counter) => {
      tags[counter] ??= toHex(noteTag(secret, counter))
      return tags[counter]
    })
    if (sameNotes(found, seen)) return result
    const blocks = new Map<number, BlockRef>()
    const parts = found.flatMap((note) => {
      const open = part(note)
      if (open?.part === 0 && !blocks.has(open.counter)) blocks.set(open.counter, note.block)
      return open ? [open] : []
    })
    const check = {
      domain,
      author: author.idTag,
      authorIdentity: author.identity,
      reader: reader.idTag,
    }
    const notes = joinParts(parts, check).map(({ counter, content, signed }) => ({
      author: authorTag,
      counter,
      content,
      signed,
      block: blocks.get(counter) as BlockRef,
    }))
    seen = found
    result = { notes: keepIdentity(notes, result.notes), next: (found.at(-1)?.counter ?? -1) + 1 }
    return result
  }
}

function scan(view: ChainView, window: number, tagOf: (counter: number) => Hex): readonly Found[] {
  const found: Found[] = []
  for (let counter = 0, last = -1; counter <= last + window; counter++) {
    for (const { sealed, block } of withoutCopies(view.notes(tagOf(counter)))) {
      found.push({ sealed, block, counter })
      last = counter
    }
  }
  return found
}

/** The first of each: who posts a note's bytes again, its author in doubt or a stranger, says nothing by it. */
function withoutCopies<T extends { readonly sealed: Uint8Array }>(
  notes: readonly T[],
): readonly T[] {
  if (notes.length < 2) return notes
  const known = new Set<Hex>()
  return notes.filter(({ sealed }) => known.size < known.add(toHex(sealed)).size)
}

function sameNotes(a: readonly Found[], b: readonly Found[]): boolean {
  return (
    a.length === b.length &&
    a.every((note, i) => {
      const other = b[i] as Found
      return note.sealed === other.sealed && note.block.hash === other.block.hash
    })
  )
}

/** Keeps the former content objects of notes that did not change, since facts are cached by them. */
function keepIdentity(
  notes: readonly FoundNote[],
  former: readonly FoundNote[],
): readonly FoundNote[] {
  const known = new Map(former.map((note) => [note.counter, note]))
  return notes.map((note) => {
    const before = known.get(note.counter)
    return before && before.signed === note.signed && sameContent(before.content, note.content)
      ? { ...note, content: before.content }
      : note
  })
}

function sameContent(a: unknown, b: unknown): boolean {
  return JSON.stringify(a, plain) === JSON.stringify(b, plain)
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  return typeof value === 'bigint' ? value.toString() : value
}

function lastUpdate(
  view: ChainView,
  cache: Map<Hex, Hex[]>,
  of: { secret: Uint8Array; relationship: Hex; end: BlockRef | undefined },
): { count: number; block: BlockRef | undefined } {
  const tags = cache.get(of.relationship) ?? []
  cache.set(of.relationship, tags)
  const relationship = fromHex(of.relationship)
  let count = 0
  let block: BlockRef | undefined
  for (let n = 1; n <= count + lookAhead; n++) {
    const tag = tags[n] ?? toHex(updateTag(of.secret, relationship, n))
    tags[n] = tag
    const seen = view.updateTag(tag)
    if (seen && (!of.end || seen.number < of.end.number)) [count, block] = [n, seen]
  }
  return { count, block }
}
