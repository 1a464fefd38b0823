import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A `medrec` process of its own, as a user starts it. */
export type MedrecProcess = {
  readonly child: ChildProcess
  /** Lines of standard output so far */
  readonly lines: readonly string[]
  /** Standard error so far */
  errors(): string
  /** Resolves with the first line that matches; rejects when the process ends before. */
  line(pattern: RegExp): Promise<string>
  /** The same, of lines that are printed from now on. */
  next(pattern: RegExp): Promise<string>
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>
}

const root = fileURLToPath(new URL('..', import.meta.url))
/** `npm test` builds first and says so; a single test runs the sources. */
const program =
  process.env['MEDREC_TEST_BUILT'] === '1'
    ? [`${root}packages/cli/dist/main.js`]
    : ['--conditions=source', '--import', 'tsx', `${root}packages/cli/src/main.ts`]

/** Starts `medrec` with these arguments. */
export function startMedrec(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): MedrecProcess {
  const child = spawn(process.execPath, [...program, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  const lines: string[] = []
  let errors = ''
  const waiting = new Set<{ pattern: RegExp; resolve: (line: string) => void }>()
  child.stderr.on('data', (chunk) => {
    errors += String(chunk)
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    for (const one of waiting) if (one.pattern.test(line)) one.resolve(line)
  })
  const waitFor = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      waiting.add({ pattern, resolve })
      void ended.then((code) =>
        reject(
          new Error(`medrec ended (${code}) without ${pattern}:\n${lines.join('\n')}\n${errors}`),
        ),
      )
    })
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown')),
  )
  return {
    ...{ child, lines, ended },
    errors: () => errors,
    line: async (pattern) => lines.find((line) => pattern.test(line)) ?? waitFor(pattern),
    next: waitFor,
  }
}

/** Runs `medrec` to its end. */
export async function runMedrec(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ code: number | string; output: string; errors: string }> {
  const started = startMedrec(args, environment)
  const code = await started.ended
  return { code, output: started.lines.join('\n'), errors: started.errors() }
}

/** Processes below one, with their command lines (Linux: /proc). */
export function processesBelow(pid: number): readonly { pid: number; command: string }[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const parents = new Map(all.map((name) => [Number(name), parentOf(name)]))
  const isBelow = (one: number): boolean => {
    const parent = parents.get(one)
    return parent === pid || (parent !== undefined && parent > 1 && isBelow(parent))
  }
  return all
    .map(Number)
    .filter(isBelow)
    .map((one) => ({ pid: one, command: commandOf(one) }))
}

/** Whether a process is there and not a zombie. */
export function isAlive(pid: number): boolean {
  const stat = statOf(String(pid))
  return stat !== undefined && stat[0] !== 'Z'
}

/** Resolves when a condition holds; asks again in short steps: no event tells Node of a process that is not its child. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + 300_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`did not happen within five minutes: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function parentOf(pid: string): number | undefined {
  const parent = statOf(pid)?.[1]
  return parent === undefined ? undefined : Number(parent)
}

/** State, parent and so on: what follows the name in brackets. */
function statOf(pid: string): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined // it ended meanwhile
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}
