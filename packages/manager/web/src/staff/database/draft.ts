import { database as text } from '../../text/database.ts'
import type { Remedy } from '../api.ts'
import type {
  Exclusion,
  Found,
  FoundTable,
  Label,
  MappedTable,
  Overview,
  Patients,
  Plan,
} from './api.ts'

/** How a table would be shared. */
export type PickedTable = {
  readonly isShared: boolean
  readonly category: number
  readonly label: string
  readonly owner: string
  readonly key: readonly string[]
  readonly hidden: readonly string[]
  /** Columns that are shared as text, whatever their values look like */
  readonly asText: readonly string[]
}

/** What was answered so far; it lives in this window only. */
export type Draft = {
  readonly address: string
  readonly secret: string
  readonly found: Found
  /** "present", "pick", or a mapping that comes with MedRec */
  readonly mapping: string
  readonly patients: Partial<Patients>
  readonly tables: Readonly<Record<string, PickedTable>>
  readonly exclusions: readonly string[]
  readonly others: string
  readonly sensitivity: Readonly<Record<string, Label>>
  readonly samples: string
}

/** A kind of record that will be shared, with its sensitivity now. */
export type Kind = { readonly name: string; readonly label: string; readonly sensitivity: Label }

/** What is proposed for a database that answered. */
export function startOf(found: Found, connection: Pick<Draft, 'address' | 'secret'>): Draft {
  const { proposal, tables, isPresent, recognised } = found
  const mapping = recognised ?? ((proposal?.resources.length ?? 0) > 0 ? 'pick' : 'present')
  return {
    ...connection,
    found,
    mapping: isPresent ? 'present' : mapping,
    patients: proposal?.patients ?? {},
    tables: Object.fromEntries(
      tables.map((table) => [
        table.place,
        pickOf(
          table,
          proposal?.resources.find((one) => one.table === table.place),
        ),
      ]),
    ),
    exclusions: (proposal?.exclusions ?? []).map(({ table }) => table),
    others: '',
    sensitivity: {},
    samples: '',
  }
}

/** What was answered for a database, on the same one that answered again, as far as its tables are there still. */
export function goOnWith(
  before: Draft | undefined,
  found: Found,
  connection: Pick<Draft, 'address' | 'secret'>,
): Draft {
  const start = startOf(found, connection)
  if (before?.address !== connection.address) return start
  const { found: last, mapping, patients, exclusions, others, sensitivity, samples } = before
  const isThere = (place: string | undefined): boolean =>
    found.tables.some((one) => one.place === place)
  const isNew = (place: string): boolean =>
    last.tables.every((one) => one.place !== place) && !exclusions.includes(place)
  const isOffered =
    mapping === 'present' ||
    (mapping === 'pick'
      ? found.proposal !== null
      : found.mappings.some(({ name }) => name === mapping))
  return {
    ...start,
    ...{ others, sensitivity, samples },
    mapping: isOffered ? mapping : start.mapping,
    patients: isThere(patients.table) ? patients : start.patients,
    exclusions: [...exclusions.filter(isThere), ...start.exclusions.filter(isNew)],
    tables: { ...start.tables, ...keptTables(before, found) },
  }
}

/** Tables whose columns are all there still. */
function keptTables({ tables }: Draft, found: Found): Draft['tables'] {
  const kept = found.tables.flatMap(({ place, columns }) => {
    const picked = tables[place]
    const names = columns.map(({ name }) => name)
    const isWhole =
      picked && [picked.owner, ...picked.key].every((name) => name === '' || names.includes(name))
    return isWhole ? [[place, picked] as const] : []
  })
  return Object.fromEntries(kept)
}

