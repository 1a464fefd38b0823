import type { FieldType } from '@medrec/protocol'
import { type Exclusions, type MappedPatients, type MappedResource, mostFields } from './Mapping.ts'
import { isPlain } from './sqlNames.ts'
import { type Column, placeOf, type Table, tableNamed } from './Table.ts'
import {
  categoryOf,
  identifierOf,
  labelOf,
  personColumns,
  soundsLikePeople,
  soundsPrivate,
  wordsIn,
} from './words.ts'

/** What a database looks like to somebody who reads the names of its tables; a person decides. */
export type Proposal = {
  readonly patients: MappedPatients | undefined
  readonly resources: readonly MappedResource[]
  readonly exclusions: Exclusions
  /** Tables that nothing is proposed for; they are not shared. */
  readonly left: readonly string[]
  /** Tables whose names no statement can be written with: only a view of them can be shared. */
  readonly odd: readonly string[]
}

/** A category by its number, and the heading that patients read. */
export type Category = { readonly category: number; readonly label: string }

/** Type of a column's values; undefined where they have none, and the column is left out. */
export type TypeOf = (table: Table, column: Column) => FieldType | undefined

/**
 * Proposes the table of patients, the tables with an owner that leads there, their category by their names, and the
 * tables that must stay. What is not proposed is not shared.
 */
export function proposeMapping(tables: readonly Table[], typeOf: TypeOf): Proposal {
  const kept = tables.filter((table) => soundsPrivate(table.name))
  const readable = tables.filter(
    (table) => !kept.includes(table) && table.columns.some(({ isReadable }) => isReadable),
  )
  const open = readable.filter(({ name }) => isPlain(name))
  const patients = patientsAmong(open)
  const resources = patients ? resourcesAmong(open, patients, typeOf) : []
  const used = new Set([patients?.table, ...resources.map(({ table }) => table)])
  return {
    patients,
    resources,
    exclusions: kept.map((table) => ({ table: placeOf(table), reason: reasonOf(table.name) })),
    left: open.map(placeOf).filter((place) => !used.has(place)),
    odd: readable.filter((table) => !open.includes(table)).map(placeOf),
  }
}

