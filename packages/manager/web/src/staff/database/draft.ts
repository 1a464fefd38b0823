import { database as text } from '../../text/database.ts'
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

function pickOf(table: FoundTable, proposed: MappedTable | undefined): PickedTable {
  return {
    isShared: proposed !== undefined,
    category: proposed?.category ?? 10,
    label: proposed?.label ?? table.label,
    owner: proposed?.owner ?? table.owner ?? '',
    key: proposed?.key ?? table.key,
    hidden: [],
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
  return sharedOf(tables).map(([place, { category, label, owner, key, hidden }]) => ({
    ...{ table: place, name: nameOf(place, found), category, label: label.trim(), owner, key },
    fields: (found.tables.find((table) => table.place === place)?.columns ?? []).flatMap(
      ({ name, field }) => (field && name !== owner && !hidden.includes(name) ? [field] : []),
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
