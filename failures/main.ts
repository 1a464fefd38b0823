import { parseArgs } from 'node:util'
import { runDoor } from './doors.ts'
import { runFiles } from './files.ts'
import { PowerCutError } from './machine/watchedDatabase.ts'
import { type Family, families, type Plan, planOf } from './plan.ts'
import { run } from './run.ts'
import { startEmbeddedChain, startMinedChain } from './town/Chain.ts'
import { Stage } from './town/Stage.ts'
import { foundTown } from './town/Town.ts'

// `npm run failures -- [--runs N] [--seed S] [--family F]`: N runs of each family from seed S on; a failed one
// is printed with the command that repeats it.

/** Runs in one town: an institution expects notes of everybody ever registered, so towns stay small. */
const runsInTown = 20

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    family: { type: 'string', multiple: true },
    verbose: { type: 'boolean', default: false },
  },
})
const chosen = families.filter((family) => values.family?.includes(family) ?? true)
const [runs, first] = [Number(values.runs), Number(values.seed)]

let stage: Stage | undefined
process.on('unhandledRejection', (error) => {
  if (!isOfTheDead(error)) stage?.crashes.push(error)
})
process.on('uncaughtException', (error) => {
  if (!isOfTheDead(error)) stage?.crashes.push(error)
})

let failed = 0
try {
  for (const family of chosen) failed += await runFamily(family)
  process.exit(failed > 0 ? 1 : 0)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}

async function runFamily(family: Family): Promise<number> {
  const places = new Map<string, number>()
  let bad = 0
  for (let seed = first; seed < first + runs; seed++) {
    if (stage && (seed - first) % runsInTown === 0) stage = await ended(stage)
    stage ??= await newStage(family)
    const { struck, violations } = await told(stage, planOf(family, seed))
    const place = struck ?? 'not reached'
    places.set(place, (places.get(place) ?? 0) + 1)
    if (violations === 0) continue
    bad++
    stage = await ended(stage) // what is broken must not break the next run
  }
  if (stage) stage = await ended(stage)
  const where = [...places].map(([place, count]) => `${place} ${count}`).join(', ')
  say(`${family}: ${runs} runs, ${bad} failed (struck at: ${where})`)
  return bad
}

/** One run, and what is worth saying of it. */
async function told(
  on: Stage,
  plan: Plan,
): Promise<{ struck: string | undefined; violations: number }> {
  const started = performance.now()
  const { struck, violations } = await play(on, plan)
  const isGood = violations.length === 0
  if (!isGood || values.verbose) {
    const { family, seed, machine, action, moment } = plan
    const milliseconds = Math.round(performance.now() - started)
    const what = `${family} ${seed}: ${machine} during ${action}, moment ${moment}`
    say(`${isGood ? 'ok' : 'FAILED'} ${what}, struck at ${struck}, ${milliseconds} ms`)
    for (const violation of violations) say(`  ${violation}`)
    const again = `npm run failures -- --family ${family}`
    if (!isGood) say(`  again: ${again} --seed ${seed} --runs 1`)
    if (!isGood && seed > first)
      say(`  with what came before: ${again} --seed ${first} --runs ${seed - first + 1}`)
  }
  return { struck, violations: violations.length }
}

function play(on: Stage, plan: Plan): ReturnType<typeof run> {
  if (plan.family === 'files') return runFiles(plan)
  return plan.family === 'door' ? runDoor(on.town, plan) : run(on, plan)
}

async function newStage(family: Family): Promise<Stage> {
  const town = await foundTown(family === 'reorg' ? startMinedChain : startEmbeddedChain)
  const opened = new Stage(town)
  await opened.open()
  return opened
}

async function ended(over: Stage): Promise<undefined> {
  await over.close()
  return undefined
}

/** Whatever a killed process still tried in this one. */
function isOfTheDead(error: unknown): boolean {
  for (let next = error; next instanceof Error; next = next.cause)
    if (next instanceof PowerCutError) return true
  return false
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
