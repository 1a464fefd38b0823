import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../../../../scenarios/ports.ts'

/** A database server of a test's own, in a folder and on a port of its own. */
export type TestServer = {
  readonly port: number
  readonly folder: string
  /** Of the server itself; it is another one after a restart. */
  processId(): number | undefined
  /** Stops it at once, as a crash does, and starts it again on the same data. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** PEM files with which a server speaks TLS; an account that is not the machine's own has to use it. */
export type ServerTls = { readonly cert: string; readonly key: string }

/** Where Debian keeps PostgreSQL's programs, or where the PATH leads. */
function postgresPrograms(): string | undefined {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root) : []
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0]
  return newest === undefined ? undefined : join(root, newest, 'bin')
}

/** Whether PostgreSQL is installed; without it the tests that need it are skipped by name. */
export const hasPostgres = postgresPrograms() !== undefined

const programOf = (name: string): string | undefined =>
  ['/usr/sbin', '/usr/bin', '/usr/local/bin'].map((folder) => join(folder, name)).find(existsSync)

/** Whether MariaDB is installed. */
export const hasMariadb =
  programOf('mariadbd') !== undefined && programOf('mariadb-install-db') !== undefined

/** PostgreSQL and MariaDB refuse to run as root; then they run as nobody. */
const account: { uid?: number; gid?: number } =
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** In the server's own folder, its temporary files too: it may not write into ours. */
function runningIn(folder: string) {
  return { ...account, cwd: folder, env: { ...process.env, TMPDIR: folder } }
}

/** Starts PostgreSQL with a superuser `owner` and an empty database `clinic`; with `tls` over the network by TLS only. */
export async function startPostgres(tls?: ServerTls): Promise<TestServer> {
  const programs = postgresPrograms() as string
  const folder = newFolder('medrec-postgres-')
  const data = join(folder, 'data')
  const options = { ...runningIn(folder), stdio: 'ignore' } as const
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '-N'],
    options,
  )
  if (tls)
    writeFileSync(
      join(data, 'pg_hba.conf'),
      'local all all trust\nhostssl all all 0.0.0.0/0 trust\n',
    )
  const [port] = (await freePorts(1)) as [number]
  const arguments_ = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder]
  // A vacuum that commits by itself would change the data version.
  const settings = ['fsync=off', 'shared_buffers=32MB', 'max_connections=40', 'autovacuum=off']
  const quick = settings.flatMap((setting) => ['-c', setting])
  const secure = tls
    ? ['-c', 'ssl=on', ...filesOf(folder, tls, (name, file) => ['-c', `ssl_${name}_file=${file}`])]
    : []
  const server = await supervised(folder, port, () =>
    spawn(join(programs, 'postgres'), [...arguments_, ...quick, ...secure], {
      ...runningIn(folder),
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  )
  try {
    const to = ['-h', folder, '-p', String(port), '-U', 'owner']
    execFileSync(join(programs, 'createdb'), [...to, 'clinic'])
    return server
  } catch (cause) {
    await server.close()
    throw cause
  }
}

/** Starts MariaDB with an account `owner` that may do everything and an empty database `clinic`. */
export async function startMariadb(tls?: ServerTls): Promise<TestServer> {
  const folder = newFolder('medrec-mariadb-')
  const data = join(folder, 'data')
  const socket = join(folder, 's')
  const init = join(folder, 'init.sql')
  writeFileSync(
    init,
    `CREATE DATABASE IF NOT EXISTS clinic CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS owner@localhost;
GRANT ALL ON *.* TO owner@localhost WITH GRANT OPTION;`,
  )
  const small = [
    ...[
      '--innodb-buffer-pool-size=16M',
      '--innodb-log-file-size=8M',
      '--innodb-flush-method=nosync',
    ],
    ...['--innodb-flush-log-at-trx-commit=0', '--skip-innodb-doublewrite', '--skip-log-bin'],
  ]
  execFileSync(
    programOf('mariadb-install-db') as string,
    [
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...small,
    ],
    { ...runningIn(folder), stdio: 'ignore' },
  )
  const [port] = (await freePorts(1)) as [number]
  const secure = tls ? filesOf(folder, tls, (name, file) => [`--ssl-${name}=${file}`]) : []
  return supervised(folder, port, () =>
    spawn(
      programOf('mariadbd') as string,
      [
        ...['--no-defaults', `--datadir=${data}`, `--socket=${socket}`, `--port=${port}`],
        ...['--bind-address=127.0.0.1', `--init-file=${init}`, ...small],
        ...['--max-allowed-packet=64M', `--pid-file=${join(folder, 'pid')}`],
        ...secure,
      ],
      { ...runningIn(folder), stdio: ['ignore', 'ignore', 'pipe'] },
    ),
  )
}

/** Copies of a certificate and its key that belong to the server, as options. */
function filesOf(
  folder: string,
  tls: ServerTls,
  option: (name: string, file: string) => readonly string[],
): readonly string[] {
  return (['cert', 'key'] as const).flatMap((name) => {
    const file = join(folder, `${name}.pem`)
    writeFileSync(file, readFileSync(tls[name]), { mode: 0o600 })
    if (account.uid !== undefined) chownSync(file, account.uid, account.gid as number)
    return option(name, file)
  })
}

async function supervised(
  folder: string,
  port: number,
  start: () => ChildProcess,
): Promise<TestServer> {
  let child = await ready(start())
  // A set-up that fails after this never closes it.
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
  return {
    port,
    folder,
    processId: () => child.pid,
    restart: async () => {
      await stop('SIGQUIT')
      child = await ready(start())
    },
    close: async () => {
      process.removeListener('exit', endWithUs)
      await stop('SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves once the server's own words say that it takes connections. */
function ready(child: ChildProcess): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk
      if (/ready (to accept|for) connections/.test(said)) resolve(child)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`The server ended (${code}):\n${said}`)))
  })
}

function newFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), name))
  chmodSync(folder, 0o755)
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid as number)
  return folder
}
