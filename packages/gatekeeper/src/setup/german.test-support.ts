import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import type { SqlSource } from './openAsker.ts'
import { readSchema, type Schema } from './readSchema.ts'

/**
 * A hospital's tables with German names, keys to a column that is not the primary key, a table whose codes alone tell
 * what it holds, and a view without keys. Runs on all SQL engines.
 */
export const germanTables = `
CREATE TABLE aerzte (arzt_nr INTEGER PRIMARY KEY, vorname VARCHAR(40), nachname VARCHAR(40), geboren DATE);
CREATE TABLE tbl_stamm (lfd INTEGER PRIMARY KEY, patientennr VARCHAR(12) NOT NULL UNIQUE, vorname VARCHAR(40),
  geburtsname VARCHAR(40), nachname VARCHAR(40), geburtsort VARCHAR(40), geb_dat DATE, geschlecht CHAR(1),
  versichertennr VARCHAR(20));
CREATE TABLE laborwerte (auftrag INTEGER NOT NULL, zeile INTEGER NOT NULL, gehoert VARCHAR(12) NOT NULL, arzt INTEGER,
  parameter VARCHAR(10), wert NUMERIC(10, 2), einheit VARCHAR(12), datum DATE, PRIMARY KEY (auftrag, zeile),
  FOREIGN KEY (gehoert) REFERENCES tbl_stamm (patientennr), FOREIGN KEY (arzt) REFERENCES aerzte (arzt_nr));
CREATE TABLE tab_7 (nr INTEGER PRIMARY KEY, gehoert VARCHAR(12) NOT NULL, wirkstoff VARCHAR(10), seit DATE,
  FOREIGN KEY (gehoert) REFERENCES tbl_stamm (patientennr));
CREATE TABLE tab_9 (befund_nr INTEGER PRIMARY KEY, gehoert VARCHAR(12) NOT NULL, inhalt VARCHAR(80),
  FOREIGN KEY (gehoert) REFERENCES tbl_stamm (patientennr));
CREATE TABLE besuche (fall_nr INTEGER PRIMARY KEY, patientennr VARCHAR(12) NOT NULL, grund VARCHAR(8));
CREATE TABLE rechnungen (rechnung INTEGER PRIMARY KEY, patientennr VARCHAR(12) NOT NULL, grund VARCHAR(8));
CREATE TABLE termine (tag DATE, patientennr VARCHAR(12));
CREATE TABLE psychotherapie_notizen (id INTEGER PRIMARY KEY, patientennr VARCHAR(12) NOT NULL, inhalt VARCHAR(80));
CREATE VIEW v_befunde AS SELECT befund_nr, gehoert, inhalt FROM tab_9;
INSERT INTO aerzte VALUES (1, 'Ines', 'Roth', '1970-01-02');
INSERT INTO tbl_stamm VALUES (1, 'P-17', 'Ada', 'Weiss', 'Novak', 'Graz', '1979-04-12', 'w', 'A123456780');
INSERT INTO tbl_stamm VALUES (2, 'P-18', 'Bo', NULL, 'Dahl', 'Bonn', '1990-03-04', 'm', 'B123456789');
INSERT INTO laborwerte VALUES (7, 1, 'P-17', 1, '718-7', 13.2, 'g/dL', '2024-03-05');
INSERT INTO laborwerte VALUES (7, 2, 'P-17', 1, '2276-4', 8.4, 'ng/mL', '2024-03-05');
INSERT INTO tab_7 VALUES (1, 'P-17', 'B03AA07', '2024-03-06');
INSERT INTO tab_7 VALUES (2, 'P-18', 'A10BA02', '2024-03-06');
INSERT INTO tab_9 VALUES (1, 'P-17', 'Ohne Befund');
INSERT INTO besuche VALUES (1, 'P-17', 'D50.9');
INSERT INTO besuche VALUES (2, 'P-18', 'E11.90');
INSERT INTO rechnungen VALUES (1, 'P-17', 'D50.9');
INSERT INTO rechnungen VALUES (2, 'P-18', 'E11.90');
INSERT INTO psychotherapie_notizen VALUES (1, 'P-17', 'nie zu lesen')`

/** The tables of a SQLite database made of these statements, with what is proposed for them. */
export async function sqliteSchema(sql: string): Promise<Schema> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-schema-'))
  const file = join(folder, 'his.db')
  const database = new DatabaseSync(file)
  database.exec(sql)
  database.close()
  try {
    return await readSchema({ engine: 'sqlite', file })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs statements on a test's own server, as its owner. */
export async function loaded(source: SqlSource, sql: string): Promise<void> {
  if (source.engine === 'sqlite') throw new Error('a server is needed')
  const { socket, port, user, database } = source
  if (source.engine === 'postgres') {
    const client = new pg.Client({ host: socket as string, port, user, database })
    await client.connect()
    await client.query(sql).finally(() => client.end())
    return
  }
  const connection = await createConnection({
    ...{ socketPath: socket as string, user, database, multipleStatements: true },
  })
  await connection.query(sql).finally(() => connection.end())
}
