import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { DatabaseStoppedError } from './Adapter.ts'
import { type Certificates, hasOpenssl, makeCertificates } from './certificates.test-support.ts'
import { patientLimits } from './limits.test-support.ts'
import { MariadbPool } from './mariadb/MariadbPool.ts'
import { PostgresPool } from './postgres/PostgresPool.ts'
import { roleStatements } from './roleStatements.ts'
import {
  hasMariadb,
  hasPostgres,
  startMariadb,
  startPostgres,
  type TestServer,
} from './servers.test-support.ts'
import type { ServerSource } from './source.ts'

const isCi = process.env['CI'] === 'true'
const password = 'a secret of the test'
const ground: { certificates?: Certificates; server?: TestServer } = {}
const certificates = (): Certificates => ground.certificates as Certificates

type Pool = { ask(sql: string): Promise<readonly unknown[]>; close(): Promise<void> }
type Engine = {
  readonly name: string
  readonly isThere: boolean
  /** A server with a certificate for `localhost`, and an account that our own statements made. */
  start(): Promise<TestServer>
  open(source: ServerSource): Pool
  /** Whether this connection is encrypted, as the server sees it: one row if it is. */
  readonly isEncrypted: string
  /** What a server answers that says it knows no TLS; MariaDB speaks first. */
  readonly refusal: { readonly first: Buffer; readonly after: Buffer }
}

const postgres: Engine = {
  name: 'PostgreSQL (needs postgresql and openssl)',
  isThere: hasPostgres && hasOpenssl,
  start: async () => {
    const server = await startPostgres(certificates().server)
    const owner = new pg.Client({
      ...{ host: server.folder, port: server.port, user: 'owner', database: 'clinic' },
    })
    await owner.connect()
    await owner.query('CREATE TABLE visit (id integer)')
    for (const statement of roleOf('postgres')) await owner.query(statement)
    await owner.end()
    return server
  },
  open: (source) => new PostgresPool(source, patientLimits, { isWriter: false }),
  isEncrypted: 'SELECT 1 FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl',
  refusal: { first: Buffer.alloc(0), after: Buffer.from('N') },
}

const mariadb: Engine = {
  name: 'MariaDB (needs mariadb-server and openssl)',
  isThere: hasMariadb && hasOpenssl,
  start: async () => {
    const server = await startMariadb(certificates().server)
    const owner = await mysql.createConnection({ socketPath: `${server.folder}/s`, user: 'owner' })
    await owner.query('CREATE TABLE clinic.visit (id integer)')
    for (const statement of roleOf('mariadb')) await owner.query(statement)
    await owner.end()
    return server
  },
  open: (source) => new MariadbPool(source, patientLimits, { isWriter: false }),
  isEncrypted:
    "SELECT 1 FROM information_schema.session_status WHERE variable_name = 'SSL_CIPHER' AND variable_value <> ''",
  refusal: { first: greetingWithoutTls(), after: Buffer.alloc(0) },
}

function roleOf(engine: 'postgres' | 'mariadb'): readonly string[] {
  const schema = engine === 'postgres' ? 'public' : 'clinic'
  return roleStatements({
    ...{ engine, database: 'clinic', user: 'clinic_read', host: '%', password },
    ...{ purpose: 'read', milliseconds: 2_000 },
    tables: [{ schema, name: 'visit', isView: false, columns: ['id'] }],
  })
}

/** MariaDB's first packet, without the flag of TLS (MariaDB, initial handshake packet). */
function greetingWithoutTls(): Buffer {
  const capabilities = 0x81_ff_f7_ff & ~0x0800
  const head = Buffer.from(
    '0a35352e352e352d31302e31312e3600' + '01000000' + '4142434445464748' + '00',
    'hex',
  )
  const rest = Buffer.alloc(18)
  rest.writeUInt16LE(capabilities & 0xffff, 0)
  rest.writeUInt8(45, 2)
  rest.writeUInt16LE(2, 3)
  rest.writeUInt16LE(capabilities >>> 16, 5)
  rest.writeUInt8(21, 7)
  const body = Buffer.concat([
    head,
    rest,
    Buffer.from('4142434445464748494a4b4c00', 'hex'),
    Buffer.from('mysql_native_password\0'),
  ])
  const size = Buffer.alloc(4)
  size.writeUIntLE(body.length, 0, 3)
  return Buffer.concat([size, body])
}

/** What the server says of the connection's encryption, asked as the account over TLS unless changed. */
async function asking(engine: Engine, change: Partial<ServerSource>): Promise<readonly unknown[]> {
  const pool = engine.open({
    ...{ host: 'localhost', port: (ground.server as TestServer).port, database: 'clinic' },
    ...{ user: 'clinic_read', password, socket: undefined, tls: { ca: certificates().ca } },
    ...change,
  })
  onTestFinished(() => pool.close())
  return pool.ask(engine.isEncrypted)
}

function codeOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'answered',
    (error: unknown) => {
      expect(error).toBeInstanceOf(DatabaseStoppedError)
      return (error as Error).message
    },
  )
}

/** Somebody in between who says that the server knows no TLS, and listens. */
async function robber({ refusal }: Engine): Promise<{ readonly port: number; heard(): Buffer }> {
  let heard = Buffer.alloc(0)
  const listening = createServer((socket) => {
    socket.write(refusal.first)
    socket.on('data', (data) => {
      heard = Buffer.concat([heard, data])
      if (refusal.after.length > 0) socket.write(refusal.after)
    })
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => listening.close(() => resolve())))
  return { port: (listening.address() as { port: number }).port, heard: () => heard }
}

describe.each([postgres, mariadb])('$name', (engine) => {
  const lacks = !engine.isThere && !isCi
  beforeAll(async () => {
    if (lacks) return
    ground.certificates = makeCertificates()
    ground.server = await engine.start()
  })
  afterAll(async () => {
    if (lacks) return
    await ground.server?.close()
    certificates().close()
  })

  const ask = (change: Partial<ServerSource>) => asking(engine, change)

  test.skipIf(lacks)(
    'is asked over TLS, with the certificate of its host by its authority',
    async () => {
      expect(await ask({})).toHaveLength(1)
    },
  )
  test.skipIf(lacks)('is not believed with a certificate of another authority', async () => {
    const told = await codeOf(ask({ tls: { ca: certificates().strangersCa } }))
    expect(told).toMatch(
      /UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|HANDSHAKE_SSL_ERROR/,
    )
  })
  test.skipIf(lacks)('is not believed by the authorities of the system alone', async () => {
    expect(await codeOf(ask({ tls: { ca: undefined } }))).not.toBe('answered')
  })
  test.skipIf(lacks)('does not let in who comes without TLS', async () => {
    expect(await codeOf(ask({ tls: false }))).toMatch(/28000|ER_ACCESS_DENIED_ERROR/)
  })
  test.skipIf(lacks)(
    'gets no password and no question when it says that it knows no TLS',
    async () => {
      const { port, heard } = await robber(engine)
      expect(await codeOf(ask({ port }))).not.toBe('answered')
      for (const secret of ['clinic_read', password, 'SELECT'])
        expect(heard().includes(secret), secret).toBe(false)
    },
  )
  test.skipIf(lacks)('is not believed with a certificate of another host', async () => {
    const server = ground.server as TestServer
    for (const [name, file] of Object.entries(certificates().otherHost))
      writeFileSync(join(server.folder, `${name}.pem`), readFileSync(file))
    await server.restart()
    const told = await codeOf(ask({}))
    expect(told).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID|HANDSHAKE_SSL_ERROR/)
  })
})
