import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from '../adapter/servers.test-support.ts'

/**
 * A hospital's tables as somebody else drew them: another language's habits, keys of several columns, times
 * without zones, a physician beside the patient, and what must stay. Runs on SQLite and PostgreSQL alike.
 */
export const foreignTables = `
CREATE TABLE staff (staff_no INTEGER PRIMARY KEY, name VARCHAR(60) NOT NULL);
CREATE TABLE tbl_patients (pat_no INTEGER PRIMARY KEY, first_name VARCHAR(40) NOT NULL,
  last_name VARCHAR(40) NOT NULL, dob DATE NOT NULL, sex CHAR(1), insurance_no VARCHAR(20), phone VARCHAR(20));
CREATE TABLE lab_results (order_no INTEGER NOT NULL, line INTEGER NOT NULL,
  pat_no INTEGER NOT NULL REFERENCES tbl_patients (pat_no), ordered_by INTEGER REFERENCES staff (staff_no),
  taken_on DATE NOT NULL, test VARCHAR(60) NOT NULL, value NUMERIC(12, 3), unit VARCHAR(12), PRIMARY KEY (order_no, line));
CREATE TABLE drug_allergies (id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL, substance VARCHAR(60) NOT NULL,
  noted VARCHAR(19) NOT NULL);
CREATE TABLE prescriptions (rx_id INTEGER PRIMARY KEY, pat_no INTEGER NOT NULL REFERENCES tbl_patients (pat_no),
  drug VARCHAR(60) NOT NULL, dose VARCHAR(40), since DATE, physician INTEGER REFERENCES staff (staff_no));
CREATE TABLE billing (invoice INTEGER PRIMARY KEY, pat_no INTEGER NOT NULL REFERENCES tbl_patients (pat_no), cents INTEGER);
CREATE TABLE psych_session_notes (id INTEGER PRIMARY KEY, pat_no INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE wards (code VARCHAR(8) PRIMARY KEY, label VARCHAR(40));
INSERT INTO staff VALUES (9001, 'Dr. Ines Roth');
INSERT INTO tbl_patients VALUES (101, 'Ada', 'Novak', '1979-04-12', 'F', '512-44-7391', '555-0100'),
  (102, 'Bo', 'Dahl', '1990-03-04', 'M', '600-11-2048', NULL);
INSERT INTO lab_results VALUES (7001, 1, 101, 9001, '2024-03-05', 'Hemoglobin', 13.2, 'g/dL'),
  (7001, 2, 101, 9001, '2024-03-05', 'Ferritin', 8.4, 'ng/mL'), (7002, 1, 102, 9001, '2024-03-06', 'Sodium', 140, 'mmol/L');
INSERT INTO drug_allergies VALUES (1, 101, 'Penicillin', '2011-06-01 10:30:00');
INSERT INTO prescriptions VALUES (1, 101, 'Iron', '1 daily', '2024-03-06', 9001);
INSERT INTO billing VALUES (1, 101, 12000);
INSERT INTO psych_session_notes VALUES (1, 101, 'never to be read');
INSERT INTO wards VALUES ('A1', 'Surgery');`

/** The foreign tables on a PostgreSQL server of a test's own, where passwords count. */
export async function openForeignPostgres(): Promise<{
  address(user: string): string
  /** As the database's owner. */
  admin(sql: string): Promise<void>
  close(): Promise<void>
}> {
  const server = await startPostgres()
  const admin = async (sql: string): Promise<void> => {
    const { folder, port } = server
    const client = new pg.Client({ host: folder, port, user: 'owner', database: 'clinic' })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }
  writeFileSync(
    join(server.folder, 'data/pg_hba.conf'),
    'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
  )
  await admin('SELECT pg_reload_conf()')
  await admin(foreignTables)
  return {
    address: (user) => `postgres://${user}@127.0.0.1:${server.port}/clinic`,
    admin,
    close: server.close,
  }
}
