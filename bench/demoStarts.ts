import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Memory, memoryOfTree } from './processTree.ts'
import { progress } from './progress.ts'
import { type Row, row } from './Row.ts'

/** Targets of docs/benchmarks.md: start after the first one in ms, memory of the whole demo in MB. */
const targets = { start: 10_000, firstStart: 120_000, memory: 600 }
const program = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url))

type Started = { readonly ms: number; readonly memory: Memory }

/** The whole demo, as `npm start` starts it once it is built: twice, with the memory of all its processes. */
export async function demoStarts(folder: string): Promise<readonly Row[]> {
  progress('embedded: first start of the demo')
  const first = await startOnce(join(folder, 'demo'))
  progress('embedded: second start of the demo')
  const second = await startOnce(join(folder, 'demo'))
  const { processes, proportional, resident } = second.memory
  return [
    row(
      'first start of the demo, without installing',
      first.ms,
      'ms',
      'target',
      targets.firstStart,
    ),
    row('second start of the demo', second.ms, 'ms', 'target', targets.start),
    row(
      'memory of the demo after its first start, PSS',
      first.memory.proportional,
      'MB',
      'target',
      targets.memory,
    ),
    row(
      `memory of the demo (${processes} processes), PSS`,
      proportional,
      'MB',
      'target',
      targets.memory,
    ),
    row('memory of the demo, RSS summed', resident, 'MB', 'target', targets.memory),
  ]
}

/** Starts the demo, waits until it says that it is ready, and stops it. */
async function startOnce(home: string): Promise<Started> {
  const args = ['--max-semi-space-size=2', program, 'demo', '--home', home, '--port', '0', '--json']
  const start = performance.now()
  const demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(demo, 'exit')
  try {
    await isReady(demo)
    const ms = performance.now() - start
    return { ms, memory: memoryOfTree(demo.pid as number) }
  } finally {
    demo.kill('SIGTERM')
    await ended
  }
}

async function isReady(demo: ChildProcess): Promise<void> {
  if (!demo.stdout) throw new Error('the demo has no output')
  for await (const line of createInterface({ input: demo.stdout }))
    if (line.startsWith('{') && (JSON.parse(line) as { ready?: boolean }).ready === true) return
  throw new Error('the demo ended before it was ready')
}
