import { createHmac, randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { MedrecError } from '@medrec/protocol'
import { z } from 'zod'
import { freePorts } from './ports.ts'

/** Processes of a demonstration that others reach by a port. */
export const nodeNames = ['chain', 'registrar', 'riverside', 'lakeview', 'hillcrest'] as const
export type NodeName = (typeof nodeNames)[number]

const homeFile = z.strictObject({
  version: z.literal(1),
  /** Every key of the demonstration comes from it; it is worth nothing elsewhere */
  seed: z.string().regex(/^[0-9a-f]{64}$/),
  ports: z.record(z.enum(nodeNames), z.number().int().min(1).max(65_535)),
  /** Folder of FHIR bundles that the people come from, instead of invented ones */
  data: z.string().optional(),
  /** WebSocket address of a chain that runs already, instead of an embedded one */
  chain: z.string().optional(),
})

type HomeFile = z.infer<typeof homeFile>

/** The folder of a demonstration: seed, ports, and where each node keeps its files. */
export type DemoHome = {
  readonly root: string
  readonly ports: Readonly<Record<NodeName, number>>
  readonly data: string | undefined
  /** A chain that somebody else runs */
  readonly chain: string | undefined
  path(...parts: readonly string[]): string
  /** 16 bytes of entropy for a name, the same at every start */
  entropyOf(name: string): Uint8Array
  /** A secret for a name: a passphrase, an OPRF key's seed */
  secretOf(name: string): Uint8Array
  /** Gives the home free for another start */
  unlock(): void
}

/** Opens a demonstration's folder, or makes a new one, whose nodes leave `port` to the patients' app. Throws HomeBusyError, HomeUnreadableError. */
export async function openHome(options: {
  folder: string
  data?: string | undefined
  chain?: string | undefined
  port?: number | undefined
}): Promise<DemoHome> {
  const root = resolve(options.folder)
  if (options.data !== undefined) requireFolder(options.data)
  mkdirSync(root, { recursive: true, mode: 0o700 })
  const unlock = lock(root)
  try {
    const content = existsSync(join(root, 'demo.json'))
      ? readHome(root)
      : await newHome(root, options)
    checkData(root, content.data, options.data)
    for (const name of ['nodes', 'people', 'logs', 'institutions'])
      mkdirSync(join(root, name), { recursive: true, mode: 0o700 })
    return { ...homeOf(root, content), unlock }
  } catch (error) {
    unlock()
    throw error
  }
}

/** Reads a home that another process keeps open, to act in it. */
export function readOnlyHome(folder: string): Omit<DemoHome, 'unlock'> {
  const root = resolve(folder)
  if (!existsSync(join(root, 'demo.json'))) throw new HomeMissingError(root)
  return homeOf(root, readHome(root))
}

function homeOf(root: string, content: HomeFile): Omit<DemoHome, 'unlock'> {
  const secretOf = (name: string): Uint8Array =>
    createHmac('sha256', Buffer.from(content.seed, 'hex')).update(`medrec/demo/${name}`).digest()
  return {
    root,
    ports: content.ports,
    data: content.data,
    chain: content.chain,
    path: (...parts) => join(root, ...parts),
    entropyOf: (name) => new Uint8Array(secretOf(`entropy/${name}`).slice(0, 16)),
    secretOf,
  }
}

/** Deletes a demonstration's folder; refuses a folder that is none. */
export function removeHome(folder: string): void {
  const root = resolve(folder)
  if (!existsSync(root)) return
  if (!existsSync(join(root, 'demo.json'))) throw new NotAHomeError(root)
  lock(root)
  rmSync(root, { recursive: true, force: true })
}

/** Writes a file so that it is there whole or not at all. */
export function writeWhole(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Reads a file that `writeWhole` wrote. Throws HomeUnreadableError. */
export function readWhole(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new HomeUnreadableError(file, { cause })
  }
}

async function newHome(
  root: string,
  { data, chain, port }: Omit<Parameters<typeof openHome>[0], 'folder'>,
): Promise<HomeFile> {
  const ports = Object.fromEntries(
    await freePorts(nodeNames.length, port === undefined ? [] : [port]).then((free) =>
      nodeNames.map((name, i) => [name, free[i] as number]),
    ),
  ) as Record<NodeName, number>
  const content = {
    version: 1 as const,
    seed: randomBytes(32).toString('hex'),
    ports,
    ...(data === undefined ? {} : { data: resolve(data) }),
    ...(chain === undefined ? {} : { chain: webSocketOf(chain) }),
  }
  writeWhole(join(root, 'demo.json'), `${JSON.stringify(content, null, 2)}\n`)
  return content
}

function readHome(root: string): HomeFile {
  try {
    return homeFile.parse(JSON.parse(readFileSync(join(root, 'demo.json'), 'utf8')))
  } catch (cause) {
    throw new HomeUnreadableError(root, { cause })
  }
}

function requireFolder(folder: string): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new DataFolderError(resolve(folder))
}

