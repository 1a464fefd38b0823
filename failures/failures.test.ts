import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Family, families, planOf } from './plan.ts'

/** Short runs of each family in the usual tests; `npm run failures -- --runs N` for more. */
const runs: Readonly<Record<Family, number>> = {
  power: 20,
  disk: 12,
  clock: 12,
  reorg: 12,
  wire: 20,
  door: 30,
  files: 20,
}
/** Ample for a machine with two cores that does other things besides. */
const patience = 600_000

/** Seeds that failed once, with what they found. */
const found: readonly (readonly [Family, number, string])[] = [
  ['power', 15, 'an enrolment cut off between its tables was proposed without pointers'],
  ['power', 18, 'the same, between a pointer and its index'],
  ['clock', 6, 'a note queued while the clock was a day ahead waited for that day'],
  ['clock', 7, 'an anchor did'],
  ['disk', 24, 'a full disk ended the process of a patient'],
  ['disk', 4, 'after a full disk the map in memory was ahead of the one on disk'],
]

type Ended = { readonly code: number | null; readonly said: string }

function failures(...options: readonly string[]): Promise<Ended> {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const program = ['--conditions=source', '--import', tsx, main, ...options]
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += String(chunk)
    })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })))
}

/**
 * Not mended yet (docs/threats.md, After a clock jump or a reorganisation): in some runs of these families a
 * lawful reader is refused, or an operation stands in the outbox, for longer than the story waits. Nothing else
 * may go wrong in them.
 */
const stalling: readonly Family[] = ['clock', 'reorg']
const stall =
  /^ {2}(read failed \d+ times: )?(refused: (view-old|not-before)$|never: everybody sees: )/

test.each(stalling)(
  'nothing is doubled or allowed by mistake, and what is lost is told: %s',
  async (family) => {
    const { said } = await failures('--family', family, '--runs', String(runs[family]))
    expect(said).toMatch(new RegExp(`^${family}: ${runs[family]} runs, `, 'm'))
    const lines = said.split('\n')
    const reasons = lines.filter((_, i) => lines[i - 1]?.startsWith('FAILED '))
    expect(reasons.filter((reason) => !stall.test(reason))).toEqual([])
  },
  patience,
)

test.each(families.filter((family) => !stalling.includes(family)))(
  'nothing is lost, doubled or allowed by mistake: %s',
  async (family) => {
    const { code, said } = await failures('--family', family, '--runs', String(runs[family]))
    expect(said).toMatch(new RegExp(`^${family}: ${runs[family]} runs, 0 failed`, 'm'))
    expect(code).toBe(0)
  },
  patience,
)

test.each(found)(
  '%s %i stays mended: %s',
  async (family, seed) => {
    const options = ['--family', family, '--runs', '1', '--seed', String(seed)]
    const { code, said } = await failures(...options)
    expect(said).toMatch(/1 runs, 0 failed/)
    expect(code).toBe(0)
  },
  patience,
)

test('the same seed is the same plan, another one is another', () => {
  const told = (seed: number): string => JSON.stringify(planOf('power', seed))
  expect(told(7)).toBe(told(7))
  expect(new Set(Array.from({ length: 50 }, (_, seed) => told(seed))).size).toBe(50)
})
