import { equal, fromHex, type Hex, isDelegated, multiProof, toHex } from '@medrec/protocol'
import { PointerTables } from '@medrec/records/node'
import type { Definition } from '../catalogue.ts'
import { entryHashes, positionOf } from '../map/indexEntries.ts'
import type { PointerRow, RelationshipRow, VersionRow } from '../map/PointerMap.ts'
import { fieldsOf } from '../map/resultTree.ts'
import { indexStanding } from './answer.ts'
import type { Context } from './Context.ts'
import type { Reason } from './refusals.ts'
import type { IndexRequest, PresentedShare } from './requestBody.ts'

/** Body of an answer to `POST /index`: all pointers for the subject, the scope's ones for a viewer. */
export function indexText(
  context: Context,
  options: {
    readonly body: IndexRequest
    readonly row: RelationshipRow
    readonly kind: 'subject' | 'viewer' | 'delegate' | 'emergency'
  },
): { readonly text: string } | { readonly reason: Reason } {
  const { body, row, kind } = options
  const isSubject = kind === 'subject'
  const proof = indexProof(context, row, isSubject)
  if (!proof) return { reason: 'pointer-foreign' }
  const all = context.map.pointersOf(toHex(row.id))
  const pointers = all.filter((pointer) => isSubject || mayKnow(context, body, pointer))
  const chain = isSubject && body.since ? chainSince(context, row, body.since) : undefined
  return {
    text: JSON.stringify({
      ...proof,
      pointers: pointers.map((pointer) => pointerJson(context, pointer)),
      ...(!isSubject && pointers.length > 0 && { shown: placesOf(all, pointers) }),
      ...(chain && { chain }),
    }),
  }
}

/** An index leaf with where it stands; the subject also gets what is hashed apart. */
export function indexProof(
  context: Context,
  row: RelationshipRow,
  isSubject: boolean,
): object | undefined {
  const standing = indexStanding(context, row)
  if (!standing) return undefined
  const { index } = standing
  return {
    subject: toHex(row.subjectTag),
    steward: context.steward,
    relationship: toHex(row.id),
    size: index.size,
    entries: toHex(index.entries),
    hidden: toHex(index.hidden),
    previous: toHex(index.previous),
    time: index.time,
    ...(isSubject && {
      opened: {
        updates: index.updates,
        logHead: toHex(index.logHead),
        logLength: index.logLength,
      },
    }),
    ...standing.standing,
  }
}

/** Proves to a viewer that the pointers named to him stand in the index, and tells of no others. */
function placesOf(
  all: readonly PointerRow[],
  named: readonly PointerRow[],
): { readonly positions: readonly number[]; readonly proof: readonly Hex[] } {
  const positions = named.map(({ id }) => positionOf(all, id))
  return { positions, proof: multiProof(entryHashes(all), positions).map(toHex) }
}

function chainSince(
  context: Context,
  row: RelationshipRow,
  since: Hex,
): readonly object[] | undefined {
  return PointerTables.indexesSince(context.database, row.id, fromHex(since))?.map((index) => ({
    size: index.size,
    entries: toHex(index.entries),
    hidden: toHex(index.hidden),
  }))
}

/** The pointers that a share names, or those of the categories of a delegation or an emergency. */
function mayKnow(context: Context, body: IndexRequest, pointer: PointerRow): boolean {
  const { share, delegation, emergency, relationship } = body
  if (share) return isNamed(share, pointer)
  if (delegation) return isDelegated(delegation.delegation.categories, pointer.category)
  return (
    emergency !== undefined &&
    isDelegated(context.emergencyCategories(relationship), pointer.category)
  )
}

function isNamed({ scope }: PresentedShare, { id, category, schema }: PointerRow): boolean {
  return scope.entries.some(
    (entry) =>
      entry.category === category &&
      entry.schema === schema &&
      (equal(entry.pointer, id) || entry.pointer.every((byte) => byte === 0)),
  )
}

function pointerJson(context: Context, pointer: PointerRow): object {
  const version = context.map.version(toHex(pointer.id)) as VersionRow
  return {
    pointer: toHex(pointer.id),
    key: toHex(pointer.key),
    category: pointer.category,
    schema: pointer.schema,
    version: version.version,
    origin: version.origin,
    time: version.time,
    catalogue: fieldsOf(context.definitions.get(pointer.definition) as Definition),
  }
}
