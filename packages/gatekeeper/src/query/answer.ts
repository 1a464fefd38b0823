import {
  type Hex,
  inclusionProof,
  MerkleMap,
  multiProof,
  type PartPlace,
  type ResultTree,
  toHex,
} from '@medrec/protocol'
import { PointerTables } from '@medrec/records/node'
import type { Definition } from '../catalogue.ts'
import { entryHashes, positionOf } from '../map/indexEntries.ts'
import type {
  IndexRow,
  PointerRow,
  RelationshipRow,
  Snapshot,
  VersionRow,
} from '../map/PointerMap.ts'
import { fieldsOf } from '../map/resultTree.ts'
import type { Context } from './Context.ts'
import { fieldBits } from './fieldBits.ts'

/** A result's leaves that were asked for, with their proof up to the result's root. */
export type Shown = {
  readonly size: number
  readonly header: string
  readonly leaves: readonly {
    readonly position: number
    readonly salt: Hex
    readonly text: string
  }[]
  readonly proof: readonly Hex[]
  /** Of a result that no one answer holds: which part this is, and that it stands in the result. */
  readonly part?: PartPlace & { readonly path: readonly Hex[] }
}

/** The header and the wanted fields of a tree. */
export function shown(
  tree: Pick<ResultTree, 'texts' | 'salts' | 'leaves'>,
  positions: readonly number[],
): Shown {
  const wanted = [0, ...positions]
  return {
    size: tree.leaves.length,
    header: tree.texts[0] as string,
    leaves: wanted.map((position) => ({
      position,
      salt: toHex(tree.salts[position] as Uint8Array),
      text: tree.texts[position] as string,
    })),
    proof: multiProof(tree.leaves, wanted).map(toHex),
  }
}

/** Body of an answer to a query, before it is sealed (docs/protocol.md section 8). */
export function answerText(
  context: Context,
  options: {
    readonly pointer: PointerRow
    readonly definition: Definition
    /** The version shown, and the newest one, which the proof leads to. */
    readonly version: VersionRow
    readonly newest: VersionRow
    readonly shown: Shown
  },
): string {
  const { pointer, definition, version, newest } = options
  const relationship = toHex(pointer.relationship)
  const row = context.map.relationship(relationship) as RelationshipRow
  const { index, ...standing } = standingProof(context, pointer, newest)
  const pointers = context.map.pointersIn(index)
  const position = positionOf(pointers, pointer.id)
  return JSON.stringify({
    subject: toHex(row.subjectTag),
    steward: context.steward,
    relationship,
    pointer: toHex(pointer.id),
    key: toHex(pointer.key),
    ...options.shown,
    leaf: leafJson(pointer, version),
    ...(version.version !== newest.version && {
      later: PointerTables.versionsOf(context.database, pointer.id)
        .filter((other) => other.version > version.version)
        .map((other) => leafJson(pointer, other)),
    }),
    index: {
      size: index.size,
      position,
      hidden: toHex(index.hidden),
      previous: toHex(index.previous),
      entries: inclusionProof(entryHashes(pointers), position).map(toHex),
    },
    ...standing,
    catalogue: fieldsOf(definition),
  })
}

/** Where an index leaf stands: in the newest root on the chain, or promised. */
export function indexStanding(
  context: Context,
  row: RelationshipRow,
): { readonly index: IndexRow; readonly standing: object } | undefined {
  const relationship = toHex(row.id)
  const index = context.map.index(relationship)
  if (!index) return undefined
  const head = anchoredSnapshot(context)
  const indexPath = head && MerkleMap.path(head.snapshot.map, row.indexKey)
  if (head?.snapshot.indexes.get(relationship)?.number === index.number && indexPath)
    return { index, standing: { anchored: { ...head.at, indexPath: indexPath.map(toHex) } } }
  const promise = context.map.promise(index.leaf, index.leaf, index.time)
  return { index, standing: { pending: { leaf: toHex(index.leaf), ...promise } } }
}

function standingProof(
  context: Context,
  pointer: PointerRow,
  version: VersionRow,
): { readonly index: IndexRow } & Record<string, unknown> {
  const relationship = toHex(pointer.relationship)
  const row = context.map.relationship(relationship) as RelationshipRow
  const head = anchoredSnapshot(context)
  const index = head?.snapshot.indexes.get(relationship)
  const path = head && MerkleMap.path(head.snapshot.map, pointer.key)
  const indexPath = head && MerkleMap.path(head.snapshot.map, row.indexKey)
  const isAnchored = head?.snapshot.versions.get(toHex(pointer.id))?.version === version.version
  if (isAnchored && index && path && indexPath)
    return {
      index,
      anchored: { ...head.at, path: path.map(toHex), indexPath: indexPath.map(toHex) },
    }
  const made = context.map.indexNumbered(relationship, version.indexNumber) as IndexRow
  return { index: made, pending: context.map.promise(version.leaf, made.leaf, version.time) }
}

/** The snapshot that the chain's newest anchor of ours commits to. */
function anchoredSnapshot(
  context: Context,
):
  | { readonly snapshot: Snapshot; readonly at: { counter: number; block: number; blockHash: Hex } }
  | undefined {
  const anchor = context.chain.view().anchor(context.steward)
  const snapshot = anchor && context.map.snapshot(anchor.root)
  if (!anchor || !snapshot) return undefined
  const { counter, block } = anchor
  return { snapshot, at: { counter, block: block.number, blockHash: block.hash } }
}

function leafJson(pointer: PointerRow, version: VersionRow): object {
  return {
    version: version.version,
    previous: toHex(version.previous),
    origin: version.origin,
    category: pointer.category,
    schema: pointer.schema,
    catalogue: pointer.catalogue,
    query: toHex(pointer.queryHash),
    result: toHex(version.result),
    time: version.time,
  }
}

/** Leaves of the fields that a query names, in ascending order. */
export function wantedPositions(
  definition: Definition,
  elements: readonly string[],
): readonly number[] {
  return fieldBits(definition.fields, elements)
    .map((bit) => bit + 1)
    .toSorted((a, b) => a - b)
}
