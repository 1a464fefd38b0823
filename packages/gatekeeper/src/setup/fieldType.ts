import type { FieldType } from '@medrec/protocol'
import { type SqlRead, typedText } from '../adapter/typedText.ts'
import type { SqlEngine } from './openAsker.ts'

type Rule = readonly [declared: RegExp, type: FieldType]

/** The first rule that a declared type meets; what meets none is text. */
const rules: { readonly [engine in SqlEngine]: readonly Rule[] } = {
  postgres: [
    [/\[\]$/, 'text'],
    [/^(smallint|integer|bigint)$/, 'int'],
    [/^(numeric|real|double precision)/, 'decimal'],
    [/^boolean$/, 'bool'],
    [/^date$/, 'date'],
    [/^timestamp(\(\d\))? with time zone$/, 'instant'],
    [/^bytea$/, 'bytes'],
    [/^jsonb?$/, 'json'],
  ],
  mariadb: [
    [/^tinyint\(1\)$/, 'bool'],
    [/^(tiny|small|medium|big)?int/, 'int'],
    [/^bit/, 'int'],
    [/^(decimal|numeric|float|double)/, 'decimal'],
    [/^date$/, 'date'],
    [/^timestamp/, 'instant'],
    [/(blob|binary)/, 'bytes'],
    [/^json$/, 'json'],
  ],
  // A column of SQLite holds what is put into it (Datatypes In SQLite, section 3.1): its values decide as well.
  sqlite: [
    [/bool/, 'bool'],
    [/int/, 'int'],
    [/char|clob|text/, 'text'],
    [/blob/, 'bytes'],
    [/real|floa|doub|num|dec/, 'decimal'],
  ],
}

/** Type of a field by what its column is declared as. A time without a zone is text: it names no instant. */
export function declaredType(engine: SqlEngine, declared: string): FieldType {
  const text = declared.toLowerCase()
  return rules[engine].find(([pattern]) => pattern.test(text))?.[1] ?? 'text'
}

/**
 * Type of a SQLite column that all of these values have the form of: the declared one or, for texts, a day or
 * an instant; text else. undefined where some are texts and some bytes.
 */
export function typeOfValues(declared: string, values: readonly SqlRead[]): FieldType | undefined {
  const type = declaredType('sqlite', declared)
  const known = values.filter((value) => value !== null)
  const candidates: readonly FieldType[] =
    known.length === 0
      ? [type]
      : type === 'text'
        ? ['date', 'instant', 'text']
        : [type, 'text', 'bytes']
  return candidates.find((candidate) =>
    known.every((value) => typedText(candidate, value) !== undefined),
  )
}
