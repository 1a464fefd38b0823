import { fromBase64Url } from '@medrec/protocol'
import mysql from 'mysql2/promise'
import { clinicCatalogue } from '../../clinic.test-support.ts'
import { neededTables } from '../neededTables.ts'
import { roleStatements } from '../roleStatements.ts'
import { sampleCatalogue, sampleRows } from '../sample.test-support.ts'
import { startMariadb, type TestServer } from '../servers.test-support.ts'
import { parseSource, type Source } from '../source.ts'
import { hugeOwner, labView, type SqlClinic, type SqlEngine } from '../suite.test-support.ts'

const id = 'varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin'

const tables = `
CREATE TABLE person (id ${id} PRIMARY KEY, given text, family text, birth date, sex text, number text);
CREATE TABLE lab (id bigint PRIMARY KEY, patient ${id}, date date, code longtext, value decimal(10, 2), final tinyint);
CREATE TABLE visit (id integer PRIMARY KEY, patient ${id}, day date, reason text);
CREATE TABLE psychotherapy_notes (id integer PRIMARY KEY, patient ${id}, text text);
CREATE VIEW all_notes AS SELECT text FROM psychotherapy_notes;
CREATE VIEW lab_view AS ${labView};
CREATE TABLE sample (id bigint PRIMARY KEY, owner ${id}, day date, moment datetime(3), amount decimal(38, 6),
  ratio double, flag boolean, note text CHARACTER SET utf8mb4, scan blob, doc json);
INSERT INTO person VALUES ('P1', 'Ada', 'Berg', '1980-01-02', 'female', '123'),
  ('p1', 'Bo', 'Dahl', '1990-03-04', 'male', '456');
INSERT INTO lab VALUES (9007199254740995, 'P1', '2024-06-01', '4548-4', NULL, 0),
  (9007199254740993, 'P1', '2024-03-01', '4548-4', 6.10, 1), (7, 'p1', '2024-04-01', '2160-0', 0.9, 1),
  (8, '${hugeOwner}', '2024-04-01', repeat('x', 9000000), 1, 1);
INSERT INTO visit VALUES (1, 'P1', '2024-03-01', 'check-up'), (2, 'p1', '2024-04-01', 'cough');
INSERT INTO psychotherapy_notes VALUES (1, 'P1', 'never to be read')`

/** DATETIME has no zone: the statement says that this one is UTC, and leaves a fraction of nothing out. */
const moment = `concat(date_format(moment, '%Y-%m-%dT%H:%i:%s'),
  if(microsecond(moment) = 0, '', concat('.', lpad(microsecond(moment) DIV 1000, 3, '0'))), 'Z')`

export const mariadb: SqlEngine = {
  open,
  endless: 'SLEEP(60 + lab.id * 0) = 0',
  sampleQuery: `SELECT id, owner, day, ${moment} AS moment, amount, ratio, flag, note, scan, doc FROM sample WHERE owner = :owner`,
  replaceView: (query) => `CREATE OR REPLACE VIEW lab_view AS ${query}`,
  tellsVersion: false,
}

/** A clinic on a MariaDB server of its own, with the accounts that our own statements make. */
export async function open(): Promise<SqlClinic & { readonly ownerSource: Source }> {
  const server = await startMariadb()
  try {
    return await clinicOn(server)
  } catch (cause) {
    await server.close()
    throw cause
  }
}

async function clinicOn(server: TestServer): ReturnType<typeof open> {
  const address = (user: string): string => `mariadb://${user}@127.0.0.1:${server.port}/clinic`
  const asOwner = { host: '127.0.0.1', port: server.port, user: 'owner', database: 'clinic' }
  const admin = async (sql: string, values: readonly unknown[] = []): Promise<void> => {
    const connection = await mysql.createConnection({ ...asOwner, multipleStatements: true })
    await connection.query(sql, [...values])
    await connection.end()
  }
  await admin(tables)
  for (const row of sampleRows) {
    const scan = row.scan === null ? null : Buffer.from(fromBase64Url(row.scan))
    const at = row.moment?.replace('T', ' ').replace('Z', '') ?? null
    const flag = row.flag && Number(row.flag === 'true')
    await admin("INSERT INTO sample VALUES (?, 'S1', ?, ?, ?, ?, ?, ?, ?, ?)", [
      ...[row.id, row.day, at, row.amount, row.ratio, flag, row.note, scan, row.doc],
    ])
  }
  const ownerSource = parseSource(address('owner'))
  await makeRole('read', ownerSource, admin)
  await makeRole('write', ownerSource, admin)
  const as = (user: string): Source => parseSource(address(user), { secret: password })
  return {
    ownerSource,
    source: as('clinic_read'),
    writeSource: as('clinic_write'),
    admin: (sql) => admin(sql),
    restart: server.restart,
    close: server.close,
  }
}

const password = 'it\'s \\ "secret"'

async function makeRole(
  purpose: 'read' | 'write',
  source: Source,
  admin: (sql: string) => Promise<void>,
): Promise<void> {
  const [sample] = sampleCatalogue(mariadb.sampleQuery).resources
  const view = { ...sample, query: `${labView}_view` }
  const resources = [...clinicCatalogue.resources, sample, view] as typeof clinicCatalogue.resources
  const tables = await neededTables(source, {
    catalogue: { ...clinicCatalogue, resources },
    purpose,
  })
  const statements = roleStatements({
    ...{ engine: 'mariadb', database: 'clinic', user: `clinic_${purpose}`, purpose },
    ...{ password, tables, milliseconds: 2_000 },
  })
  for (const statement of statements) await admin(statement)
}
