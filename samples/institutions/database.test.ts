import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isCanonical } from '@medrec/protocol'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, expect, test } from 'vitest'
import { castRecords } from '../cast.ts'
import { splitByInstitution } from './assign.ts'
import { type CatalogueParameter, type CatalogueResource, institutions } from './catalogue.ts'
import { catalogueOf, createInstitutionDatabase, excludedCanary } from './database.ts'
import { identificationOf } from './rows.ts'

type Row = { readonly [column: string]: string | number | null }

const folder = mkdtempSync(join(tmpdir(), 'medrec-institutions-'))
const people = castRecords({ seed: 7, endDate: '2026-11-01' })
const filled = institutions.map((institution) => {
  const path = join(folder, `${institution}.sqlite`)
  const inserted = createInstitutionDatabase(path, institution, people)
  return {
    institution,
    path,
    inserted,
    catalogue: catalogueOf(institution),
    database: new DatabaseSync(path),
  }
})
afterAll(() => {
  for (const { database } of filled) database.close()
  rmSync(folder, { recursive: true })
})

function rowsOf(
  database: (typeof filled)[number]['database'],
  resource: CatalogueResource,
  owner: string,
) {
  return database.prepare(resource.query).all({ owner }) as Row[]
}

const cases = filled.flatMap((site) =>
  site.catalogue.resources.map(
    (resource) => [`${site.institution} ${resource.name}`, site, resource] as const,
  ),
)

test.each(filled)('$institution is filled once: filling it again changes nothing', (site) => {
  expect(site.inserted.persons).toBeGreaterThan(4)
  expect(createInstitutionDatabase(site.path, site.institution, people)).toEqual({
    persons: site.inserted.persons,
    rows: 0,
  })
})

test('most people have records at more than one institution, each entry at exactly one', () => {
  const several = people.filter((person) => splitByInstitution(person).size > 1)
  expect(several.length).toBeGreaterThan(people.length / 2)
  for (const person of people) {
    const parts = [...splitByInstitution(person).values()]
    for (const list of ['encounters', 'observations', 'documents', 'allergies'] as const)
      expect(parts.reduce((sum, part) => sum + part[list].length, 0)).toBe(person[list].length)
  }
})

test.each(filled)('$institution finds its patients by number, however it is written', (site) => {
  const { database, institution, catalogue } = site
  const { search } = catalogue.patients
  const one = people.find((person) => splitByInstitution(person).has(institution))
  const { value, birthDate } = identificationOf(one as (typeof people)[number])
  const columns = { given: one?.demographics.given, birth_date: birthDate, national_id: value }
  for (const spelling of [value, value.replaceAll('-', ''), value.replaceAll('-', ' ')])
    expect(database.prepare(search.byNationalId).all({ value: spelling })).toEqual([
      expect.objectContaining(columns),
    ])
  expect(database.prepare(search.byNationalId).all({ value: '999-99-9999' })).toEqual([])
  const [found] = database
    .prepare(search.byName)
    .all({ value: one?.demographics.family ?? '' }) as Row[]
  expect(database.prepare(search.byId).all({ value: String(found?.['id']) })).toEqual([found])
  expect(database.prepare(search.list).all()).toHaveLength(site.inserted.persons)
})

test.each(cases)(
  '%s: each row is its owner’s, has all fields in canonical form and a key of its own',
  (_, site, resource) => {
    const { database, catalogue } = site
    expect(resource.fields.map(({ bit }) => bit)).toEqual(resource.fields.map((_, bit) => bit))
    const names = resource.fields.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining([...resource.recordKey]))
    for (const { id } of database.prepare(catalogue.patients.search.list).all() as Row[]) {
      const rows = rowsOf(database, resource, String(id))
      const columns = new Set(rows.map((row) => Object.keys(row).toSorted().join()))
      if (rows.length > 0) expect([...columns]).toEqual([['owner', ...names].toSorted().join()])
      expect(rows.filter((row) => row['owner'] !== String(id))).toEqual([])
      for (const { name, type } of resource.fields) {
        const values = rows.map((row) => (row[name] === null ? null : String(row[name])))
        expect([name, values.filter((value) => !isCanonical(type, value))]).toEqual([name, []])
      }
      expect(new Set(rows.map((row) => row['id'])).size).toBe(rows.length)
      expect(JSON.stringify(rows)).not.toContain('CANARY')
    }
  },
)

