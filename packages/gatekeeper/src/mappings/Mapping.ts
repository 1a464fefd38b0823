import type { FieldType } from '@medrec/protocol'
import type { Engine } from '../adapter/source.ts'
import type { Catalogue } from '../catalogue.ts'

/** What a database of a known kind offers, whichever institution runs it. */
export type Mapping = {
  readonly version: number
  /** The engines that such a database runs on. */
  readonly engines: readonly Engine[]
  /** The catalogue's members that do not name the institution, in an engine's own words. */
  content(sql: Dialect): Pick<Catalogue, 'patients' | 'resources' | 'exclusions' | 'excludedLabels'>
}

/** The few words in which engines differ. Empty text, as a CSV file leaves it, is taken for no value. */
export type Dialect = {
  text(column: string): string
  /** `YYYY-MM-DD` of a date, a moment or their text. */
  date(column: string): string
  /** A moment, or its text, as an instant; one without a zone is taken for UTC. */
  instant(column: string): string
  /** Whether a column holds what was typed, in any case. */
  holds(column: string): string
}

/** The words of an engine. */
export function dialectOf(engine: Engine): Dialect {
  const type = engine === 'mariadb' ? 'char' : 'text'
  const text = (column: string): string => `nullif(CAST(${column} AS ${type}), '')`
  return {
    text,
    date: (column) => `substr(${text(column)}, 1, 10)`,
    instant: (column) => `replace(substr(${text(column)}, 1, 19), ' ', 'T') || 'Z'`,
    holds: (column) => `lower(${column}) LIKE '%' || lower(:value) || '%'`,
  }
}

/** Numbers fields in the order given: `[name, type, label]`. */
export function fields(
  ...list: readonly (readonly [string, FieldType, string])[]
): Catalogue['resources'][number]['fields'] {
  return list.map(([name, type, label], bit) => ({ bit, name, type, label }))
}

/** HL7 v2 letters of administrative sex as FHIR's words. */
export function sexOf(column: string): string {
  return `CASE upper(${column}) WHEN 'M' THEN 'male' WHEN 'F' THEN 'female' ELSE lower(${column}) END`
}
