import { connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Catalogue, CatalogueError } from '../../catalogue.ts'
import { clinicCatalogue } from '../../clinic.test-support.ts'
import { DatabaseBusyError, type RowsUnusableError } from '../Adapter.ts'
import { expectExcludedFound } from '../excludedBy.test-support.ts'
import { patientLimits } from '../limits.test-support.ts'
import { openWriter } from '../openWriter.ts'
import { hasPostgres } from '../servers.test-support.ts'
import { parseSource, type ServerSource, type Source } from '../source.ts'
import {
  changedCatalogue,
  definition,
  describeAdapter,
  labsOf,
  openFor,
} from '../suite.test-support.ts'
import { open, postgres } from './clinic.test-support.ts'

const isCi = process.env['CI'] === 'true'

const lacks = !hasPostgres && !isCi

describe.skipIf(lacks)('PostgreSQL (needs postgresql)', () => describeAdapter(postgres))

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

describe.skipIf(lacks)('rights on PostgreSQL (needs postgresql)', () => {
  describe('the account', () => {
    test('that our own statements make can do nothing more than it needs', async () => {
      const { excess } = await openFor(clinic.source)
      expect(excess).toEqual([
        { kind: 'read', what: 'public.lab_view' },
        { kind: 'read', what: 'public.sample' },
      ])
    })
    test('that can do more is told so, right by right', async () => {
      await clinic.admin(`CREATE FUNCTION all_of_it() RETURNS text LANGUAGE sql SECURITY DEFINER
        AS 'SELECT max(text) FROM psychotherapy_notes';
        CREATE ROLE archivist; GRANT archivist TO clinic_read;
        GRANT DELETE ON visit TO clinic_read; GRANT TEMPORARY ON DATABASE clinic TO clinic_read`)
      const { excess } = await openFor(clinic.source)
      await clinic.admin(`DROP FUNCTION all_of_it; DROP ROLE archivist;
        REVOKE DELETE ON visit FROM clinic_read; REVOKE TEMPORARY ON DATABASE clinic FROM clinic_read`)
      expect(excess).toEqual([
        { kind: 'function', what: 'public.all_of_it' },
        { kind: 'read', what: 'public.lab_view' },
        { kind: 'read', what: 'public.sample' },
        { kind: 'role', what: 'member of archivist' },
        { kind: 'write', what: 'public.visit' },
        { kind: 'write', what: 'temporary tables' },
      ])
    })
    test('for reading writes nothing', async () => {
      const { resources } = clinicCatalogue
      const writeSource = clinic.source
      await expect(openWriter({ ...clinic, writeSource, resources })).rejects.toThrow(
        CatalogueError,
      )
    })
  })

  describe('start-up probe', () => {
    test.each([
      ['by itself', 'GRANT SELECT ON psychotherapy_notes TO clinic_read'],
      ['one column of it', 'GRANT SELECT (id) ON psychotherapy_notes TO clinic_read'],
      ['through a view', 'GRANT SELECT ON all_notes TO clinic_read'],
      [
        'through a view of a view',
        'CREATE VIEW more AS SELECT * FROM all_notes; GRANT SELECT ON more TO clinic_read',
      ],
      [
        'through a table it is a part of',
        `CREATE TABLE whole (id integer, patient text, text text);
         ALTER TABLE psychotherapy_notes INHERIT whole; GRANT SELECT ON whole TO clinic_read`,
      ],
      ['through the role of everybody', 'GRANT SELECT ON psychotherapy_notes TO PUBLIC'],
    ])('refuses an exclusion that can be read %s', async (_, grant) => {
      await clinic.admin(grant)
      try {
        await expect(openFor(clinic.source)).rejects.toThrow(/excluded table can be read/)
      } finally {
        await clinic.admin(`DROP VIEW IF EXISTS more; DROP TABLE IF EXISTS whole CASCADE;
          CREATE TABLE IF NOT EXISTS psychotherapy_notes (id integer, patient text, text text);
          CREATE OR REPLACE VIEW all_notes AS SELECT text FROM psychotherapy_notes;
          REVOKE ALL (id) ON psychotherapy_notes FROM clinic_read;
          REVOKE ALL ON psychotherapy_notes, all_notes FROM clinic_read, PUBLIC`)
      }
    })
    test('refuses an account that may read everything', async () => {
      await expect(openFor(clinic.ownerSource)).rejects.toThrow(/excluded table can be read/)
    })
    test('refuses an exclusion that is not there, unless not every installation has it', async () => {
      await expect(openFor(clinic.source, excluding('notez'))).rejects.toThrow(/not in the data/)
      await expect(openFor(clinic.source, excluding('other.visit'))).rejects.toThrow(/not in the d/)
      await openFor(clinic.source, excluding('notez', true))
    })
    test('names the excluded table that a query reads', async () => {
      await expect(openFor(clinic.source, excluding('public.LAB'))).rejects.toThrow(
        /A query of the catalogue reads an excluded table[\s\S]*public.LAB/,
      )
    })
  })
})

