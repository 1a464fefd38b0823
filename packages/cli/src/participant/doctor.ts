import { spawnSync } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { join } from 'node:path'
import { MedrecError } from '@medrec/protocol'
import { openNodeDatabase } from '@medrec/records/node'

/** What one check found, and what to do about it. */
export type Finding = {
  readonly check: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly found: string
  readonly whatToDo?: string
}

/** Oldest Node.js that works: crypto.hash (nodejs.org, crypto) */
const oldestNode = [20, 19] as const
/** Below that a node warns: SQLite's WAL and the journal grow. */
const fewBytes = 500_000_000

export function ok(check: string, found: string): Finding {
  return { check, state: 'ok', found }
}
export function warn(check: string, found: string, whatToDo: string): Finding {
  return { check, state: 'warn', found, whatToDo }
}
export function fail(check: string, found: string, whatToDo: string): Finding {
  return { check, state: 'fail', found, whatToDo }
}

/** Checks of the machine: Node.js, the engine's program, the fast curve. */
export function checkMachine(version: string = process.versions.node): readonly Finding[] {
  return [nodeVersion(version), anvil(), curve()]
}

/** Checks of the home: its folder, files, space and databases. */
export async function checkHome(home: string): Promise<readonly Finding[]> {
  if (!existsSync(home))
    return [
      warn('home', 'There is no such folder yet.', 'Run "npm start", or name yours with --home.'),
    ]
  const listed = filesOf(home)
  return [
    writable(home),
    space(home),
    ...listed.map(({ file, isNeeded }) => jsonFile(home, file, isNeeded)),
    ...databasesOf(home).map((path) => database(home, path)),
    ...(await ports(home)),
  ]
}

function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantedMajor, wantedMinor] = oldestNode
  const isNew = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
  return isNew
    ? ok('Node.js', version)
    : fail('Node.js', version, `Install Node.js ${oldestNode.join('.')} or newer.`)
}

function anvil(): Finding {
  const { status, stdout, error } = spawnSync(anvilProgram(), ['--version'], {
    encoding: 'utf8',
    timeout: 10_000,
  })
  if (status === 0) return ok('chain engine', stdout.split('\n')[0]?.trim() ?? 'anvil')
  return fail(
    'chain engine',
    error ? 'anvil cannot be started.' : `anvil ended with ${status}.`,
    'Run "npm ci" again; on other systems than Linux x64 install Foundry, so that anvil is in the PATH.',
  )
}

function anvilProgram(): string {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'anvil'
  try {
    const client = createRequire(import.meta.url)
    return join(client.resolve('@foundry-rs/anvil-linux-amd64/package.json'), '..', 'bin', 'anvil')
  } catch {
    return 'anvil' // not installed with the packages; perhaps in the PATH
  }
}

function curve(): Finding {
  try {
    createRequire(import.meta.url)('secp256k1/bindings.js')
    return ok('signatures', 'native secp256k1')
  } catch {
    return warn(
      'signatures',
      'The native secp256k1 is missing; a slower one is used.',
      'Nothing is wrong but speed. Run "npm ci" again with a C++ compiler installed.',
    )
  }
}

function writable(home: string): Finding {
  try {
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return fail(
      'home',
      'The folder cannot be read and written.',
      'Correct its owner or permissions.',
    )
  }
  return (statSync(home).mode & 0o077) === 0
    ? ok('home', home)
    : warn('home', 'Others on this machine may look into the folder.', `chmod 700 ${home}`)
}

function space(home: string): Finding {
  const { bavail, bsize } = statfsSync(home)
  const free = bavail * bsize
  const text = `${Math.round(free / 1e6)} MB free`
  return free > fewBytes ? ok('disk', text) : warn('disk', text, 'Free some space.')
}

function filesOf(home: string): readonly { file: string; isNeeded: boolean }[] {
  const isDemo = existsSync(join(home, 'demo.json'))
  const people = existsSync(join(home, 'people'))
    ? readdirSync(join(home, 'people')).map((name) => `people/${name}/keystore.json`)
    : []
  return [
    ...(isDemo ? [{ file: 'demo.json', isNeeded: true }] : []),
    ...(isDemo ? [{ file: 'people.json', isNeeded: existsSync(join(home, 'founded.json')) }] : []),
    ...people.map((file) => ({ file, isNeeded: false })),
  ].filter(({ file, isNeeded }) => isNeeded || existsSync(join(home, file)))
}

function jsonFile(home: string, file: string, isNeeded: boolean): Finding {
  const path = join(home, file)
  const remedy = 'Put it back from a backup, or begin anew.'
  if (!existsSync(path) && isNeeded) return fail('file', `${file} is missing.`, remedy)
  try {
    JSON.parse(readFileSync(path, 'utf8'))
    return ok('file', file)
  } catch {
    return fail('file', `${file} cannot be read or is damaged.`, remedy)
  }
}

function databasesOf(home: string): readonly string[] {
  return ['nodes', 'people'].flatMap((part) => {
    const folder = join(home, part)
    if (!existsSync(folder)) return []
    return readdirSync(folder).flatMap((name) =>
      ['node.db', 'store.sqlite']
        .map((file) => join(folder, name, file))
        .filter((path) => existsSync(path)),
    )
  })
}

/** Opening checks the whole file; a file that is not whole is left as it is. */
function database(home: string, path: string): Finding {
  const name = path.slice(home.length + 1)
  const remedy = 'Stop its node and put a backup in its place (medrec backup restore).'
  if (statSync(path).size === 0) return fail('database', `${name} is empty.`, remedy)
  try {
    openNodeDatabase(path).close()
    return ok('database', name)
  } catch (error) {
    if (!(error instanceof MedrecError)) throw error
    return fail('database', `${name}: ${error.code}`, remedy)
  }
}

async function ports(home: string): Promise<readonly Finding[]> {
  const known = portsOf(home)
  const isRunning = isAlive(join(home, 'running.pid'))
  return Promise.all(
    known.map(async ([name, port]) => {
      const isOpen = await answers(port)
      const found = `${name}: port ${port} ${isOpen ? 'answers' : 'is free'}`
      if (isOpen === isRunning) return ok('port', found)
      return isRunning
        ? fail('port', `${found}, but the demonstration runs`, 'Look into its log in logs/.')
        : fail('port', found, 'Stop the program that listens there, or choose another --home.')
    }),
  )
}

function portsOf(home: string): readonly (readonly [string, number])[] {
  try {
    const { ports: all } = JSON.parse(readFileSync(join(home, 'demo.json'), 'utf8')) as {
      ports: Record<string, number>
    }
    return Object.entries(all).filter(([, port]) => Number.isInteger(port))
  } catch {
    return [] // no demonstration, or told above
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: 'localhost', timeout: 2_000 })
    const end = (isOpen: boolean): void => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}

function isAlive(file: string): boolean {
  if (!existsSync(file)) return false
  try {
    return process.kill(Number(readFileSync(file, 'utf8')), 0)
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}
