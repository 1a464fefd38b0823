import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Catalogue, CatalogueError } from '../../catalogue.ts'
import { clinicCatalogue } from '../../clinic.test-support.ts'
import type { RowsUnusableError } from '../Adapter.ts'
import { expectExcludedFound } from '../excludedBy.test-support.ts'
import { openWriter } from '../openWriter.ts'
import { hasMariadb } from '../servers.test-support.ts'
import { parseSource, type Source } from '../source.ts'
import {
  changedCatalogue,
  definition,
  describeAdapter,
  labsOf,
  openFor,
} from '../suite.test-support.ts'
import { mariadb, open } from './clinic.test-support.ts'

const lacks = !hasMariadb && process.env['CI'] !== 'true'

describe.skipIf(lacks)('MariaDB (needs mariadb-server)', () => describeAdapter(mariadb))

let clinic: Awaited<ReturnType<typeof open>>
beforeAll(async () => {
  if (!lacks) clinic = await open()
})
afterAll(async () => {
  if (!lacks) await clinic.close()
})

const excluding = (table: string, ifPresent = false): Catalogue => ({
  ...clinicCatalogue,
  exclusions: [{ table, reason: '', ifPresent }],
})
const reader = "'clinic_read'@'localhost'"

describe.skipIf(lacks)('rights on MariaDB (needs mariadb-server)', () => {
  const others = [
    { kind: 'read', what: 'clinic.lab_view' },
    { kind: 'read', what: 'clinic.sample' },
  ]
  test('that our own statements give are no more than is needed', async () => {
    const { excess } = await openFor(clinic.source)
    expect(excess).toEqual(others)
  })
  test('beyond it are told one by one', async () => {
    await clinic.admin(`GRANT DELETE, UPDATE (reason) ON clinic.visit TO ${reader};
      GRANT FILE ON *.* TO ${reader}; CREATE ROLE archivist; GRANT archivist TO ${reader};
      REVOKE SHOW VIEW ON clinic.lab_view FROM ${reader}`)
    const { excess } = await openFor(clinic.source)
    await clinic.admin(`REVOKE DELETE, UPDATE (reason) ON clinic.visit FROM ${reader};
      REVOKE FILE ON *.* FROM ${reader}; DROP ROLE archivist; GRANT SHOW VIEW ON clinic.lab_view TO ${reader}`)
    expect(excess).toEqual(
      expect.arrayContaining([
        ...others,
        { kind: 'write', what: 'clinic.visit' },
        { kind: 'hidden', what: 'query of the view clinic.lab_view' },
        { kind: 'role', what: 'FILE on *.*' },
        { kind: 'role', what: 'archivist' },
        { kind: 'write', what: 'DELETE on clinic.visit' },
      ]),
    )
  })
  test('for reading write nothing', async () => {
    const { resources } = clinicCatalogue
    const writeSource = clinic.source
    await expect(openWriter({ ...clinic, writeSource, resources })).rejects.toThrow(CatalogueError)
  })
  test.each([
    ['by itself', 'SELECT', 'psychotherapy_notes'],
    ['one column of it', 'SELECT (id)', 'psychotherapy_notes'],
    ['through a view', 'SELECT, SHOW VIEW', 'all_notes'],
  ])('to read an exclusion %s keep the gatekeeper shut', async (_, right, table) => {
    await clinic.admin(`GRANT ${right} ON clinic.${table} TO ${reader}`)
    await expect(openFor(clinic.source)).rejects.toThrow(/excluded table can be read/)
    await clinic.admin(`REVOKE ${right} ON clinic.${table} FROM ${reader}`)
    await openFor(clinic.source)
  })
  test.each([
    ['too long', 'n'.repeat(65)],
    ['ending in a space', 'notes '],
    ['of a database that ends in a space', 'other .notes'],
  ])('an exclusion %s keeps it shut and is named', async (_, table) => {
    const shut = await openFor(clinic.source, excluding(table, true)).catch((found) => found)
    expect(shut).toBeInstanceOf(CatalogueError)
    expect(shut.message).toContain('An exclusion names what no table can be called.')
    expect(shut.message).toContain(`Table: ${table}`)
  })

  test('to read everything keep it shut, and tell an exclusion that is not there', async () => {
    await expect(openFor(clinic.ownerSource)).rejects.toThrow(/excluded table can be read/)
    const slip = openFor(clinic.ownerSource, excluding('notez'))
    await expect(slip).rejects.toThrow(/not in the database/)
    await openFor(clinic.ownerSource, excluding('notez', true))
    await expect(openFor(clinic.source, excluding('clinic.LAB'))).rejects.toThrow(
      /A query of the catalogue reads an excluded table[\s\S]*clinic.LAB/,
    )
  })
})

