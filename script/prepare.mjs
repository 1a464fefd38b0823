import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const oldestNode = [20, 19]
const sourceFolders = [
  ...readdirSync(join(root, 'packages')).flatMap((name) => [
    `packages/${name}/src`,
    `packages/${name}/generated`,
    `packages/${name}/web`,
  ]),
  'samples',
]
const sourceFiles = ['tsconfig.base.json', 'tsconfig.build.json', 'package-lock.json']

/** Ends the process with a message when this Node is older than the oldest one supported. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return
  fail(
    `MedRec needs Node ${oldestNode.join('.')} or newer; this is ${process.versions.node}.`,
    'Nothing was changed. Install a newer Node (https://nodejs.org) and start again.',
  )
}

/** Installs the locked dependencies when they are missing or the lock file changed. */
export function install() {
  const stamp = join(root, 'node_modules/.medrec-lock')
  const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  const wanted = lock.digest('hex')
  if (isInstalled(stamp, wanted)) return
  say('Installing dependencies (once, about a minute) ...')
  // Development packages too, whatever NODE_ENV says: the compiler is one of them.
  const flags = ['--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath
  const { status } = npm?.endsWith('.js')
    ? run(process.execPath, [npm, 'ci', ...flags])
    : run('npm', ['ci', ...flags])
  if (status !== 0)
    fail(
      'npm could not install the dependencies.',
      'Nothing of yours was changed. Read what npm says above (no network, a proxy, no disk space?) and start again.',
    )
  writeFileSync(stamp, wanted)
}

/** Compiles the packages and the web app when their sources changed since the last time. */
export function build() {
  const stamp = join(root, 'packages/cli/dist/.built')
  const wanted = hashOfSources()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  unlessAnotherBuilds(() => {
    say('Building (once per change, about half a minute) ...')
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const bundler = join(root, 'node_modules/vite/bin/vite.js')
    const steps = [
      [compiler, '-b', 'tsconfig.build.json'],
      [bundler, 'build', 'packages/manager/web', '--logLevel', 'warn'],
    ]
    for (const step of steps)
      if (run(process.execPath, step).status !== 0)
        fail('The sources do not build.', 'Nothing was started. The lines above say where.')
    writeFileSync(stamp, wanted)
  })
}

/** Prints what happened, what is safe and what to do, and ends with exit code 1. */
export function fail(what, whatToDo) {
  process.stderr.write(`\n${what}\n${whatToDo}\n`)
  process.exit(1)
}

function isInstalled(stamp, wanted) {
  if (!existsSync(join(root, 'node_modules/typescript/bin/tsc'))) return false
  if (!existsSync(join(root, 'node_modules/vite/bin/vite.js'))) return false
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true
  // Somebody ran npm by hand after the lock file changed.
  const hidden = join(root, 'node_modules/.package-lock.json')
  const time = (path) => statSync(path).mtimeMs
  return existsSync(hidden) && time(hidden) >= time(join(root, 'package-lock.json'))
}

function hashOfSources() {
  const hash = createHash('sha256').update(process.versions.node)
  const folders = sourceFolders.filter((folder) => existsSync(join(root, folder)))
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/[\\/](dist|node_modules)([\\/]|$)/.test(pathOf(entry)))
      .map((entry) => join(pathOf(entry), entry.name)),
  )
  const all = [...files, ...sourceFiles.map((name) => join(root, name))]
  for (const file of all.toSorted()) hash.update(file.slice(root.length)).update(readFileSync(file))
  return hash.digest('hex')
}

function pathOf(entry) {
  return entry.parentPath ?? entry.path
}

/** Two builds at once would read each other's half-written files. */
function unlessAnotherBuilds(work) {
  const lock = join(root, 'node_modules/.medrec-building')
  if (existsSync(lock) && !isAlive(Number(readFileSync(lock, 'utf8')))) rmSync(lock)
  mkdirSync(join(root, 'packages/cli/dist'), { recursive: true })
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
  } catch {
    fail('Another MedRec is building here.', 'Wait until it is ready, then start again.')
  }
  process.once('exit', () => rmSync(lock, { force: true }))
  work()
  rmSync(lock, { force: true })
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch {
    return false
  }
}

function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
}

/** On standard error: what a story or a benchmark prints on standard output stays clean. */
function say(line) {
  process.stderr.write(`${line}\n`)
}
