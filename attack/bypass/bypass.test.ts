import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  hasMariadb,
  hasPostgres,
} from '../../packages/gatekeeper/src/adapter/servers.test-support.ts'
import { hasFhirServer } from '../../scenarios/fhirServer/fhirServer.ts'
import { canaries } from './Clinic.ts'
import { CorpusError, readCorpus } from './corpus.ts'
import { leaked } from './legitimate.ts'
import type { Asker } from './Scene.ts'

type Ended = { readonly code: number | null; readonly said: string }

function bypass(...options: readonly string[]): Promise<Ended> {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const program = ['--conditions=source', '--import', tsx, main, 'bypass', ...options]
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += String(chunk)
    })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })))
}

/** Engines that are asked one after the other; both rows at once, since half of the time is waiting for databases. */
const rows = [
  ['sqlite', 'fhir'],
  ['postgres', 'mariadb'],
] as const
const isHere = { sqlite: true, postgres: hasPostgres, mariadb: hasMariadb, fhir: hasFhirServer }
const isCi = process.env['CI'] === 'true'
for (const name of rows.flat().filter((one) => !isHere[one]))
  console.log(`SKIPPED payloads on ${name}, which is not installed here`)

test('no payload gets through any door on any engine here, and who may ask is answered', async () => {
  const asking = rows
    .map((row) => row.filter((name) => isHere[name] || isCi))
    .filter((row) => row.length > 0)
    .map((row) => bypass(...row.flatMap((name) => ['--engine', name])))
  const ended = await Promise.all(asking)
  let total = 0
  for (const { code, said } of ended) {
    const [, answered, asked] = said.match(/0 breaches, (\d+) of (\d+) legitimate/) ?? []
    expect({ said, answered, code }).toEqual({ said, answered: asked, code: 0 })
    total += Number(asked)
  }
  expect(total).toBeGreaterThan(200)
}, 1_800_000)

test('a corpus of somebody else is read line by line, and a bad line is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-corpus-'))
  const file = join(folder, 'corpus.jsonl')
  try {
    writeFileSync(file, '{"id":"a","payload":"x\\u0000"}\n\n{"id":"b","payload":"\\ud800"}\n')
    expect(readCorpus(file)).toEqual([
      { id: 'a', payload: 'x\0' },
      { id: 'b', payload: '\ud800' },
    ])
    writeFileSync(file, '{"id":"a","payload":"x"}\n{"id":"b"}\n')
    expect(() => readCorpus(file)).toThrow(
      new CorpusError('Line 2 is not JSON with the texts "id" and "payload".'),
    )
    const { code, said } = await bypass('--corpus', file)
    expect({ code, said }).toMatchObject({ code: 1, said: expect.stringContaining('Line 2') })
    expect(await bypass('--corpus', join(folder, 'none'))).toMatchObject({ code: 1 })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('our own corpus has every class, each payload once', () => {
  const ours = readCorpus(fileURLToPath(new URL('corpus.jsonl', import.meta.url)))
  expect(ours.length).toBeGreaterThan(300)
  expect(new Set(ours.map(({ payload }) => payload)).size).toBe(ours.length)
  const classes = new Set(ours.map(({ id }) => id.slice(0, id.indexOf('-'))))
  expect([...classes]).toEqual([
    ...['predicate', 'column', 'oracle', 'union', 'subquery', 'lexer', 'function', 'write'],
    ...['dos', 'collation', 'fhir', 'form'],
  ])
})

test('what somebody may not know is noticed in an answer, and what she may know is not', () => {
  const doctor = { forbidden: Object.values(canaries) } as unknown as Asker
  const told = (text: string) => ({ status: 200, text, isAnswered: true })
  expect(leaked(told(`{"x":"${canaries.excluded}"}`), doctor)).toEqual([canaries.excluded])
  expect(leaked(told('6.10'), doctor)).toEqual([])
  expect(leaked(told(canaries.field), undefined)).toEqual([])
})
