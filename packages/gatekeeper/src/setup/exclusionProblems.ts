import { excludedBy } from '../adapter/excludedBy.ts'
import type { Catalogue } from '../catalogue.ts'
import type { Mapping, Problem } from './Mapping.ts'
import type { SqlSource } from './openAsker.ts'

/**
 * Shared tables that are views of what must never be readable: the gatekeeper's own start-up probe refuses the whole
 * catalogue for one of them, and says not which.
 */
export async function exclusionProblems(
  source: SqlSource,
  { mapping, catalogue }: { readonly mapping: Mapping; readonly catalogue: Catalogue },
): Promise<readonly Problem[]> {
  const names = mapping.exclusions.map(({ table }) => table)
  const read = await excludedBy(source, names, [
    ...catalogue.resources.map(({ query }) => query),
    catalogue.patients.search.list,
  ])
  const text = (table: string, excluded: string): string =>
    `${table}: reads ${excluded}, which must never be readable. Take it out of the view, or share another table.`
  return read.flatMap((tables, i) =>
    tables.map((excluded): Problem => {
      const table = mapping.resources[i]?.table
      return table === undefined
        ? { text: text(mapping.patients.table, excluded), about: 'people', excluded }
        : { text: text(table, excluded), about: 'table', table, excluded }
    }),
  )
}
