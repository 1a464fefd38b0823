import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { historyOf } from './history.ts'
import { mutants } from './mutants.ts'

/** FC_RUNS (100) scales it; `npm run attack -- model --histories N` plays any number. */
const runs = Number(process.env['FC_RUNS'] ?? 100)
const histories = 960 * runs
const seed = process.env['FC_SEED'] ?? '20160822'
const patience = 9_000 * Math.max(100, runs)

type Ended = { readonly code: number | null; readonly said: string }

function model(...options: readonly string[]): Promise<Ended> {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const program = ['--conditions=source', '--import', tsx, main, 'model', ...options]
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += String(chunk)
    })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })))
}

test(
  'whatever happens on the chain and beside it, the gatekeeper decides as the protocol says',
  async () => {
    const { code, said } = await model('--seed', seed, '--histories', String(histories))
    expect(said).toMatch(new RegExp(`^${histories} histories, \\d+ decisions, 0 different`, 'm'))
    expect(code).toBe(0)
    // Each code is there, and so is the answer: a model that is asked nothing agrees with everything.
    const told = new Map(
      [...said.matchAll(/^ *(\d+) ([a-z-]+)$/gm)].map(([, n, name]) => [name, n]),
    )
    expect(told.size).toBe(41)
    const decisions = Number(said.match(/(\d+) decisions/)?.[1])
    expect(Number(told.get('allow')) / decisions).toBeGreaterThan(0.1)
  },
  patience,
)

test(
  'a third opinion, from an engine that others wrote, is the same yes and no',
  async () => {
    const some = String(histories / 32)
    const { code, said } = await model('--cedar', '--seed', seed, '--histories', some)
    expect(said).toMatch(new RegExp(`^${some} histories, \\d+ decisions, 0 different`, 'm'))
    expect(Number(said.match(/(\d+) decisions/)?.[1])).toBeGreaterThan(Number(some) * 7)
    expect(code).toBe(0)
  },
  patience,
)

test(
  'every bug put into the decision is found',
  async () => {
    const { code, said } = await model('--mutants', '--seed', seed, '--histories', '20000')
    expect(said).toMatch(new RegExp(`^${mutants.length} mutants, 0 survived`, 'm'))
    expect(said).not.toMatch(/SURVIVED/)
    expect(code).toBe(0)
  },
  patience,
)

test('there are many such bugs, each with its own name, and one that cannot be put in is an error', async () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
  expect(mutants.length).toBeGreaterThanOrEqual(25)
  const { hunt } = await import('./hunt.ts')
  const bug = {
    name: 'none',
    file: 'packages/gatekeeper/src/query/decide.ts',
    find: 'is nowhere',
    put: '',
  }
  const options = { seed: 1, from: 0, to: 1, first: 0, stride: 1 }
  await expect(hunt(bug, options)).rejects.toThrow('not applied: none')
})

test('the same seed and number are the same history', () => {
  expect(historyOf(7, 12)).toEqual(historyOf(7, 12))
  expect(historyOf(7, 12)).not.toEqual(historyOf(8, 12))
  expect(historyOf(7, 12)).not.toEqual(historyOf(7, 12 + 64))
})
