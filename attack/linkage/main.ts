import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isWithin, type Linkage, type LinkageOptions, type Result } from './linkage.ts'
import { recorded, recordedSoFar, recordPaper } from './records.ts'

const hour = 3_600

const flags = {
  patients: { type: 'string', default: '1000' },
  providers: { type: 'string', default: '40' },
  days: { type: 'string', default: '90' },
  seed: { type: 'string', default: '1' },
  'batch-size': { type: 'string', default: '2048' },
  /** office | provider */
  'bound-at': { type: 'string', default: 'office' },
  /** random-relays | anchor-fillers */
  without: { type: 'string' },
  /** Keeps what is played in this folder, and goes on with what is there of a run with the same flags. */
  resume: { type: 'string' },
  /** Looks at what another run with --resume has played up to its last midnight; the paper's design must be there. */
  'so-far': { type: 'boolean', default: false },
  /** Only plays the paper's design into a folder: what the process beside this one does. */
  'paper-into': { type: 'string' },
} as const

/** Prints what each adversary achieves; false when one is beyond its threshold. */
export async function run(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({ args: [...args], options: flags })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const options: LinkageOptions = {
    ...{ patients: Number(values.patients), providers: Number(values.providers) },
    ...{ days: Number(values.days), seed: Number(values.seed), periodSeconds: hour },
    batchSize: Number(values['batch-size']),
    boundAt: values['bound-at'] === 'provider' ? 'provider' : 'office',
    without: withoutOf(values.without),
    progress: teller(),
  }
  const into = values['paper-into']
  if (into !== undefined) {
    await recordPaper(options, into)
    return true
  }
  const start = performance.now()
  const folder =
    values.resume === undefined
      ? mkdtempSync(join(tmpdir(), 'medrec-linkage-'))
      : join(values.resume, nameOf(options))
  try {
    const result = values['so-far']
      ? recordedSoFar(options, folder)
      : await recorded(options, folder, ['linkage', ...args, '--paper-into', folder])
    process.stdout.write(reportOf(result, (performance.now() - start) / 1_000))
    return failures(result).length === 0
  } finally {
    if (values.resume === undefined) rmSync(folder, { recursive: true })
  }
}

/** What was played is good for a run with the same flags alone. */
function nameOf({ patients, providers, days, seed, batchSize, boundAt, without }: LinkageOptions) {
  const sizes = [patients, providers, days, seed, batchSize].join('-')
  return [sizes, boundAt, ...(without ? ['without', without] : [])].join('-')
}

/** Tells of each twentieth that was played. */
function teller(): (design: string, done: number, of: number) => void {
  let said = ''
  return (design, done, of) => {
    const text = `${design}: ${5 * Math.floor((20 * done) / of)} %`
    if (text !== said) process.stderr.write(`${text}\n`)
    said = text
  }
}

/** Names of everything that is not as it must be. */
export function failures({ paper, ours, sealed }: Linkage): readonly string[] {
  const { faults, bytes, relayChoice } = sealed
  const uneven = Object.entries({ ...bytes, 'choice of relays': relayChoice }).filter(
    ([, { chiSquare, bound }]) => !(chiSquare < bound),
  )
  return [
    ...paper.filter((result) => !isWithin(result)).map((r) => `the paper's design: ${r.adversary}`),
    ...ours.filter((result) => !isWithin(result)).map(({ adversary }) => adversary),
    ...Object.entries(faults).flatMap(([name, count]) => (count > 0 ? [`${name}: ${count}`] : [])),
    ...uneven.map(([name]) => `not even: ${name}`),
  ]
}

function withoutOf(text: string | undefined): 'random-relays' | 'anchor-fillers' | undefined {
  if (text === undefined || text === 'random-relays' || text === 'anchor-fillers') return text
  throw new Error('--without: random-relays or anchor-fillers')
}

function reportOf(result: Linkage, seconds: number): string {
  const { paper, ours, sealed } = result
  const found = failures(result)
  return [
    '| adversary | design | score | without looking | must be |',
    '|---|---|---|---|---|',
    ...paper.map((one) => rowOf("the paper's", one)),
    ...ours.map((one) => rowOf('ours', one)),
    '',
    '| static check | faults |',
    '|---|---|',
    ...Object.entries(sealed.faults).map(([name, count]) => `| ${name} | ${count} |`),
    '',
    '| evenness | values | chi-square | bound (1 in 10^9) |',
    '|---|---|---|---|',
    ...Object.entries({ ...sealed.bytes, 'choice of relays': sealed.relayChoice }).map(
      ([name, { count, chiSquare, bound }]) =>
        `| ${name} | ${count} | ${chiSquare.toFixed(1)} | ${bound.toFixed(1)} |`,
    ),
    '',
    `${sealed.batches} batches, ${Math.round(sealed.gas / sealed.batches)} gas each; ${Math.round(seconds)} s.`,
    found.length === 0
      ? 'Everything is as it must be.'
      : `Not as it must be:\n- ${found.join('\n- ')}`,
    '',
  ].join('\n')
}

function rowOf(design: string, { adversary, score, blind, least, most }: Result): string {
  const bounds =
    most >= 1
      ? `at least ${least.toFixed(3)}`
      : least > 0
        ? `${least.toFixed(3)} to ${most.toFixed(3)}`
        : `at most ${most.toFixed(3)}`
  return `| ${adversary} | ${design} | ${score.toFixed(3)} | ${blind.toFixed(3)} | ${bounds} |`
}
