import type { JoinedStatement } from '../server/Backend.ts'

/** Rows, and bytes of a row, beyond which the server shall not put a record together in its memory. */
const [mostRows, largestRow] = [1_000, 65_536]
/** A function of PostgreSQL takes a hundred arguments, of which this is two for each column. */
const mostColumns = 45

/**
 * A statement's result as one row: the types of the wanted columns as they are now, how many rows there are (too many
 * where one is too large to be told: texts of others could stand in its place), and their values in one text, as the
 * server would send each (concat calls the types' output functions). Before each row's values stands which of them are
 * null (IS NULL would say so of a composite of nulls too); nothing where none is.
 *
 * All functions are those of pg_catalog, whatever fits better elsewhere on the search path (PostgreSQL 15 manual, section
 * 10.3). A statement with a star is not for this: columns that come to its tables would go unseen.
 */
export function joinedStatement(
  sql: string,
  wanted: readonly string[],
): JoinedStatement | undefined {
  if (wanted.length > mostColumns || sql.includes('*')) return undefined
  const names = wanted.map((name) => `"${name.replaceAll('"', '""')}"`)
  const all = names.join(', ')
  const types = names.map((name) => `${own}pg_typeof(d.${name})::${own}oid`).join(', ')
  const nulls = `${own}concat(${names.map((name) => `${own}num_nulls(${name})`).join(', ')})`
  const line = `CASE WHEN ${own}num_nulls(${all}) OPERATOR(${own}=) 0 THEN ${own}concat_ws(E'\\x1f', '', ${all})
    ELSE ${own}concat(${[nulls, ...names].join(", E'\\x1f', ")}) END`
  const count = `${own}count(*)`
  const text = `WITH q AS NOT MATERIALIZED (
${sql}
) SELECT (SELECT ${own}concat_ws(',', ${types}) FROM (SELECT) n LEFT JOIN q d ON false),
  CASE WHEN ${own}count(told) OPERATOR(${own}=) ${count} THEN ${count} ELSE ${mostRows + 1} END,
  ${own}string_agg(told, E'\\x1f')
FROM (SELECT CASE WHEN ${own}octet_length(line) OPERATOR(${own}<=) ${largestRow} THEN line END AS told
  FROM (SELECT ${line} AS line FROM q LIMIT ${mostRows + 1}) l) r`
  return { text, rows: mostRows, between: '\u001f', isNull: '1' }
}

const own = 'pg_catalog.'
