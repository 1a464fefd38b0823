import type { Catalogue } from '../catalogue.ts'
import { declaredType } from './fieldType.ts'
import type { MappedPatients } from './Mapping.ts'
import type { SqlEngine } from './openAsker.ts'
import { quoted, tableText } from './sqlNames.ts'
import { columnNamed, type Table, tableNamed } from './Table.ts'

/** People that a list or a search by name shows at most. */
const most = { byName: 50, list: 1_000 }

/** The statements that find people for the institution's screens, in an engine's own words. */
export function searchesOf(
  patients: MappedPatients,
  { engine, tables }: { readonly engine: SqlEngine; readonly tables: readonly Table[] },
): Catalogue['patients']['search'] {
  const table = tableNamed(tables, patients.table) as Table
  const column = (name: string): string => quoted(columnNamed(table, name)?.name ?? name)
  const [given, family] = [column(patients.given), column(patients.family)]
  const born = columnNamed(table, patients.birthDate)?.type ?? ''
  const select = `SELECT ${column(patients.id)} AS id, ${given} AS given, ${family} AS family,
  ${dayText(engine, column(patients.birthDate), born)} AS birth_date,
  ${patients.gender === undefined ? 'NULL' : column(patients.gender)} AS gender,
  ${patients.nationalId === undefined ? 'NULL' : column(patients.nationalId)} AS national_id${kindOfNumber(patients)}
FROM ${tableText(table)}`
  const sorted = `ORDER BY ${family}, ${given}`
  return {
    byId: `${select} WHERE ${column(patients.id)} = :value`,
    byName: `${select} WHERE ${contains(engine, fullName(engine, given, family))} ${sorted} LIMIT ${most.byName}`,
    byNationalId:
      patients.nationalId === undefined
        ? `${select} WHERE 1 = 0`
        : `${select} WHERE ${bare(text(engine, column(patients.nationalId)))} = ${bare(typed(engine, ':value'))}`,
    list: `${select} ${sorted} LIMIT ${most.list}`,
  }
}

/** What the number is, where that was said; both words have no sign that a statement could be ended with. */
function kindOfNumber({ idType, idCountry }: MappedPatients): string {
  return `${idType === undefined ? '' : `, '${idType}' AS id_type`}${idCountry === undefined ? '' : `, '${idCountry}' AS id_country`}`
}

/** A day of birth without a time, whatever the column is. */
function dayText(engine: SqlEngine, column: string, declared: string): string {
  if (engine !== 'sqlite' && declaredType(engine, declared) === 'date') return column
  return `substr(${text(engine, column)}, 1, 10)`
}

function text(engine: SqlEngine, column: string): string {
  return engine === 'sqlite'
    ? column
    : `CAST(${column} AS ${engine === 'postgres' ? 'text' : 'char'})`
}

/** PostgreSQL wants to know what a parameter is; the others know. */
function typed(engine: SqlEngine, parameter: string): string {
  return engine === 'postgres' ? `CAST(${parameter} AS text)` : parameter
}

function fullName(engine: SqlEngine, given: string, family: string): string {
  return engine === 'sqlite' ? `${given} || ' ' || ${family}` : `concat(${given}, ' ', ${family})`
}

function contains(engine: SqlEngine, name: string): string {
  const wanted = `lower(${typed(engine, ':value')})`
  return engine === 'sqlite'
    ? `instr(lower(${name}), ${wanted}) > 0`
    : `position(${wanted} IN lower(${name})) > 0`
}

/** A number without what people write between its digits. */
function bare(number: string): string {
  return `upper(replace(replace(replace(${number}, '-', ''), ' ', ''), '.', ''))`
}
