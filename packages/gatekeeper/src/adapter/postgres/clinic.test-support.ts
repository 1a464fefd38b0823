import { fromBase64Url } from '@medrec/protocol'
import pg from 'pg'
import { clinicCatalogue } from '../../clinic.test-support.ts'
import { patientLimits } from '../limits.test-support.ts'
import { neededTables } from '../neededTables.ts'
import { roleStatements } from '../roleStatements.ts'
import { sampleCatalogue, sampleRows } from '../sample.test-support.ts'
import { startPostgres, type TestServer } from '../servers.test-support.ts'
import { parseSource, type Source } from '../source.ts'
import { hugeOwner, labView, type SqlClinic, type SqlEngine } from '../suite.test-support.ts'

const tables = `
CREATE TABLE person (id text PRIMARY KEY, given text, family text, birth date, sex text, number text);
CREATE TABLE lab (id bigint PRIMARY KEY, patient text, date date, code text, value numeric, final smallint);
CREATE TABLE visit (id integer PRIMARY KEY, patient text, day date, reason text);
CREATE TABLE psychotherapy_notes (id integer PRIMARY KEY, patient text, text text);
CREATE VIEW all_notes AS SELECT text FROM psychotherapy_notes;
CREATE VIEW lab_view AS ${labView};
CREATE TABLE sample (id bigint PRIMARY KEY, owner text, day date, moment timestamptz, amount numeric(38, 6),
  ratio double precision, flag boolean, note text, scan bytea, doc json);
INSERT INTO person VALUES ('P1', 'Ada', 'Berg', '1980-01-02', 'female', '123'),
  ('p1', 'Bo', 'Dahl', '1990-03-04', 'male', '456');
INSERT INTO lab VALUES (9007199254740995, 'P1', '2024-06-01', '4548-4', NULL, 0),
  (9007199254740993, 'P1', '2024-03-01', '4548-4', 6.10, 1), (7, 'p1', '2024-04-01', '2160-0', 0.9, 1),
  (8, '${hugeOwner}', '2024-04-01', repeat('x', 9000000), 1, 1);
INSERT INTO visit VALUES (1, 'P1', '2024-03-01', 'check-up'), (2, 'p1', '2024-04-01', 'cough');
INSERT INTO psychotherapy_notes VALUES (1, 'P1', 'never to be read');`

export const postgres: SqlEngine = {
  open,
  endless: 'pg_sleep(60) IS NOT NULL',
  sampleQuery:
    'SELECT id, owner, day, moment, amount, ratio, flag, note, scan, doc FROM sample WHERE owner = :owner',
  replaceView: (query) => `CREATE OR REPLACE VIEW lab_view AS ${query}`,
  tellsVersion: true,
}

/** A clinic on a PostgreSQL server of its own, with the accounts that our own statements make. */
export async function open(): Promise<SqlClinic & { readonly ownerSource: Source }> {
  const server = await startPostgres()
  try {
    return await clinicOn(server)
  } catch (cause) {
    await server.close()
    throw cause
  }
}

async function clinicOn(server: TestServer): ReturnType<typeof open> {
  const address = (user: string): string => `postgres://${user}@127.0.0.1:${server.port}/clinic`
  const admin = async (sql: string, values?: readonly unknown[]): Promise<void> => {
    const client = new pg.Client({ connectionString: address('owner') })
    await client.connect()
    await client.query(sql, values && [...values])
    await client.end()
  }
  await admin(tables)
  for (const row of sampleRows) {
    const scan = row.scan === null ? null : Buffer.from(fromBase64Url(row.scan))
    const { id, day, moment, amount, ratio, flag, note, doc } = row
    await admin("INSERT INTO sample VALUES ($1, 'S1', $2, $3, $4, $5, $6, $7, $8, $9)", [
      ...[id, day, moment, amount, ratio, flag, note, scan, doc],
    ])
  }
  const ownerSource = parseSource(address('owner'))
  await makeRole('read', ownerSource, admin)
  await makeRole('write', ownerSource, admin)
  return {
    ownerSource,
    source: parseSource(address('clinic_read')),
    writeSource: parseSource(address('clinic_write')),
    admin: (sql) => admin(sql),
    restart: server.restart,
    close: server.close,
  }
}

async function makeRole(
  purpose: 'read' | 'write',
  source: Source,
  admin: (sql: string) => Promise<void>,
): Promise<void> {
  const view = { ...sampleCatalogue(postgres.sampleQuery).resources[0], name: 'views' } as const
  const catalogue = {
    ...clinicCatalogue,
    resources: [
      ...clinicCatalogue.resources,
      { ...(view as (typeof clinicCatalogue.resources)[number]) },
      { ...(view as (typeof clinicCatalogue.resources)[number]), query: `${labView}_view` },
    ],
  }
  const tables = await neededTables(source, { catalogue, purpose })
  const statements = roleStatements({
    ...{ engine: 'postgres', database: 'clinic', user: `clinic_${purpose}`, purpose },
    ...{ password: 'not asked for', tables, milliseconds: patientLimits.milliseconds },
  })
  for (const statement of statements) await admin(statement)
}
