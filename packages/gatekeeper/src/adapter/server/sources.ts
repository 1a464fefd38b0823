import { createHash } from 'node:crypto'
import type { SchemaPrint } from '../Adapter.ts'
import type { NeededTable } from '../roleStatements.ts'
import { wordsOf } from '../wordsOf.ts'

/** A table or view that the catalogue's statements stand on. */
export type SourceTable = {
  /** As the engine knows it. */
  readonly id: string
  readonly schema: string
  readonly name: string
  /** A statement names it; else a view that one names stands on it. */
  readonly isNamed: boolean
  /** Of a view: its own query. */
  readonly view: string | null
  readonly columns: readonly (readonly [name: string, type: string, place: number])[]
}

/** Hashes of the views and of the columns that the statements, or the views, can name. */
export function schemaPrint(
  sources: readonly SourceTable[],
  statements: readonly string[],
): SchemaPrint {
  const views = sources.flatMap(({ view }) => (view === null ? [] : [view]))
  const words = wordsOf([...statements, ...views])
  return Object.fromEntries(
    sources.map(({ schema, name, view, columns }) => {
      const used = columns.filter(([column]) => words.has(column.toLowerCase()))
      const text = JSON.stringify([view, used])
      return [`${schema}.${name}`, createHash('sha256').update(text).digest('hex')]
    }),
  )
}

/** The named tables with the columns that the statements' words name. */
export function neededOf(
  sources: readonly SourceTable[],
  statements: readonly string[],
): readonly NeededTable[] {
  const words = wordsOf(statements)
  return sources
    .filter(({ isNamed }) => isNamed)
    .map(({ schema, name, view, columns }) => ({
      ...{ schema, name, isView: view !== null },
      columns: columns
        .map(([column]) => column)
        .filter((column) => words.has(column.toLowerCase())),
    }))
}
