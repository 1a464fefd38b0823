import { parseArgs } from 'node:util'
import { isWithin, type Linkage, linkage, type Result } from './linkage.ts'

const hour = 3_600

/** Prints what each adversary achieves; false when one is beyond its threshold. */
export async function run(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      patients: { type: 'string', default: '1000' },
      providers: { type: 'string', default: '40' },
      days: { type: 'string', default: '90' },
      seed: { type: 'string', default: '1' },
      'batch-size': { type: 'string', default: '2048' },
      /** office | provider */
      'bound-at': { type: 'string', default: 'office' },
      /** random-relays | anchor-fillers */
      without: { type: 'string' },
    },
  })
  const start = performance.now()
  let said = ''
  const result = await linkage({
    ...{ patients: Number(values.patients), providers: Number(values.providers) },
    ...{ days: Number(values.days), seed: Number(values.seed), periodSeconds: hour },
    batchSize: Number(values['batch-size']),
    boundAt: values['bound-at'] === 'provider' ? 'provider' : 'office',
    without: withoutOf(values.without),
    progress: (text) => {
      if (text !== said) process.stderr.write(`${text}\n`)
      said = text
    },
  })
  process.stdout.write(reportOf(result, (performance.now() - start) / 1_000))
  return failures(result).length === 0
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
    '| evenness | values | chi-square | bound (1 in a million) |',
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