describe.skipIf(lacks)('reading PostgreSQL (needs postgresql)', () => {
  test('statements that read an excluded table are told from others, also behind a view', () =>
    expectExcludedFound(clinic.ownerSource as Parameters<typeof expectExcludedFound>[0]))
  test('what the server says of an error goes nowhere', async () => {
    const query = labsOf('patient = :owner', '(CAST(code AS integer)) AS date')
    const catalogue = changedCatalogue(0, { query })
    const adapter = await openFor(clinic.source, catalogue)
    const error = await adapter.rows(definition('labs', catalogue), 'P1').catch((found) => found)
    expect((error as RowsUnusableError).problem).toBe('statement')
    expect(error.message).toMatch(/22P02/)
    expect(JSON.stringify([error, error.message, error.cause, error.stack])).not.toMatch(/4548/)
  })

  test('a column of another type is noticed at the next read, without waiting for a look', async () => {
    const query =
      'SELECT id, patient AS owner, day AS date, reason FROM visit WHERE patient = :owner'
    const catalogue = changedCatalogue(1, { query })
    const adapter = await openFor(clinic.source, catalogue)
    const visits = definition('visits', catalogue)
    expect((await adapter.rows(visits, 'P1')).rows).toHaveLength(1)
    await clinic.admin('ALTER TABLE visit ALTER reason TYPE varchar(200)')
    for (const _ of ['first', 'second']) {
      const error = await adapter.rows(visits, 'P1').catch((found) => found)
      expect((error as RowsUnusableError).problem).toBe('schema')
    }
    await clinic.admin('ALTER TABLE visit ALTER reason TYPE text')
    expect((await adapter.rows(visits, 'P1')).rows).toHaveLength(1)
  })

  test('a number that is none is nobody’s', async () => {
    const search = {
      ...clinicCatalogue.patients.search,
      byId: `SELECT id::text AS id FROM visit WHERE id = :value`,
    }
    const catalogue = { ...clinicCatalogue, patients: { search } }
    const adapter = await openFor(clinic.source, catalogue)
    expect(await adapter.people('byId', '1')).toEqual([{ id: '1' }])
    expect(await adapter.people('byId', 'one')).toEqual([])
    expect(await adapter.people('byId', '99999999999999999999')).toEqual([])
  })

  test('a server that is not there is told by its code, a wrong account too', async () => {
    const nowhere = parseSource('postgres://clinic_read@127.0.0.1:1/clinic')
    await expect(openFor(nowhere)).rejects.toThrow(/cannot be reached[\s\S]*ECONNREFUSED/)
    const unknown = { ...clinic.source, user: 'nobody' } as Source
    await expect(openFor(unknown)).rejects.toThrow(/28000/)
  })
})

describe.skipIf(lacks)('a record put together by PostgreSQL (needs postgresql)', () => {
  test('that takes too long is read row by row when asked again', async () => {
    const onlyJoined = "current_query() NOT LIKE 'WITH q%' OR pg_sleep(600) IS NULL"
    const catalogue = changedCatalogue(0, { query: labsOf(`patient = :owner AND (${onlyJoined})`) })
    const adapter = await openFor(clinic.source, catalogue, {
      ...patientLimits,
      milliseconds: 2_000,
    })
    const labs = definition('labs', catalogue)
    await expect(adapter.columns(labs, 'P1')).rejects.toThrow(DatabaseBusyError)
    expect((await adapter.columns(labs, 'P1')).count).toBe(2)
  })
})

describe.skipIf(lacks)('a pooler before PostgreSQL (needs postgresql)', () => {
  test('that drops what our connections ask for is not read through', async () => {
    const { port } = clinic.source as ServerSource
    const pooler = await poolerThatDropsOptions(port)
    const source = { ...clinic.source, port: pooler.port } as Source
    const writeSource = { ...clinic.writeSource, port: pooler.port } as Source
    const unheld = { ...clinic.ownerSource, port: pooler.port } as Source
    await expect(openFor(unheld)).rejects.toThrow(/Settings: .*read_only, statement_timeout/)
    // What our own statements gave to the account holds, and the rest does not.
    const told = /does not keep the limits[\s\S]*Settings: (?!.*statement_timeout)/
    await expect(openFor(source)).rejects.toThrow(told)
    const { resources } = clinicCatalogue
    const writer = openWriter({ ...clinic, writeSource, resources, limits: patientLimits })
    await expect(writer).rejects.toThrow(told)
    pooler.drops = false
    expect((await (await openFor(source)).rows(definition('labs'), 'P1')).rows).toHaveLength(2)
  })
})

type Pooler = { port: number; drops: boolean }

/** Passes on everything but the settings of a connection, as pgbouncer does with `ignore_startup_parameters`. */
async function poolerThatDropsOptions(to: number): Promise<Pooler> {
  const pooler: Pooler = { port: 0, drops: true }
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1')
    client.once('data', (first) => {
      upstream.write(pooler.drops ? withoutOptions(first) : first)
      client.pipe(upstream)
    })
    upstream.pipe(client)
    for (const end of [client, upstream]) {
      sockets.add(end)
      end.on('error', () => undefined)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  pooler.port = (server.address() as { port: number }).port
  return pooler
}

/** A StartupMessage (PostgreSQL 15 manual, 55.7): length, version, then names and values that end in NUL. */
function withoutOptions(message: Buffer): Buffer {
  const words = message.subarray(8, -2).toString('latin1').split('\0')
  const kept = words.filter((_, i) => words[i - (i % 2)] !== 'options')
  const text = Buffer.from(`${kept.join('\0')}\0\0`, 'latin1')
  const head = Buffer.from(message.subarray(0, 8))
  head.writeInt32BE(8 + text.length)
  return Buffer.concat([head, text])
}
