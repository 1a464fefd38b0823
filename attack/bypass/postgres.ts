import pg from 'pg'
import { open } from '../../packages/gatekeeper/src/adapter/postgres/clinic.test-support.ts'
import { type Clinic, dangerousRows, strays, tables } from './Clinic.ts'
import { sqlClinic } from './sqlClinic.ts'

/** A clinic on a PostgreSQL server of its own; who reads has the rights that our own statements give. */
export async function openPostgresClinic(): Promise<Clinic> {
  const server = await open()
  const { ownerSource, source } = server
  if (ownerSource.engine !== 'postgres') throw new Error('another engine')
  const { host, port, user, database } = ownerSource
  const client = new pg.Client({ host, port, user, database })
  await client.connect()
  await client.query('ALTER TABLE visit ALTER COLUMN id TYPE bigint')
  // The clinics of the adapter's own tests hold more, and know numbers where ours has texts.
  await client.query("DELETE FROM lab WHERE patient NOT IN ('P1', 'p1')")
  for (const sql of dangerousRows) await client.query(sql)
  return {
    engine: 'postgres',
    source: { source, writeSource: ownerSource },
    ...sqlClinic(async (sql, ...values) => {
      let count = 0
      await client.query(
        sql.replaceAll('?', () => `$${++count}`),
        [...values],
      )
    }),
    canHold: (text) => text.isWellFormed() && !text.includes('\0'),
    state: async (but) => {
      const found: unknown[] = [strays()]
      for (const table of tables) {
        const rows = `SELECT * FROM ${table} WHERE id::text <> $1 ORDER BY id::text`
        found.push((await client.query(rows, [but])).rows)
      }
      for (const sql of [
        "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
        'SELECT rolname, rolsuper FROM pg_roles ORDER BY 1',
        'SELECT count(*) FROM pg_largeobject_metadata',
      ])
        found.push((await client.query(sql)).rows)
      return JSON.stringify(found)
    },
    close: async () => {
      await client.end()
      await server.close()
    },
  }
}
