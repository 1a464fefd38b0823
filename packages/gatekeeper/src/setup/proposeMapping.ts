import type { FieldType } from '@medrec/protocol'
import type { CodeSystem } from './codes.ts'
import { type Exclusions, type MappedPatients, type MappedResource, mostFields } from './Mapping.ts'
import { isPlain } from './sqlNames.ts'
import { type Column, columnNamed, placeOf, type Table, tableNamed } from './Table.ts'
import {
  categoryOf,
  identifierOf,
  idWords,
  labelOf,
  otherOfBirth,
  ownerWords,
  peopleIn,
  personColumns,
  soundsPrivate,
  wordsIn,
} from './words.ts'

/** What a database looks like to somebody who reads its keys, its columns and the names of its tables; a person decides. */
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

/** What the values of a column look like. */
export type Looks = {
  readonly typeOf: TypeOf
  /** The system whose codes they are */
  readonly codesOf: (table: Table, column: Column) => CodeSystem | undefined
}

/** What is known of the tables around one. */
export type Around = { readonly tables: readonly Table[]; readonly typeOf: TypeOf }

/**
 * Proposes the table of patients, the tables with an owner that leads there, their category by codes and names, and
 * the tables that must stay. Declared keys count more than names. What is not proposed is not shared.
 */
export function proposeMapping(tables: readonly Table[], looks: Looks): Proposal {
  const kept = tables.filter((table) => soundsPrivate(table.name))
  const readable = tables.filter(
    (table) => !kept.includes(table) && table.columns.some(({ isReadable }) => isReadable),
  )
  const open = readable.filter(({ name }) => isPlain(name))
  const around = { tables, typeOf: looks.typeOf }
  const patients = patientsAmong(open, around)
  const resources = patients ? resourcesAmong(open, { patients, looks, around }) : []
  const used = new Set([patients?.table, ...resources.map(({ table }) => table)])
  return {
    patients,
    resources,
    exclusions: kept.map((table) => ({ table: placeOf(table), reason: reasonOf(table.name) })),
    left: open.map(placeOf).filter((place) => !used.has(place)),
    odd: readable.filter((table) => !open.includes(table)).map(placeOf),
  }
}

/** Columns of a table of people, as far as keys, types and names tell. */
export function proposePatients(table: Table, around: Around): Partial<MappedPatients> {
  const readable = table.columns.filter(({ isReadable, name }) => isReadable && isPlain(name))
  const find = (patterns: readonly RegExp[], among = readable): string | undefined =>
    patterns
      .map((pattern) => among.find(({ name }) => pattern.test(wordsIn(name))))
      .find((column) => column !== undefined)?.name
  const births = readable.filter(({ name }) => !otherOfBirth.test(wordsIn(name)))
  const days = births.filter((column) => around.typeOf(table, column) === 'date')
  const all = {
    ...{ table: placeOf(table), id: idOf(table, around.tables) },
    ...{ given: find(personColumns.given), family: find(personColumns.family) },
    birthDate:
      find(personColumns.birthDate, days) ??
      find(personColumns.birthDate, births) ??
      (days.length === 1 ? days[0]?.name : undefined),
    ...{ gender: find(personColumns.gender), nationalId: find(personColumns.nationalId) },
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** The column that most foreign keys lead to, else the first of the primary key, else one called `id`. */
function idOf(table: Table, tables: readonly Table[]): string | undefined {
  const aims = tables.flatMap(({ columns }) => columns.filter((column) => leadsTo(column, table)))
  const counts = new Map<string, number>()
  for (const aim of aims) {
    const column = aimOf(aim, table)
    if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1)
  }
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1])
  const named = most && columnNamed(table, most[0])
  const id = named ?? table.columns.find(({ name }) => name === keyOf(table, tables)[0])
  const usual = table.columns.find(({ name }) => /^id$/i.test(name))
  return [id, usual].find((column) => column?.isReadable && isPlain(column.name))?.name
}

function leadsTo({ refersTo }: Column, table: Table): boolean {
  return refersTo?.toLowerCase() === placeOf(table).toLowerCase()
}

/** The column of a table that a key to it leads to, in small letters: its primary key where the key names none. */
function aimOf({ refersToColumn }: Column, table: Table): string | undefined {
  return refersToColumn?.toLowerCase() ?? wholeKey(table)
}

