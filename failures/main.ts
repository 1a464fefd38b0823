import { parseArgs } from 'node:util'
import { playDays } from './days/playDays.ts'
import { runDoor } from './doors.ts'
import { runFiles } from './files.ts'
import { PowerCutError } from './machine/watchedDatabase.ts'
import { type Family, families, type Plan, planOf } from './plan.ts'
import { type Outcome, run } from './run.ts'
import { startEmbeddedChain, startMinedChain } from './town/Chain.ts'
import { Stage } from './town/Stage.ts'
import { foundTown } from './town/Town.ts'

// `npm run failures -- [FAMILY/SEED | FAMILY/FROM-TO ...] [--runs N] [--seed S] [--family F]`: those runs, or N of
// each family from seed S on; a failed one is printed with the command that repeats it.
// `npm run failures -- days [--days N] [--seed S] [--runs R]`: N days under a clock of their own, for R seeds from S on.

/** Runs in one town: an institution expects notes of everybody ever registered, so towns stay small. */
const runsInTown = 20

/** Seeds of a family, with the words that repeat them. */
type Range = {
  readonly words: string
  readonly family: Family
  readonly from: number
  readonly to: number
}
/** A town while it stands, with the runs it saw. */
type Standing = { readonly stage: Stage; readonly isMined: boolean; readonly saw: string[] }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    days: { type: 'string', default: '1' },
    family: { type: 'string', multiple: true },
    verbose: { type: 'boolean', default: false },
  },
})

let standing: Standing | undefined
/** What nobody caught while days are played. */
let crashesOfDays: unknown[] | undefined
process.on('unhandledRejection', keepCrash)
process.on('uncaughtException', keepCrash)

try {
  let failed = 0
  if (positionals[0] === 'days') failed = await runDays()
  else for (const range of ranges()) failed += await runRange(range)
  await leave()
  process.exit(failed > 0 ? 1 : 0)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}

function ranges(): readonly Range[] {
  if (positionals.length > 0) return positionals.map(rangeOf)
  const unknown = values.family?.find((name) => !families.some((family) => family === name))
  if (unknown !== undefined) throw new Error(`no family ${unknown}: ${families.join(', ')}`)
  const from = Number(values.seed)
  const to = from + Number(values.runs) - 1
  return families
    .filter((family) => values.family?.includes(family) ?? true)
    .map((family) => ({ words: family, family, from, to }))
}

/** Whole days; a run that fails says all that happened in it. */
async function runDays(): Promise<number> {
  const [first, days] = [Number(values.seed), Number(values.days)]
  const runs = process.argv.some((word) => word.startsWith('--runs')) ? Number(values.runs) : 1
  if (![first, days, runs].every((one) => Number.isSafeInteger(one) && one > 0))
    throw new Error('days: whole numbers for --days, --seed and --runs')
  let failed = 0
  for (let seed = first; seed < first + runs; seed++) {
    const started = performance.now()
    crashesOfDays = []
    const { violations, trace, summary } = await playDays(
      { seed, days },
      crashesOfDays,
      values.verbose ? say : undefined,
    )
    const seconds = ((performance.now() - started) / 1_000).toFixed(1)
    if (violations.length > 0 && !values.verbose) for (const line of trace) say(`  ${line}`)
    for (const violation of violations) say(`FAILED ${violation}`)
    say(
      `days seed ${seed}: ${days} days, ${violations.length} violations, ${seconds} s (${summary})`,
    )
    if (violations.length === 0) continue
    failed++
    say(`  again: npm run failures -- days --days ${days} --seed ${seed}`)
  }
  return failed
}

function rangeOf(words: string): Range {
  const [, name, from, to = from] = /^([a-z]+)\/(\d+)(?:-(\d+))?$/.exec(words) ?? []
  const family = families.find((known) => known === name)
  if (!family) throw new Error(`${words}: FAMILY/SEED or FAMILY/FROM-TO of ${families.join(', ')}`)
  return { words, family, from: Number(from), to: Number(to) }
}

async function runRange({ words, family, from, to }: Range): Promise<number> {
  const places = new Map<string, number>()
  let bad = 0
  for (let seed = from; seed <= to; seed++) {
    const { struck, violations } = await told(planOf(family, seed))
    const place = struck ?? 'not reached'
    places.set(place, (places.get(place) ?? 0) + 1)
    if (violations.length === 0) continue
    bad++
    await leave() // what is broken must not break the next run
  }
  const where = [...places].map(([place, count]) => `${place} ${count}`).join(', ')
  say(`${words}: ${to - from + 1} runs, ${bad} failed (struck at: ${where})`)
  return bad
}

/** One run, and what is worth saying of it. */
async function told(plan: Plan): Promise<Outcome> {
  const started = performance.now()
  const outcome = await play(plan)
  const { struck, violations } = outcome
  const isGood = violations.length === 0
  if (!isGood || values.verbose) {
    const { family, seed, machine, action, moment } = plan
    const milliseconds = Math.round(performance.now() - started)
    const what = `${family}/${seed}: ${machine} during ${action}, moment ${moment}`
    say(`${isGood ? 'ok' : 'FAILED'} ${what}, struck at ${struck}, ${milliseconds} ms`)
    for (const violation of violations) say(`  ${violation}`)
    const before = standing?.saw.join(' ') ?? ''
    if (!isGood) say(`  again: npm run failures -- ${family}/${seed}`)
    if (!isGood && before.includes(' ')) say(`  with what came before: ${before}`)
  }
  return outcome
}

async function play(plan: Plan): Promise<Outcome> {
  if (plan.family === 'files') return runFiles(plan)
  const name = `${plan.family}/${plan.seed}`
  const { stage, saw } = await townFor(plan.family, name)
  saw.push(name)
  return plan.family === 'door' ? runDoor(stage.town, plan) : run(stage, plan)
}

/** The town that stands, or a new one on an engine as the family wants it. */
async function townFor(family: Family, name: string): Promise<Standing> {
  const isMined = family === 'reorg'
  if (standing?.isMined === isMined) {
    const { saw } = standing
    if (saw.length < runsInTown && !saw.includes(name)) return standing
  }
  await leave()
  const stage = new Stage(await foundTown(isMined ? startMinedChain : startEmbeddedChain))
  standing = { stage, isMined, saw: [] }
  await stage.open()
  return standing
}

async function leave(): Promise<void> {
  const over = standing
  standing = undefined
  await over?.stage.close()
}

function keepCrash(error: unknown): void {
  if (isOfTheDead(error)) return
  standing?.stage.crashes.push(error)
  crashesOfDays?.push(error)
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
