/** A column of the institution's database. */
export type Column = {
  readonly name: string
  /** As the database declares it. */
  readonly type: string
  readonly isNullable: boolean
  /** From 1: its place in the primary key. */
  readonly keyPlace: number | undefined
  /** The table that a foreign key leads to, with its schema as `placeOf` names it. */
  readonly refersTo: string | undefined
  /** The column of it, where the key says so: else its primary key. */
  readonly refersToColumn: string | undefined
  /** Whether this account may read it. */
  readonly isReadable: boolean
}

/** A table or view of the institution's database. */
export type Table = {
  /** PostgreSQL's schema or MariaDB's database, unless it is the one that the account is in. */
  readonly schema: string | undefined
  readonly name: string
  readonly isView: boolean
  readonly columns: readonly Column[]
}

/** How a table is named in answers and messages. */
export function placeOf({ schema, name }: Pick<Table, 'schema' | 'name'>): string {
  return schema === undefined ? name : `${schema}.${name}`
}

/** The table of that name, whatever its case, if there is exactly one; its schema may be left out. */
export function tableNamed(tables: readonly Table[], name: string): Table | undefined {
  const wanted = name.toLowerCase()
  const placed = tables.filter((table) => placeOf(table).toLowerCase() === wanted)
  const found =
    placed.length > 0 ? placed : tables.filter((table) => table.name.toLowerCase() === wanted)
  return (
    found.find((table) => placeOf(table) === name) ?? (found.length === 1 ? found[0] : undefined)
  )
}

/** The column of that name, whatever its case. */
export function columnNamed({ columns }: Table, name: string): Column | undefined {
  return (
    columns.find((column) => column.name === name) ??
    columns.find((column) => column.name.toLowerCase() === name.toLowerCase())
  )
}
