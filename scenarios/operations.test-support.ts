import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { freePorts } from './ports.ts'

/** A block of docs/operations.md that is marked to be run. */
export type Block = { readonly kind: 'settings' | 'run' | 'start'; readonly text: string }

/** What a pasted block did. */
export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/** Terminals in which the blocks of docs/operations.md are pasted, on ports and a folder of their own. */
export type Terminals = {
  /** Where the network's files are */
  readonly folder: string
  readonly ports: {
    readonly chain: number
    readonly registrar: number
    readonly node: number
    readonly portal: number
  }
  /** Runs a block as somebody does who pastes it into a terminal after the settings. */
  run(text: string): Promise<Ended>
  /** Runs a block in a terminal of its own, until the node says that it is ready. */
  start(text: string): Promise<void>
  /** Ends what was started, and removes every file. */
  close(): Promise<void>
}

const root = resolve(import.meta.dirname, '..')
export const page: string = readFileSync(join(root, 'docs/operations.md'), 'utf8')
export const blocks: readonly Block[] = blocksOf(page)
const settings = blocks.find(({ kind }) => kind === 'settings')?.text ?? ''

/** Opens terminals; `variables` are set in each of them. */
export async function openTerminals(
  variables: (folder: string) => Readonly<Record<string, string>> = () => ({}),
): Promise<Terminals> {
  const temporary = mkdtempSync(join(tmpdir(), 'medrec-operations-'))
  const folder = join(temporary, 'network')
  const [chain = 0, registrar = 0, node = 0, portal = 0] = await freePorts(4)
  const started: ChildProcess[] = []
  const environment = {
    ...process.env,
    PATH: [programs(join(temporary, 'bin')), process.env['PATH']].join(delimiter),
    MEDREC_DIR: folder,
    CHAIN_PORT: String(chain),
    REGISTRAR_PORT: String(registrar),
    NODE_PORT: String(node),
    PORTAL_PORT: String(portal),
    ...variables(folder),
  }
  const shell = (script: string): ChildProcess =>
    spawn('bash', ['-c', script], {
      cwd: temporary,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
  return {
    folder,
    ports: { chain, registrar, node, portal },
    run: (text) => ended(shell(`set -eo pipefail\n${settings}\n${text}`)),
    start: async (text) => {
      const child = shell(`${settings}\n${text}`)
      started.push(child)
      await ready(child, text)
    },
    close: async () => {
      for (const child of started.splice(0).toReversed()) await stop(child)
      rmSync(temporary, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

async function ended(child: ChildProcess): Promise<Ended> {
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk) => (out += chunk))
  child.stderr?.on('data', (chunk) => (err += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

async function ready(child: ChildProcess, text: string): Promise<void> {
  let said = ''
  child.stderr?.on('data', (chunk) => (said += chunk))
  await new Promise<void>((resolved, failed) => {
    child.stdout?.on('data', (chunk) => {
      said += chunk
      if (said.includes('is ready: ')) resolved()
    })
    child.once('exit', () => failed(new Error(`${text}\n${said}`)))
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  process.kill(-(child.pid as number), 'SIGTERM')
  await closed
}

/** Blocks of the section "One institution" that are marked to be run, in their order. */
function blocksOf(text: string): readonly Block[] {
  const section = /^## One institution[^\n]*\n([\s\S]*?)^## /m.exec(text)?.[1] ?? ''
  return [...section.matchAll(/^```sh (settings|run|start)[^\n]*\n([\s\S]*?)^```$/gm)].map(
    ([, kind, content]) => ({ kind, text: content }) as Block,
  )
}

/** `medrec` as installed, but from the source; `sqlite3` where the tool is missing. */
function programs(bin: string): string {
  mkdirSync(bin, { recursive: true })
  const tsx = join(root, 'node_modules/.bin/tsx')
  const program = (name: string, script: string): void =>
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\nexec "${tsx}" --conditions=source "${script}" "$@"\n`,
      { mode: 0o755 },
    )
  program('medrec', join(root, 'packages/cli/src/main.ts'))
  const tool = 'sqlite3'
  if (spawnSync(tool, ['--version']).status === 0) return bin
  const module = join(root, 'node_modules/@photostructure/sqlite/dist/index.cjs')
  const script = join(bin, `${tool}.cjs`)
  writeFileSync(
    script,
    `const { DatabaseSync } = require(${JSON.stringify(module)})
     new DatabaseSync(process.argv[2]).exec(require('node:fs').readFileSync(0, 'utf8'))\n`,
  )
  program(tool, script)
  return bin
}
