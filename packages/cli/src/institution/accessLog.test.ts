import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { medrec, sharedLabs, startTown, type Town } from '../participant/town.test-support.ts'
import { startDesk, type TownDesk } from './desk.test-support.ts'

let town: Town
let desk: TownDesk
let file: string
let relationship: string

beforeAll(async () => {
  town = await startTown()
  desk = await startDesk(town)
  ;({ relationship } = await sharedLabs(town))
  await town.as('ada', 'query', relationship, 'labs', 'none')
  file = join(town.home, 'log.jsonl')
})

afterAll(async () => {
  await desk.close()
  await town.close()
})

const verify = (...args: readonly string[]) => medrec('--json', 'verify', ...args)

test('the access log leaves with proof, and anybody verifies it without a connection', async () => {
  const saved = await desk.it('institution', 'access-log', '--out', file)
  expect(saved, saved.err).toMatchObject({ code: 0, json: { ok: true } })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const checked = await verify(file)
  expect(checked, checked.err).toMatchObject({
    code: 0,
    json: {
      ok: true,
      institution: { name: 'Institution', idTag: town.net.hospital.tag },
      start: { size: 0 },
      counts: { exported: 1, refused: 1 },
    },
  })
  expect(String(checked.json['notProven'])).toContain('blocks belong to the chain you mean')
  const network = join(town.home, 'network.json')
  const compared = await verify(file, '--network', network)
  expect(String(compared.json['proven'])).toContain('blocks belong to the chain, as told by')
  const { out } = await medrec('verify', file)
  expect(out).toMatch(/are all that it committed to since its log began and by anchor/)
  // What was read is told, what it says is not, nor is whose relationship it was.
  const text = readFileSync(file, 'utf8')
  expect(text).not.toContain('6.10')
  expect(text).not.toContain(relationship)
})

test('a changed file is refused in words, and wrong wishes are', async () => {
  const broken = join(town.home, 'broken.jsonl')
  const lines = readFileSync(file, 'utf8').split('\n')
  writeFileSync(broken, lines.filter((_, i) => i !== 2).join('\n'))
  const ran = await verify(broken)
  expect(ran).toMatchObject({ code: 1, json: { ok: false, code: 'PROOF_BROKEN' } })
  expect(ran.err).toContain('Reason: LOG_ENTRY_MISSING. An entry was left out.')
  expect(ran.err).toContain('At entry 1 of the log.')
  const other = join(town.home, 'other.json')
  const facts = JSON.parse(readFileSync(join(town.home, 'network.json'), 'utf8')) as object
  writeFileSync(other, JSON.stringify({ ...facts, ledger: `0x${'12'.repeat(20)}` }))
  expect((await verify(file, '--network', other)).err).toContain('OTHER_NETWORK')
  // Who knows the blocks does not know by them which contracts are meant: anybody may put others on the same chain.
  const { blocks } = (await verify(file)).json as { blocks: readonly { hash: string }[] }
  const known = ['--block', ...blocks.map(({ hash }) => hash)]
  expect((await verify(file, '--network', other, ...known)).err).toContain('OTHER_NETWORK')
  const told = await verify(file, ...known)
  expect(String(told.json['proven'])).toContain('as told by you')
  expect(String(told.json['notProven'])).toContain('these contracts are those of the network')
  const both = await verify(file, '--network', join(town.home, 'network.json'), ...known)
  expect(String(both.json['notProven'])).not.toContain('these contracts')
  expect(await verify(file, '--rows', broken)).toMatchObject({ code: 2 })
  const again = await desk.it('institution', 'access-log', '--out', file)
  expect(again).toMatchObject({ code: 2, json: { code: 'USAGE' } })
  expect(await desk.it('institution', 'access-log')).toMatchObject({ code: 2 })
  const early = ['--to', '2001-01-01', '--out', join(town.home, 'early.jsonl')]
  expect(await desk.it('institution', 'access-log', ...early)).toMatchObject({
    json: { entries: 0 },
  })
  expect((await desk.desk('access-log', '--out', join(town.home, 'x'))).err).toContain('ROLE_WRONG')
})