/** A resource of a table, with every column that can be read; undefined without an owner or a key. */
export function proposeResource(
  table: Table,
  options: {
    readonly patients: MappedPatients
    readonly around: Around
    readonly category: Category
  },
): MappedResource | undefined {
  const { patients, around, category } = options
  const owner = ownerOf(table, patients, around.tables)
  const key = keyOf(table, around.tables)
  if (owner === undefined || key.length === 0) return undefined
  const { typeOf } = around
  const whole = mapResource(table, { ...{ owner, key, hidden: [] }, typeOf, category })
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

/**
 * Columns by which a row is told from others: the primary key; of a view a column called `id`, or the one that is the
 * whole primary key of a table.
 */
export function keyOf({ columns, isView }: Table, tables: readonly Table[]): string[] {
  const keys = columns
    .filter(({ keyPlace }) => keyPlace !== undefined)
    .toSorted((a, b) => (a.keyPlace ?? 0) - (b.keyPlace ?? 0))
  if (keys.length > 0) return keys.map(({ name }) => name)
  if (!isView) return []
  const id = columns.find(({ name }) => /^id$/i.test(name))
  if (id) return [id.name]
  const whole = new Set(tables.flatMap((table) => wholeKey(table) ?? []))
  const known = columns.filter(({ name }) => whole.has(name.toLowerCase()))
  const own = known.filter(({ name }) => !leadsAway(name, tables))
  return own.length === 1 ? own.map(({ name }) => name) : []
}

/** The name of a primary key of one column. */
function wholeKey(table: Table): string | undefined {
  return keyColumn(table)?.name.toLowerCase()
}

/** The one column of a primary key. */
function keyColumn({ columns }: Table): Column | undefined {
  const [key, ...others] = columns.filter(({ keyPlace }) => keyPlace !== undefined)
  return others.length === 0 ? key : undefined
}

/** Whether a column of that name leads to another table somewhere: it tells those rows apart, not these. */
function leadsAway(name: string, tables: readonly Table[]): boolean {
  return tables.some(({ columns }) =>
    columns.some(
      (column) => column.refersTo !== undefined && column.name.toLowerCase() === name.toLowerCase(),
    ),
  )
}

/**
 * The column that leads to the patients: by a foreign key to their id, whatever its name; else by the name that such
 * keys have elsewhere, else by its words. A key to another column of theirs is none, and no column that is called
 * like one. Neither is a name by which other tables tell their rows apart: there is a patient with the number of many
 * a row, and she is not whose it is.
 */
export function ownerOf(
  table: Table,
  patients: MappedPatients,
  tables: readonly Table[],
): string | undefined {
  if (placeOf(table) === patients.table) return patients.id
  const people = tableNamed(tables, patients.table)
  const id = patients.id.toLowerCase()
  const isOwner = (column: Column): boolean =>
    people !== undefined && leadsTo(column, people) && aimOf(column, people) === id
  const keys = table.columns.filter(isOwner)
  if (keys.length === 1) return readable(keys)
  const theirs = namesOf(people?.columns.filter(({ name }) => name.toLowerCase() !== id) ?? [])
  const free =
    keys.length > 1
      ? keys
      : table.columns.filter(
          ({ refersTo, name }) => refersTo === undefined && !theirs.has(name.toLowerCase()),
        )
  const elsewhere = namesOf(tables.flatMap(({ columns }) => columns.filter(isOwner)))
  const ofRows = namesOf(
    tables
      .filter((one) => one !== people)
      .flatMap((one) => keyColumn(one) ?? [])
      .filter((column) => !isOwner(column)),
  )
  const mayTell = ({ name }: Column): boolean => !isIdWord(name) && !ofRows.has(name.toLowerCase())
  const known = free.filter((column) => mayTell(column) && elsewhere.has(column.name.toLowerCase()))
  if (keys.length === 0 && known.length === 1) return readable(known)
  const words = usualOwner(patients)
  return readable(
    free.filter(
      (column) =>
        words.test(wordsIn(column.name)) ||
        (mayTell(column) && isSameName(column.name, patients.id)),
    ),
  )
}

function namesOf(columns: readonly Column[]): ReadonlySet<string> {
  return new Set(columns.map(({ name }) => name.toLowerCase()))
}

/** `id` or `nr`, which say nothing of whose. */
function isIdWord(name: string): boolean {
  return new RegExp(`^(${idWords})$`).test(wordsIn(name))
}

/** `PatNo` and `pat_no`; names in letters without Latin words only as they stand. */
function isSameName(one: string, other: string): boolean {
  const words = wordsIn(one)
  return words === '' ? one.toLowerCase() === other.toLowerCase() : words === wordsIn(other)
}

/** `patient_id`, `patientennr`, `id_paciente`; after a table whose name has no Latin letters none is called. */
function usualOwner({ table }: MappedPatients): RegExp {
  const [people = ''] = table.split('.').slice(-1)
  const own = wordsIn(people)
    .replace(/^(tbl|tab|t) /, '')
    .replace(/s$/, '')
  const who = `(${ownerWords}${own === '' ? '' : `|${own}s?`})(en|e|s|n)?`
  const ways = [`${who}( ?(${idWords}))?`, `(${idWords}) ?(de |du |del |do |da )?${who}`, 'pid']
  return new RegExp(`^(${ways.join('|')})$`)
}

function readable(columns: readonly Column[]): string | undefined {
  return columns.find(({ isReadable, name }) => isReadable && isPlain(name))?.name
}

/** The table that has most of what tells people apart: keys that lead there count more than its name. */
function patientsAmong(tables: readonly Table[], around: Around): MappedPatients | undefined {
  const scored = tables.map((table) => {
    const found = proposePatients(table, around)
    const referring = tables.filter(({ columns }) =>
      columns.some((column) => leadsTo(column, table)),
    )
    const named = { patients: 6, staff: -12, other: 0 }[peopleIn(table.name) ?? 'other']
    return { found, score: 3 * Math.min(referring.length, 6) + named }
  })
  const whole = scored.filter(({ found }) => isWhole(found))
  return whole.toSorted((a, b) => b.score - a.score)[0]?.found as MappedPatients | undefined
}

function isWhole(found: Partial<MappedPatients>): found is MappedPatients {
  return [found.id, found.given, found.family, found.birthDate].every((name) => name !== undefined)
}

function resourcesAmong(
  tables: readonly Table[],
  options: {
    readonly patients: MappedPatients
    readonly looks: Looks
    readonly around: Around
  },
): readonly MappedResource[] {
  const { patients, looks, around } = options
  const names = new Set<string>()
  return tables.flatMap((table) => {
    const isPeople = tableNamed(tables, patients.table) === table
    const columns = table.columns.map((column) => ({
      ...{ name: column.name, codes: looks.codesOf(table, column) },
    }))
    const category = isPeople
      ? { category: 1, label: 'Personal details' }
      : categoryOf(table.name, columns)
    if (category === undefined) return []
    const found = proposeResource(table, { patients, around, category })
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
