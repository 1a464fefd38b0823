import {
  concat,
  coverNote,
  encodeNotes,
  encodeTags,
  random,
  type SealedNote,
  shuffled,
} from '@medrec/protocol'
import type { QueuedRecord } from './RecordQueue.ts'
import { parseRecord } from './records.ts'

/** A batch to be signed: its calldata and which record stands where in it. */
export type Composed = {
  readonly data: Uint8Array
  readonly places: readonly { readonly row: number; readonly place: number }[]
}

/** A record without notes or tags: a byte of nothing. */
const padding = Uint8Array.of(7)
const noteSize = 400
const mostNotes = 15
const tagSize = 8
const tagsHead = 3
/** One eighth of a batch is kept for update tags, so that a few more or fewer of them do not show. */
const tagShare = 8

type Loose<T> = { readonly row: number | undefined; readonly item: T }

/**
 * A batch of exactly `size` bytes: padding, the signed operations, then notes, then one record of update tags.
 * Loose notes and tags are mixed with cover in a random order, so that nobody sees how many are real
 * (docs/protocol.md 9.1).
 */
export function fillBatch(chosen: readonly QueuedRecord[], size: number): Composed {
  const parsed = chosen.map(({ row, bytes }) => ({ row, record: parseRecord(bytes) }))
  const signed = parsed.filter(({ record }) => record.kind !== 'notes' && record.kind !== 'tags')
  const notes = parsed.flatMap(({ row, record }): Loose<SealedNote>[] =>
    record.kind === 'notes' ? notesIn(record.notes).map((item) => ({ row, item })) : [],
  )
  const tags = parsed.flatMap(({ row, record }): Loose<Uint8Array>[] =>
    record.kind === 'tags'
      ? cut(record.bytes.slice(tagsHead), tagSize).map((item) => ({ row, item }))
      : [],
  )
  const bytes = concat(padding, ...signed.map(({ record }) => record.bytes))
  const counts = countsFor(size - bytes.length, {
    notes: notes.length,
    tags: tags.length,
    reserved: size / tagShare,
  })
  const noteRecords = chunked(withCover(notes, counts.notes, coverNotes), mostNotes)
  const allTags = withCover(tags, counts.tags, coverTags)
  const data = concat(
    bytes,
    ...noteRecords.map((record) => encodeNotes(record.map(({ item }) => item))),
    ...(allTags.length > 0 ? [encodeTags(allTags.map(({ item }) => item))] : []),
  )
  const places = [
    ...signed.map(({ row }, i) => ({ row, place: 1 + i })),
    ...rowsOf(noteRecords, 1 + signed.length),
    ...rowsOf(allTags.length > 0 ? [allTags] : [], 1 + signed.length + noteRecords.length),
  ]
  const rest = Array.from({ length: size - data.length }, () => padding)
  return { data: concat(data, ...rest), places }
}

/** How many notes and tags, real ones and cover, fill the room that signed operations leave. */
function countsFor(
  room: number,
  least: { readonly notes: number; readonly tags: number; readonly reserved: number },
): { readonly notes: number; readonly tags: number } {
  const tagsWith = (notes: number): number =>
    Math.max(0, Math.floor((room - sizeOfNotes(notes) - tagsHead) / tagSize))
  let notes = Math.floor(room / noteSize)
  const isTooMany = (): boolean =>
    sizeOfNotes(notes) > room - least.reserved || tagsWith(notes) < least.tags
  while (notes > least.notes && isTooMany()) notes -= 1
  return { notes, tags: tagsWith(notes) }
}

function sizeOfNotes(count: number): number {
  return count * noteSize + Math.ceil(count / mostNotes)
}

function withCover<T>(
  real: readonly Loose<T>[],
  count: number,
  cover: (count: number) => readonly T[],
): readonly Loose<T>[] {
  const missing = cover(Math.max(0, count - real.length)).map((item) => ({ row: undefined, item }))
  return shuffled([...real, ...missing])
}

const coverNotes = (count: number): readonly SealedNote[] =>
  Array.from({ length: count }, coverNote)

/** Drawn in one piece: there are dozens in each batch. */
const coverTags = (count: number): readonly Uint8Array[] => cut(random(tagSize * count), tagSize)

/** The place of each waiting record: that of the first record of the batch that holds a part of it. */
function rowsOf<T>(
  records: readonly (readonly Loose<T>[])[],
  first: number,
): readonly { readonly row: number; readonly place: number }[] {
  const places = new Map<number, number>()
  for (const [i, record] of records.entries())
    for (const { row } of record)
      if (row !== undefined && !places.has(row)) places.set(row, first + i)
  return [...places].map(([row, place]) => ({ row, place }))
}

function notesIn(bytes: Uint8Array): readonly SealedNote[] {
  return cut(bytes, noteSize).map((note) => ({ tag: note.slice(0, 16), sealed: note.slice(16) }))
}

function cut(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  return Array.from({ length: bytes.length / size }, (_, i) =>
    bytes.slice(i * size, (i + 1) * size),
  )
}

function chunked<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}
