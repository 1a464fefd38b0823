import mysql from 'mysql2/promise'
import { open } from '../../packages/gatekeeper/src/adapter/mariadb/clinic.test-support.ts'
import { type Clinic, dangerousRows, strays, tables } from './Clinic.ts'
import { sqlClinic } from './sqlClinic.ts'

/** Letters of the longest patient's id that a key may have. */
const longestId = 700
const text = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin'

/** A clinic on a MariaDB server of its own; who reads has the rights that our own statements give. */
export async function openMariadbClinic(): Promise<Clinic> {
  const server = await open()
  const { ownerSource, source } = server
  if (ownerSource.engine !== 'mariadb') throw new Error('another engine')
  const { host, port, user, database } = ownerSource
  const client = await mysql.createConnection({
    ...{ host, port, user, database, charset: 'utf8mb4' },
    ...{ supportBigNumbers: true, bigNumberStrings: true, dateStrings: true },
  })
  for (const sql of [
    `ALTER TABLE visit MODIFY id bigint, MODIFY reason longtext ${text}, MODIFY patient varchar(${longestId}) ${text}`,
    `ALTER TABLE person MODIFY id varchar(${longestId}) ${text}, MODIFY given longtext ${text}`,
    // The clinics of the adapter's own tests hold more.
    "DELETE FROM lab WHERE patient NOT IN ('P1', 'p1')",
    ...dangerousRows,
  ])
    await client.query(sql)
  return {
    engine: 'mariadb',
    source: { source, writeSource: ownerSource },
    ...sqlClinic(async (sql, ...values) => void (await client.query(sql, [...values]))),
    canHold: (value) =>
      value.isWellFormed() && !value.includes('\0') && value.length < longestId - 10,
    state: async (but) => {
      const found: unknown[] = [strays()]
      for (const table of tables) {
        const rows = `SELECT * FROM ${table} WHERE CAST(id AS CHAR) <> ? ORDER BY CAST(id AS CHAR)`
        found.push((await client.query(rows, [but]))[0])
      }
      for (const sql of ['SHOW TABLES', 'SELECT user, host, authentication_string FROM mysql.user'])
        found.push((await client.query(sql))[0])
      return JSON.stringify(found)
    },
    close: async () => {
      await client.end()
      await server.close()
    },
  }
}