/** Following needs subscriptions; engines offer HTTP and WebSocket at one address, or are named by the latter. */
function webSocketOf(url: string): string {
  return url.replace(/^http/, 'ws')
}

function checkData(root: string, known: string | undefined, wanted: string | undefined): void {
  if (wanted !== undefined && known !== resolve(wanted)) throw new HomeOfOtherDataError(root)
}

/** One demonstration at a time in a folder; a lock of a process that is gone counts nothing. */
function lock(root: string): () => void {
  const file = join(root, 'running.pid')
  const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  if (holder > 0 && holder !== process.pid && isAlive(holder)) throw new HomeBusyError(root, holder)
  writeFileSync(file, String(process.pid))
  return () => {
    if (existsSync(file) && readFileSync(file, 'utf8') === String(process.pid)) unlinkSync(file)
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

/** A demonstration already runs in this folder. */
export class HomeBusyError extends MedrecError {
  readonly code = 'HOME_BUSY'
  constructor(root: string, pid: number) {
    super('A MedRec already runs in this folder.', {
      facts: [`Folder: ${root}`, `Process: ${pid}`, 'Use it, stop it, or choose another --home.'],
    })
  }
}

/** There is no demonstration in this folder. */
export class HomeMissingError extends MedrecError {
  readonly code = 'HOME_MISSING'
  constructor(root: string) {
    super('There is no MedRec in this folder.', {
      facts: [`Folder: ${root}`, 'Start one with "npm start", or name its folder with --home.'],
    })
  }
}

/** The folder's description is damaged. */
export class HomeUnreadableError extends MedrecError {
  readonly code = 'HOME_UNREADABLE'
  constructor(root: string, options: { cause?: unknown } = {}) {
    super('A file of this demonstration is missing, damaged or from another version.', {
      ...options,
      facts: [
        `Where: ${root}`,
        'Nothing was changed. Put the file back from a backup, or begin anew with --fresh.',
      ],
    })
  }
}

/** The folder to be removed is not a demonstration's. */
export class NotAHomeError extends MedrecError {
  readonly code = 'NOT_A_HOME'
  constructor(root: string) {
    super('This folder exists but is no MedRec; it was left alone.', { facts: [`Folder: ${root}`] })
  }
}

/** The folder was filled from other data than those asked for now. */
export class HomeOfOtherDataError extends MedrecError {
  readonly code = 'HOME_OF_OTHER_DATA'
  constructor(root: string) {
    super('The people in this folder came from other data.', {
      facts: [`Folder: ${root}`, 'Choose another --home, or begin anew with --fresh.'],
    })
  }
}

/** There is no such folder of bundles. */
export class DataFolderError extends MedrecError {
  readonly code = 'DATA_FOLDER'
  constructor(folder: string) {
    super('There is no such folder of FHIR bundles.', {
      facts: [`Folder: ${folder}`, 'Nothing was changed.'],
    })
  }
}
