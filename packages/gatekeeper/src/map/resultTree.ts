import {
  columnTree,
  type FieldList,
  labelsHash,
  leafSalts,
  type ResultTree,
} from '@medrec/protocol'
import type { ReadColumns } from '../adapter/messages.ts'
import type { Definition } from '../catalogue.ts'
import type { PointerRow, VersionRow } from './PointerMap.ts'

/** The tree of a pointer's rows as a version of it commits to them. */
export function treeOf(
  pointer: PointerRow,
  definition: Definition,
  version: Pick<VersionRow, 'version' | 'origin' | 'reason'>,
  { count, columns }: ReadColumns,
): ResultTree {
  return columnTree({
    header: {
      pointer: pointer.id,
      version: version.version,
      category: pointer.category,
      schema: pointer.schema,
      catalogue: pointer.catalogue,
      labels: labelsOf(definition),
      rows: count,
      fields: definition.fields.length,
      change: { origin: version.origin, reason: version.reason },
    },
    columns,
    salts: saltsOf(pointer, version, definition.fields.length + 1),
  })
}

const knownLabels = new WeakMap<Definition, Uint8Array>()

/** Hash of a definition's list of fields, which never changes. */
export function labelsOf(definition: Definition): Uint8Array {
  const labels = knownLabels.get(definition) ?? labelsHash(fieldsOf(definition))
  knownLabels.set(definition, labels)
  return labels
}

/** A definition as answers carry it. */
export function fieldsOf({ catalogue, resource, label, fields }: Definition): FieldList {
  return { version: catalogue, resource, label, fields }
}

/** Versions whose salts are remembered: a look at all records would fill the memory with them. */
const mostKnown = 2_000
const knownSalts = new Map<object, readonly Uint8Array[]>()

/** Salts of a version's leaves, remembered for those that were asked for last. */
export function saltsOf(
  pointer: PointerRow,
  version: Pick<VersionRow, 'version'>,
  count: number,
): readonly Uint8Array[] {
  const known = knownSalts.get(version)
  if (known?.length === count) return known
  const salts = leafSalts(pointer.secret, pointer.id, version.version, count)
  knownSalts.delete(version)
  knownSalts.set(version, salts)
  const oldest = knownSalts.keys().next().value
  if (knownSalts.size > mostKnown && oldest) knownSalts.delete(oldest)
  return salts
}
