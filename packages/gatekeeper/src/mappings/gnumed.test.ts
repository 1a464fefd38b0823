import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { neededTables } from '../adapter/neededTables.ts'
import { openAdapter } from '../adapter/openAdapter.ts'
import { roleStatements } from '../adapter/roleStatements.ts'
import { parseSource, type ServerSource, type Source } from '../adapter/source.ts'
import { definitionOf, parseCatalogue } from '../catalogue.ts'
import { resolveCatalogue } from './resolveCatalogue.ts'

const server = process.env['MEDREC_GNUMED']

const catalogue = parseCatalogue(
  resolveCatalogue({ institution: 'x', name: 'X', mapping: 'gnumed-22' }, 'postgres'),
)

test('the mapping gnumed-22 never names progress notes', () => {
  const statements = [
    ...catalogue.resources.map(({ query }) => query),
    ...Object.values(catalogue.patients.search),
  ]
  expect(statements.filter((sql) => /narrative\b/.test(sql.replaceAll('t.narrative', '')))).toEqual(
    [],
  )
  expect(catalogue.exclusions.map(({ table }) => table)).toEqual(['clin.clin_narrative'])
})

/**
 * GNUmed's own set-up takes minutes, so it is no part of every run: docs/operations.md says how to make one and name
 * it in MEDREC_GNUMED.
 */
if (server !== undefined)
  test('the mapping gnumed-22 reads a real GNUmed with an account that may do no more', async () => {
    const owner = parseSource(server)
    if (owner.engine !== 'postgres') throw new Error('MEDREC_GNUMED names a PostgreSQL database')
    const source = await withRole({ ...owner, engine: 'postgres' })
    const definitions = catalogue.resources.map((resource) => definitionOf(catalogue, resource))
    const adapter = await openAdapter({ source, catalogue, definitions })
    onTestFinished(() => adapter.close())
    // GNUmed gives these to everybody; that they are told is the point.
    expect(adapter.excess).toEqual([
      { kind: 'function', what: 'clin.remove_old_empty_encounters' },
      { kind: 'function', what: 'clin.transfer_all_encounter_data' },
      { kind: 'function', what: 'clin.trf_invalidate_review_on_result_change' },
    ])
    const people = await adapter.people('list')
    const found: Record<string, number> = {}
    for (const definition of definitions)
      for (const { id } of people) {
        const { rows } = await adapter.rows(definition, id as string)
        found[definition.resource] = (found[definition.resource] ?? 0) + rows.length
      }
    expect(people.length).toBeGreaterThan(0)
    expect(found).toMatchInlineSnapshot(`
      {
        "allergies": 1,
        "conditions": 2,
        "demographics": 14,
        "encounters": 6,
        "immunizations": 1,
        "medications": 5,
        "procedures": 0,
        "results": 5,
      }
    `)
  })

/** The account of our own statements. GNUmed's databases are read-only unless a session says otherwise. */
async function withRole(owner: ServerSource & { readonly engine: 'postgres' }): Promise<Source> {
  const { host, port, user, database } = owner
  const client = new pg.Client({
    ...{ host, port, user, database },
    options: '-c default_transaction_read_only=off',
  })
  await client.connect()
  const tables = await neededTables(owner, { catalogue, purpose: 'read' })
  const reader = 'medrec_mapping_test'
  await client.query(`DROP OWNED BY ${reader}`).catch(() => undefined)
  await client.query(`DROP ROLE IF EXISTS ${reader}`)
  const role = { engine: 'postgres', database, user: reader, password: 'p', tables } as const
  for (const statement of roleStatements({ ...role, purpose: 'read', milliseconds: 9_000 }))
    await client.query(statement)
  await client.end()
  return { ...owner, user: reader, password: 'p' }
}
