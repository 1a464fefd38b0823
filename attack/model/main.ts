import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Hunted } from './hunt.ts'
import type { Work, WorkOptions } from './work.ts'

const places = 64

/**
 * Plays random histories on the gatekeeper's own code and on a model of what the protocol says, and prints how many;
 * with `--cedar`, Cedar is asked too; with `--mutants`, how long bugs put into the code live (`--only TEXT`: those whose names hold it). False when an answer differs, or when a bug survives.
 */
export async function run(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      histories: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      processes: { type: 'string', default: String(availableParallelism()) },
      mutants: { type: 'boolean', default: false },
      cedar: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  })
  const [seed, from] = [Number(values.seed), Number(values.from)]
  const options = { seed, from, to: from + Number(values.histories) }
  const processes = Number(values.processes)
  return values.mutants
    ? hunt(options, processes, values.only)
    : compare(options, processes, values.cedar)
}

type Range = Pick<WorkOptions, 'seed' | 'from' | 'to'>
type More = { readonly cedar?: boolean; readonly mutate?: { readonly only: string } }

async function compare(range: Range, processes: number, cedar: boolean): Promise<boolean> {
  const started = performance.now()
  const parts = await inProcesses<Work>(processes, range, { cedar })
  const seconds = (performance.now() - started) / 1_000
  const histories = parts.reduce((sum, part) => sum + part.histories, 0)
  const told = new Map<string, number>()
  for (const part of parts)
    for (const [answer, count] of Object.entries(part.told))
      told.set(answer, (told.get(answer) ?? 0) + count)
  const answers = [...told].toSorted(([, a], [, b]) => b - a)
  const decisions = answers.reduce((sum, [, count]) => sum + count, 0)
  for (const [answer, count] of answers) say(`${String(count).padStart(10)} ${answer}`)
  const found = parts.flatMap(({ disagreement }) => disagreement ?? [])
  for (const { history, step, gate, model, ask } of found) {
    say(
      `DIFFERENT history ${history}, step ${step}: the gatekeeper says ${gate}, the model ${model}`,
    )
    say(`  ${JSON.stringify(ask)}`)
    const round = history - (history % places)
    const again = `npm run attack -- model --seed ${range.seed} --processes 1`
    say(`  again: ${again} --from ${history} --histories 1`)
    say(`  with what came before: ${again} --from ${round} --histories ${history - round + 1}`)
  }
  const cpuMinutes = parts.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / 60_000
  const rate = `${Math.round(histories / seconds)}/s, ${Math.round(histories / cpuMinutes)} a CPU minute, ${processes} processes`
  say(`${histories} histories, ${decisions} decisions, ${found.length} different (${rate})`)
  return found.length === 0
}

async function hunt(range: Range, processes: number, only: string): Promise<boolean> {
  const hunted = (
    await inProcesses<readonly Hunted[]>(processes, range, { mutate: { only } })
  ).flat()
  for (const { name, killedAt } of hunted)
    say(killedAt === undefined ? `SURVIVED ${name}` : `killed at ${killedAt}: ${name}`)
  const alive = hunted.filter(({ killedAt }) => killedAt === undefined).length
  say(`${hunted.length} mutants, ${alive} survived ${range.to - range.from} histories`)
  return alive === 0
}

function inProcesses<T>(processes: number, range: Range, more: More): Promise<readonly T[]> {
  const part = (_: unknown, first: number): Promise<T> =>
    inProcess<T>({ ...range, first, stride: processes, ...more })
  return Promise.all(Array.from({ length: processes }, part))
}

async function inProcess<T>(options: WorkOptions & More): Promise<T> {
  const main = fileURLToPath(new URL('process.ts', import.meta.url))
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const program = ['--conditions=source', '--import', tsx, main, JSON.stringify(options)]
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += String(chunk)
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error('a process that played histories failed')
  return JSON.parse(said)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