describe.skipIf(lacks)('reading MariaDB (needs mariadb-server)', () => {
  test('statements that read an excluded table are told from others, also behind a view', () =>
    expectExcludedFound(clinic.ownerSource as Parameters<typeof expectExcludedFound>[0]))
  test('a collation that finds other patients’ rows gets none of them served', async () => {
    await clinic.admin(`CREATE TABLE IF NOT EXISTS loose (id integer, patient varchar(40) COLLATE utf8mb4_general_ci);
      INSERT INTO loose VALUES (1, 'P1'), (2, 'p1'), (3, 'P1 '); GRANT SELECT ON clinic.loose TO ${reader}`)
    const loose = (where: string): Catalogue =>
      changedCatalogue(1, {
        query: `SELECT id, patient AS owner, NULL AS date, NULL AS reason FROM loose WHERE ${where}`,
      })
    const bound = loose('patient = :owner')
    const adapter = await openFor(clinic.source, bound)
    const error = await adapter.rows(definition('visits', bound), 'P1').catch((found) => found)
    expect((error as RowsUnusableError).problem).toBe('owner')
    const exact = loose('patient = :owner AND patient = BINARY :owner')
    const strict = await openFor(clinic.source, exact)
    expect((await strict.rows(definition('visits', exact), 'P1')).rows).toEqual([['1', null, null]])
  })
  test('what the server says of an error goes nowhere', async () => {
    const query = labsOf('patient = :owner', 'exp(cast(code AS char) + 9999) AS date')
    const catalogue = changedCatalogue(0, { query })
    const adapter = await openFor(clinic.source, catalogue)
    const error = await adapter.rows(definition('labs', catalogue), 'P1').catch((found) => found)
    expect((error as RowsUnusableError).problem).toBe('statement')
    expect(JSON.stringify([error, error.message, error.cause, error.stack])).not.toMatch(/4548/)
  })
  test('numbers of single precision and single bits keep what the server prints', async () => {
    await clinic.admin(`CREATE TABLE IF NOT EXISTS odd (id integer, owner varchar(9), a float, b bit(1), t timestamp(3));
      INSERT INTO odd VALUES (1, 'P1', 0.1, 1, '2024-03-01 10:00:00.250'); GRANT SELECT ON clinic.odd TO ${reader}`)
    const [resource] = clinicCatalogue.resources as readonly [Catalogue['resources'][number]]
    const catalogue = changedCatalogue(0, {
      query: 'SELECT id, owner, a, b, t FROM odd WHERE owner = :owner',
      fields: [
        { bit: 0, name: 'id', type: 'int', label: 'Id' },
        { bit: 1, name: 'a', type: 'decimal', label: 'A' },
        { bit: 2, name: 'b', type: 'bool', label: 'B' },
        { bit: 3, name: 't', type: 'instant', label: 'T' },
      ],
      recordKey: resource.recordKey,
    })
    const adapter = await openFor(clinic.source, catalogue)
    expect((await adapter.rows(definition('labs', catalogue), 'P1')).rows).toEqual([
      ['1', '0.1', 'true', '2024-03-01T10:00:00.250Z'],
    ])
  })
  test('a server that is not there is told by its code, a wrong password too', async () => {
    const nowhere = parseSource('mysql://clinic_read@127.0.0.1:1/clinic')
    await expect(openFor(nowhere)).rejects.toThrow(/cannot be reached[\s\S]*ECONNREFUSED/)
    const wrong = { ...clinic.source, password: 'other' } as Source
    await expect(openFor(wrong)).rejects.toThrow(/ER_ACCESS_DENIED_ERROR/)
  })
})
