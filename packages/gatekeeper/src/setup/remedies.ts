import type { Exclusions, Mapping, Problem } from './Mapping.ts'
import type { Sensitivity } from './settleCatalogue.ts'

/** What a set-up was told of a database's tables and columns. */
export type Told = {
  readonly mapping: Omit<Mapping, 'exclusions'>
  readonly exclusions: Exclusions
  readonly sensitivity: Sensitivity
}

/** A way out of a refused mapping that needs no further question. */
export type Remedy =
  /** These tables are not shared. */
  | { readonly do: 'leaveOut'; readonly tables: readonly string[] }
  /** These tables need not stay unreadable. */
  | { readonly do: 'allow'; readonly tables: readonly string[] }
  /** These columns are shared as text, whatever their values look like. */
  | { readonly do: 'asText'; readonly columns: readonly (readonly [table: string, name: string])[] }

/** Ways out of what is wrong, the one first that shares least. */
export function remediesFor(problems: readonly Problem[], told: Told): readonly Remedy[] {
  const { resources } = told.mapping
  const columns = unique(problems.flatMap((problem) => misfit(problem, told)))
  const asText = new Set(columns.map(([table]) => table))
  const tables = unique(
    resources
      .filter(({ table, name }) =>
        problems.some(
          (problem) =>
            (problem.about === 'table' && problem.table === table) ||
            (problem.about === 'kind' && problem.kind === name),
        ),
      )
      .map(({ table }) => table),
  )
  const named = problems.flatMap((problem) =>
    'excluded' in problem && problem.excluded !== undefined ? [problem.excluded] : [],
  )
  const allowed = unique(named).filter((table) =>
    told.exclusions.some((one) => one.table === table),
  )
  return [
    ...(tables.length > 0 && tables.length < resources.length
      ? [{ do: 'leaveOut', tables } as const]
      : []),
    ...(asText.size > 0 && tables.every((table) => asText.has(table))
      ? [{ do: 'asText', columns } as const]
      : []),
    ...(allowed.length > 0 ? [{ do: 'allow', tables: allowed } as const] : []),
  ]
}

/** What was told, with a way out taken. */
export function remedied(told: Told, remedy: Remedy): Told {
  const { mapping, exclusions, sensitivity } = told
  switch (remedy.do) {
    case 'allow':
      return {
        ...told,
        exclusions: exclusions.filter(({ table }) => !remedy.tables.includes(table)),
      }
    case 'asText': {
      const isMeant = (table: string, name: string): boolean =>
        remedy.columns.some((one) => one[0] === table && one[1] === name)
      const resources = mapping.resources.map((resource) => ({
        ...resource,
        fields: resource.fields.map((field) =>
          isMeant(resource.table, field.column) ? { ...field, type: 'text' as const } : field,
        ),
      }))
      return { ...told, mapping: { ...mapping, resources } }
    }
    case 'leaveOut': {
      const resources = mapping.resources.filter(({ table }) => !remedy.tables.includes(table))
      const names = new Set(resources.map(({ name }) => name))
      const labels = Object.entries(sensitivity).filter(([name]) => names.has(name))
      return {
        ...{ mapping: { ...mapping, resources }, exclusions },
        sensitivity: Object.fromEntries(labels),
      }
    }
  }
}

/** The column whose values do not have the form of its type, unless it is text already. */
function misfit(problem: Problem, { mapping }: Told): readonly (readonly [string, string])[] {
  if (problem.about !== 'kind' || problem.field === undefined) return []
  const resource = mapping.resources.find(({ name }) => name === problem.kind)
  const field = resource?.fields.find(({ name }) => name === problem.field)
  return resource && field && field.type !== 'text' ? [[resource.table, field.column]] : []
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
}
