import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** The last release of geth whose miner seals with proof of work; 1.12 follows a beacon chain only. */
const version = '1.11.6'
const module = `github.com/ethereum/go-ethereum@v${version}`
/** What the module's go.mod asks for. */
const oldestGo = 19
/** From here on the linker refuses a reference that one of geth's dependencies makes, unless told not to. */
const strictLinker = 23

/** Where geth is kept once it is built: the user's cache folder, never the project's. */
export const gethPath: string =
  process.env['MEDREC_GETH'] ??
  join(
    process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'medrec',
    `geth-${version}`,
    'geth',
  )

/** Whether geth is there; without it the tests that need it are skipped by name. */
export const hasGeth: boolean = isProgram(gethPath)

/** Builds geth from its Go module unless it is there; returns where it is. Throws NotServedError, or with words for a person. */
export function buildGeth(): string {
  if (isProgram(gethPath)) return gethPath
  const minor = goMinor()
  const folder = join(gethPath, '..')
  mkdirSync(folder, { recursive: true })
  const building = mkdtempSync(join(folder, 'building-'))
  try {
    const linker = minor >= strictLinker ? '-checklinkname=0 -s -w' : '-s -w'
    const { status } = spawnSync(
      'go',
      ['build', `-ldflags=${linker}`, '-o', join(building, 'geth'), './cmd/geth'],
      {
        cwd: downloadModule(),
        stdio: ['ignore', 'inherit', 'inherit'],
        // Without a C compiler Go's own curve arithmetic does.
        env: { ...process.env, GOFLAGS: '', CGO_ENABLED: hasProgram('gcc') ? '1' : '0' },
      },
    )
    if (status !== 0)
      throw new Error(`geth ${version} could not be built; Go says above why. Nothing was changed.`)
    renameSync(join(building, 'geth'), gethPath)
    return gethPath
  } finally {
    rmSync(building, { recursive: true, force: true })
  }
}

/**
 * The module's folder, with the sums of all it needs. `go install` would also ask for modules by the names of the
 * folders in it, and stops where a proxy forbids what it does not have instead of saying that there is none.
 */
function downloadModule(): string {
  const { status, stdout } = spawnSync('go', ['mod', 'download', '-json', module], {
    cwd: tmpdir(), // no project's go.mod has a say
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status === 0) return (JSON.parse(stdout) as { Dir: string }).Dir
  const reason = /"Error": "(.*)"/.exec(stdout)?.[1] ?? 'Go gives no reason'
  // A proxy that answers that it has none; a network that is down says something else.
  if (/: (403 Forbidden|404 Not Found|410 Gone)/.test(reason)) throw new NotServedError(reason)
  throw new Error(`geth ${version} could not be downloaded: ${reason}`)
}

/** The proxy for Go modules does not hand the release out: nothing here can change that. */
export class NotServedError extends Error {
  constructor(reason: string) {
    super(
      `geth ${version} is not to be had: ${reason}\n` +
        'Name a geth of that version that you have in MEDREC_GETH, or set GOPROXY to a proxy that still serves it.',
    )
  }
}

function goMinor(): number {
  const { stdout, error } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' })
  const minor = Number(/^go1\.(\d+)/.exec(stdout ?? '')?.[1])
  if (error || Number.isNaN(minor))
    throw new Error(
      `geth ${version} is built with Go, which is not installed.\n` +
        `Install Go 1.${oldestGo} or newer (Debian: apt install golang-go; https://go.dev/dl) and try again,\n` +
        'or name a geth that you have in MEDREC_GETH.',
    )
  if (minor < oldestGo)
    throw new Error(`geth ${version} needs Go 1.${oldestGo} or newer; this is Go 1.${minor}.`)
  return minor
}

function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((folder) => isProgram(join(folder, name)))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
