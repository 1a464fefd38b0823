import { CatalogueError, type Resource } from '../catalogue.ts'
import { usualLimits } from './Adapter.ts'
import { openFhirWriter } from './fhir/openFhirWriter.ts'
import { openMariadbWriter } from './mariadb/openMariadbWriter.ts'
import type { Limits } from './messages.ts'
import { openPostgresWriter } from './postgres/openPostgresWriter.ts'
import type { Source } from './source.ts'
import { openSqliteWriter } from './sqlite/openSqliteWriter.ts'
import type { NamedTemplate, Writer } from './Writer.ts'

/**
 * Opens the account that writes; a SQLite file has none, so the same file is written. Throws CatalogueError when
 * a template does not run, DatabaseStoppedError.
 */
export async function openWriter(options: {
  readonly source: Source
  readonly writeSource?: Source
  readonly resources: readonly Resource[]
  readonly limits?: Limits
}): Promise<Writer | undefined> {
  const { limits = usualLimits } = options
  const source =
    options.writeSource ?? (options.source.engine === 'sqlite' ? options.source : undefined)
  if (!source) return undefined
  const templates = templatesOf(options.resources)
  if (source.engine !== 'fhir') requireStatements(templates)
  switch (source.engine) {
    case 'sqlite':
      return openSqliteWriter(source.file, templates)
    case 'postgres':
      return openPostgresWriter(source, { templates, limits })
    case 'mariadb':
      return openMariadbWriter(source, { templates, limits })
    case 'fhir':
      return openFhirWriter(source, { templates, limits })
  }
}

function templatesOf(resources: readonly Resource[]): readonly NamedTemplate[] {
  return resources.flatMap(({ name, insert, update, retract }) =>
    [insert, update, retract].flatMap((template) =>
      template ? [{ resource: name, template }] : [],
    ),
  )
}

/** Throws CatalogueError unless each statement is one insert or update. */
function requireStatements(templates: readonly NamedTemplate[]): void {
  for (const { resource, template } of templates)
    if (!/^\s*(INSERT|UPDATE)\s/i.test(template.sql ?? ''))
      throw new CatalogueError('A statement that writes begins with INSERT or UPDATE.', [
        `Resource: ${resource}`,
      ])
}