test.each(cases)('%s: an owner nobody has gets nothing', (_, { database }, resource) => {
  for (const owner of ['', '0', "' OR 1=1 --", '%'])
    expect(rowsOf(database, resource, owner)).toEqual([])
})

test.each(filled)('$institution keeps its excluded tables filled, apart and unnamed', (site) => {
  const { catalogue, database, institution } = site
  expect(catalogue.exclusions).toHaveLength(2)
  for (const { table } of catalogue.exclusions) {
    const rows = JSON.stringify(database.prepare(`SELECT * FROM ${table}`).all())
    expect(rows).toContain(excludedCanary(institution))
    const statements = catalogue.resources.flatMap(({ query, insert, update, retract }) => [
      query,
      ...[insert, update, retract].map((write) => write?.sql ?? ''),
    ])
    expect(statements.join('\n')).not.toContain(table)
  }
})

const values: Readonly<Record<string, string>> = {
  date: '2026-10-31',
  instant: '2026-10-31T09:30:00Z',
  decimal: '13.40',
  int: '7',
  text: "Entered 'by hand'; ü",
  bool: 'true',
}

function bind(
  parameters: readonly CatalogueParameter[],
  all: boolean,
): Record<string, string | null> {
  return Object.fromEntries(
    parameters.map(({ name, type, required, options }) => [
      name,
      required || all ? (options?.[0] ?? values[type] ?? null) : null,
    ]),
  )
}

const writes = cases.filter(([, , { insert }]) => insert !== undefined)

/** What was entered stands in the row; of a number and words for one finding only the number does. */
function expectEntered(
  resource: CatalogueResource,
  row: Row,
  given: Readonly<Record<string, string | null>>,
) {
  const shown = (name: string) =>
    row[name] === undefined || row[name] === null ? null : String(row[name])
  for (const { name, type } of resource.fields) {
    expect(isCanonical(type, shown(name))).toBe(true)
    const entered = given[name]
    if (entered === undefined || (name === 'text' && given['value'])) continue
    const expected = type === 'decimal' && entered !== null ? Number(entered) : entered
    const found = type === 'decimal' && shown(name) !== null ? Number(shown(name)) : shown(name)
    expect([name, found]).toEqual([name, expected])
  }
}

const rounds = writes.flatMap(([title, site, resource]) =>
  [true, false].map(
    (all) => [`${title}, ${all ? 'all' : 'only needed'} values`, site, resource, all] as const,
  ),
)

test.each(rounds)(
  '%s: what is entered comes back and can be corrected and retracted, by its owner alone',
  (_, { database, catalogue }, resource, all) => {
    const [patient, other] = database.prepare(catalogue.patients.search.list).all() as [Row, Row]
    const owner = String(patient['id'])
    const insert = resource.insert as NonNullable<CatalogueResource['insert']>
    const id = insert.id === 'uuid' ? crypto.randomUUID() : Math.trunc(Math.random() * 2 ** 48)
    const mine = () => rowsOf(database, resource, owner).find((row) => row['id'] === id) as Row
    const given = bind(insert.parameters, all)
    database.prepare(insert.sql).run({ id, owner, ...given })
    expectEntered(resource, mine(), given)
    for (const write of [resource.update, resource.retract].filter((one) => one !== undefined)) {
      const values = bind(write.parameters, all)
      const statement = database.prepare(write.sql)
      expect(statement.run({ id, owner: String(other['id']), ...values }).changes).toBe(0)
      expect(statement.run({ id, owner, ...values }).changes).toBe(1)
      expectEntered(resource, mine(), write === resource.update ? values : {})
    }
    expect(mine()['status']).toBe('entered-in-error')
  },
)

test('every institution maps each category that its tables have, and writes what clinicians write', () => {
  for (const { catalogue } of filled) {
    const categories = new Set(catalogue.resources.map(({ category }) => category))
    expect([...categories].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    for (const category of [2, 4, 5, 6, 10])
      expect(
        catalogue.resources.some((one) => one.category === category && one.insert && one.retract),
      ).toBe(true)
    expect(JSON.parse(JSON.stringify(catalogue))).toEqual(catalogue)
  }
})