/** What a way out changes in the draft. */
export function remedied({ tables, exclusions, others }: Draft, remedy: Remedy): Partial<Draft> {
  if (remedy.do === 'allow') {
    const stays = (table: string): boolean => !remedy.tables.includes(table)
    return { exclusions: exclusions.filter(stays), others: listed(others).filter(stays).join(', ') }
  }
  const changed = Object.entries(tables).map(([place, picked]): [string, PickedTable] => [
    place,
    remedy.do === 'asText'
      ? { ...picked, asText: [...picked.asText, ...columnsIn(place, remedy.columns)] }
      : { ...picked, isShared: picked.isShared && !remedy.tables.includes(place) },
  ])
  return { tables: Object.fromEntries(changed) }
}

function columnsIn(
  place: string,
  columns: readonly (readonly [table: string, name: string])[],
): readonly string[] {
  return columns.filter(([table]) => table === place).map(([, name]) => name)
}

function pickOf(table: FoundTable, proposed: MappedTable | undefined): PickedTable {
  return {
    isShared: proposed !== undefined,
    category: proposed?.category ?? 10,
    label: proposed?.label ?? table.label,
    owner: proposed?.owner ?? table.owner ?? '',
    key: proposed?.key ?? table.key,
    hidden: [],
    asText: [],
  }
}

/** The kinds of records that a draft shares. */
export function kindsOf({ mapping, found, tables }: Draft, overview: Overview): readonly Kind[] {
  if (mapping === 'present') return overview.catalogue.resources
  const shipped = found.mappings.find(({ name }) => name === mapping)
  if (shipped) return shipped.kinds.map((kind) => ({ ...kind, sensitivity: 'N' as const }))
  return sharedOf(tables).map(([place, { label }]) => ({
    ...{ name: nameOf(place, found), label },
    sensitivity: 'N' as const,
  }))
}

/** Whether the tables and columns are chosen as far as a dry run needs them. */
export function isComplete({ mapping, patients, tables }: Draft): boolean {
  if (mapping !== 'pick') return true
  const needed = [patients.table, patients.id, patients.given, patients.family, patients.birthDate]
  const shared = sharedOf(tables)
  return (
    needed.every(Boolean) &&
    shared.length > 0 &&
    shared.every(
      ([, { owner, key, label }]) => owner !== '' && key.length > 0 && label.trim() !== '',
    )
  )
}

/** What the node is asked to try, or to keep. */
export function planOf(draft: Draft): Plan {
  const { address, secret, mapping, sensitivity } = draft
  const samples = listed(draft.samples)
  return {
    address,
    ...(secret !== '' && { secret }),
    mapping:
      mapping === 'pick'
        ? { patients: draft.patients as Patients, resources: mappedOf(draft) }
        : mapping,
    exclusions: exclusionsOf(draft),
    sensitivity,
    ...(samples.length > 0 && { samples }),
  }
}

function mappedOf({ tables, found }: Draft): readonly MappedTable[] {
  return sharedOf(tables).map(([place, { category, label, owner, key, hidden, asText }]) => ({
    ...{ table: place, name: nameOf(place, found), category, label: label.trim(), owner, key },
    fields: (found.tables.find((table) => table.place === place)?.columns ?? []).flatMap(
      ({ name, field }) => {
        if (!field || name === owner || hidden.includes(name)) return []
        return [asText.includes(name) ? { ...field, type: 'text' } : field]
      },
    ),
  }))
}

function exclusionsOf({ exclusions, others, found }: Draft): readonly Exclusion[] {
  return [...new Set([...exclusions, ...listed(others)])].map(
    (table) =>
      found.proposal?.exclusions.find((one) => one.table === table) ?? {
        table,
        reason: text.setup.reason,
      },
  )
}

function sharedOf(tables: Draft['tables']): readonly (readonly [string, PickedTable])[] {
  return Object.entries(tables).filter(([, { isShared }]) => isShared)
}

/** The name in the catalogue: the proposed one, or the table's in small letters. */
function nameOf(place: string, { proposal }: Found): string {
  return (
    proposal?.resources.find(({ table }) => table === place)?.name ??
    place
      .toLowerCase()
      .replaceAll(/[^a-z0-9_]+/g, '_')
      .slice(0, 64)
  )
}

function listed(names: string): readonly string[] {
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
