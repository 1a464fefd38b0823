import { beforeAll, expect, test } from 'vitest'
import { failures } from './failures.test-support.ts'
import { type Family, families, planOf } from './plan.ts'

/** Short runs of each family in the usual tests; `npm run failures -- --runs N` for more. */
const runs: Readonly<Record<Family, number>> = {
  power: 20,
  disk: 12,
  clock: 16,
  wire: 20,
  door: 30,
  files: 20,
  reorg: 12,
}
/** Ample for a machine with two cores that does other things besides. */
const patience = 1_200_000

/** Seeds that failed once, with what they found. */
const found: readonly (readonly [Family, number, string])[] = [
  ['power', 15, 'an enrolment cut off between its tables was proposed without pointers'],
  ['power', 18, 'the same, between a pointer and its index'],
  ['clock', 6, 'a note queued while the clock was a day ahead waited for that day'],
  ['clock', 7, 'an anchor did'],
  ['clock', 11, 'a viewer was refused for a heartbeat that a jump of the clock had made old'],
  ['clock', 15, 'a token that a relay with a wrong clock refused was never offered again'],
  ['clock', 22, 'a token that could not be had once was never asked for again'],
  ['disk', 24, 'a full disk ended the process of a patient'],
  ['disk', 4, 'after a full disk the map in memory was ahead of the one on disk'],
]

const ranges = families.map((family) => `${family}/1-${runs[family]}`)
/** Two processes at once: half of the time of each is waiting for disks and blocks. */
const halves: readonly (readonly Family[])[] = [
  ['power', 'disk', 'files'],
  ['clock', 'wire', 'door', 'reorg'],
]
const others = found.filter(([family, seed]) => seed > runs[family])
let said: string

beforeAll(async () => {
  const all = [...ranges, ...others.map(([family, seed]) => `${family}/${seed}`)]
  const ofThese = (half: readonly Family[]): readonly string[] =>
    all.filter((words) => half.some((family) => words.startsWith(`${family}/`)))
  said = (await Promise.all(halves.map((half) => failures(...ofThese(half))))).join('')
}, patience)

/** What was said of a family's runs: its summary, and before it what failed. */
function saidOf(words: string): string {
  const lines = said.split('\n')
  const end = lines.findIndex((line) => line.startsWith(`${words}: `))
  const start = lines
    .slice(0, end)
    .findLastIndex((line) => /^([a-z]+\/[\d-]+: \d+ runs|ended: )/.test(line))
  return end < 0 ? said : lines.slice(start + 1, end + 1).join('\n')
}

test.each(ranges)('nothing is lost, doubled or allowed by mistake: %s', (words) => {
  expect(saidOf(words)).toMatch(new RegExp(`^${words}: \\d+ runs, 0 failed`))
})

test.each(found)('%s %i stays mended: %s', (family, seed) => {
  const words = seed > runs[family] ? `${family}/${seed}` : `${family}/1-${runs[family]}`
  expect(saidOf(words)).toMatch(new RegExp(`^${words}: `, 'm'))
  expect(said).not.toContain(`FAILED ${family}/${seed}:`)
})

test('the processes end well when no run failed', () => {
  expect(said.match(/^ended: .*$/gm)).toEqual(halves.map(() => 'ended: 0'))
})

test('the same seed is the same plan, another one is another', () => {
  const told = (seed: number): string => JSON.stringify(planOf('power', seed))
  expect(told(7)).toBe(told(7))
  expect(new Set(Array.from({ length: 50 }, (_, seed) => told(seed))).size).toBe(50)
})