/** Columns of a table of people, as far as their names tell. */
export function proposePatients(table: Table): Partial<MappedPatients> {
  const readable = table.columns.filter(({ isReadable, name }) => isReadable && isPlain(name))
  const find = (patterns: readonly RegExp[]): string | undefined =>
    patterns
      .map((pattern) => readable.find(({ name }) => pattern.test(wordsIn(name))))
      .find((column) => column !== undefined)?.name
  const id = keyOf(table)[0] ?? readable.find(({ name }) => /^id$/i.test(name))?.name
  const optional = {
    gender: find(personColumns.gender),
    nationalId: find(personColumns.nationalId),
  }
  const all = {
    ...{ table: placeOf(table), id, given: find(personColumns.given) },
    ...{ family: find(personColumns.family), birthDate: find(personColumns.birthDate) },
    ...optional,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** A resource of a table, with every column that can be read; undefined without an owner or a key. */
export function proposeResource(
  table: Table,
  options: {
    readonly patients: MappedPatients
    readonly typeOf: TypeOf
    readonly category: Category
  },
): MappedResource | undefined {
  const owner = ownerOf(table, options.patients)
  const key = keyOf(table)
  if (owner === undefined || key.length === 0) return undefined
  const whole = mapResource(table, { ...options, owner, key, hidden: [] })
  // A person has to say which columns of such a table are for patients.
  return whole && whole.fields.length > mostFields ? undefined : whole
}

/** A resource of a table with the owner and key that were chosen; undefined when no column is left to share. */
export function mapResource(
  table: Table,
  options: {
    readonly owner: string
    readonly key: readonly string[]
    /** Columns that are not shared */
    readonly hidden: readonly string[]
    readonly typeOf: TypeOf
    readonly category: Category
  },
): MappedResource | undefined {
  const { owner, key, hidden, typeOf, category } = options
  const names = new Set<string>()
  const fields = table.columns
    .filter(({ name, isReadable }) => isReadable && isPlain(name))
    .filter(({ name }) => name !== owner && !hidden.includes(name))
    .flatMap((column) => {
      const type = typeOf(table, column)
      const { name } = column
      return type === undefined
        ? []
        : [{ column: name, name: fresh(name, names), type, label: labelOf(name) }]
    })
  if (fields.length === 0) return undefined
  const name = identifierOf(table.name)
  return { table: placeOf(table), name, ...category, owner, key: [...key], fields }
}

/** Columns by which a row is told from others: the primary key, or a column called `id`. */
export function keyOf({ columns, isView }: Table): string[] {
  const keys = columns
    .filter(({ keyPlace }) => keyPlace !== undefined)
    .toSorted((a, b) => (a.keyPlace ?? 0) - (b.keyPlace ?? 0))
  if (keys.length > 0) return keys.map(({ name }) => name)
  const id = isView ? columns.find(({ name }) => /^id$/i.test(name)) : undefined
  return id ? [id.name] : []
}

/** The column that leads to the patients: by a foreign key, else by its name. */
export function ownerOf(table: Table, patients: MappedPatients): string | undefined {
  const [people = ''] = patients.table.split('.').slice(-1)
  if (placeOf(table) === patients.table) return patients.id
  const byKey = table.columns.filter(
    ({ refersTo }) => refersTo?.toLowerCase() === people.toLowerCase(),
  )
  const usual = new RegExp(
    `^(patient|person|subject|client|pat|${wordsIn(people).replace(/s$/, '')}s?)( ?(id|nr|no|number|key|fk))?$|^pid$`,
  )
  const found =
    byKey.length === 1 ? byKey : table.columns.filter(({ name }) => usual.test(wordsIn(name)))
  return found.find(({ isReadable, name }) => isReadable && isPlain(name))?.name
}

/** The table that has most of what tells people apart. */
function patientsAmong(tables: readonly Table[]): MappedPatients | undefined {
  const scored = tables.map((table) => {
    const found = proposePatients(table)
    const referring = tables.filter(({ columns }) =>
      columns.some(({ refersTo }) => refersTo?.toLowerCase() === table.name.toLowerCase()),
    )
    const score = (soundsLikePeople(table.name) ? 8 : 0) + Math.min(referring.length, 4)
    return { found, score }
  })
  const whole = scored.filter(({ found }) => isWhole(found))
  return whole.toSorted((a, b) => b.score - a.score)[0]?.found as MappedPatients | undefined
}

function isWhole(found: Partial<MappedPatients>): found is MappedPatients {
  return [found.id, found.given, found.family, found.birthDate].every((name) => name !== undefined)
}

function resourcesAmong(
  tables: readonly Table[],
  patients: MappedPatients,
  typeOf: TypeOf,
): readonly MappedResource[] {
  const names = new Set<string>()
  return tables.flatMap((table) => {
    const isPeople = tableNamed(tables, patients.table) === table
    const category = isPeople ? { category: 1, label: 'Personal details' } : categoryOf(table.name)
    if (category === undefined) return []
    const found = proposeResource(table, { patients, typeOf, category })
    return found ? [{ ...found, name: fresh(found.name, names) }] : []
  })
}

/** A name that was not used before. */
function fresh(name: string, used: Set<string>): string {
  const plain = identifierOf(name)
  for (let i = 1; ; i += 1) {
    const tried = i === 1 ? plain : `${plain}_${i}`
    if (used.has(tried)) continue
    used.add(tried)
    return tried
  }
}

function reasonOf(name: string): string {
  return /psych|therapist/.test(wordsIn(name))
    ? 'Psychotherapy notes (45 CFR 164.524(a)(1)(i))'
    : 'Stays at the institution'
}
