import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { signatureLine } from '@medrec/library'
import { Keys, ledgerDomain, nextContent, signStatement, toHex, utf8 } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Gate, openGate } from '../../../gatekeeper/src/gate.test-support.ts'
import {
  medrec,
  passphrase,
  type Ran,
  sharedLabs,
  startTown,
  type Town,
} from '../participant/town.test-support.ts'

type Line = Record<string, unknown>
type Institution = Line & { readonly idTag: string; readonly gaps: readonly Line[] }

let town: Town
let other: Gate
let files: readonly [string, string]
let accesses: readonly string[]
let tags: { readonly ada: string; readonly bo: string }

const by = { id: 'ava', name: 'Ava', role: 'auditor' }
const merge = (...args: readonly string[]): Promise<Ran> =>
  medrec('--json', 'audit', 'merge', ...args)
const institutionIn = (ran: Ran, idTag: string): Institution | undefined =>
  (ran.json['institutions'] as readonly Institution[]).find((one) => one.idTag === idTag)

async function saved(gate: Gate, name: string, from = 0): Promise<{ file: string; to: number }> {
  const file = join(town.home, name)
  const { lines, period } = await gate.gatekeeper.provableLog({
    ...{ from, to: Number.MAX_SAFE_INTEGER, by },
  })
  let text = ''
  for await (const line of lines) text += line
  writeFileSync(file, text)
  return { file, to: period.to }
}

/** Makes a patient of the town the second institution's, too, who reads her record there. */
async function enrolToo(subject: { tag: `0x${string}` }): Promise<string> {
  const enrolled = await other.gatekeeper.enrol({
    ...{ localPatient: 'P1', subjectTag: subject.tag, shownAtDesk: true },
  })
  await enrolled.until('mined')
  await other.idle()
  const { relationship } = enrolled
  const accepted = await town.as('ada', 'relationship', 'accept', relationship)
  expect(accepted, accepted.err).toMatchObject({ code: 0 })
  const ran = await town.as('ada', 'query', relationship, 'labs')
  expect(ran, ran.err).toMatchObject({ code: 0 })
  return relationship
}

beforeAll(async () => {
  town = await startTown()
  vi.stubEnv('MEDREC_PASSPHRASE', passphrase)
  other = await openGate(town.net, {}, town.net.clinic)
  const { ada, bo, relationship } = await sharedLabs(town)
  tags = { ada: ada.tag, bo: bo.tag }
  await town.as('ada', 'query', relationship, 'labs', 'none')
  await enrolToo(ada)
  await town.net.certify(bo, 4, true)
  const opened: string[] = []
  for (const { tag } of [town.net.hospital, town.net.clinic]) {
    const why = ['--name', 'Dr Bo', '--reason', 'Unconscious after a fall.']
    const ran = await town.as('bo', 'emergency', 'open', ada.tag, '--at', tag, ...why)
    expect(ran, ran.err).toMatchObject({ code: 0 })
    opened.push(String(ran.json['emergency']))
  }
  accesses = opened
  files = [(await saved(town.gate, 'one.jsonl')).file, (await saved(other, 'two.jsonl')).file]
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await other.close()
  await town.close()
})

test('two institutions stand side by side, checked, with what happened at each', async () => {
  const ran = await merge(...files, '--network', join(town.home, 'network.json'))
  expect(ran, ran.err).toMatchObject({ code: 0, json: { ok: true, isCompared: true } })
  expect(institutionIn(ran, town.net.hospital.tag)).toMatchObject({
    isContradicted: false,
    gaps: [],
    counts: {
      ...{ reads: 2, refusals: 1, emergencies: 1, exports: 1 },
      byPurpose: { 'second opinion': 1, treatment: 1 },
      byReason: { 'field-unknown': 1 },
    },
  })
  expect(institutionIn(ran, town.net.clinic.tag)).toMatchObject({
    counts: { reads: 1, refusals: 0, emergencies: 1, byPurpose: { treatment: 1 } },
  })
  const { out } = await medrec('audit', 'merge', ...files)
  expect(out).toContain('NOT PROVEN: that the blocks')
  expect(out).toMatch(/2 reads, .* 1 refusals, 1 emergencies opened/)
})

test('one viewer, and one emergency, are followed over all institutions', async () => {
  const hers = await merge(...files, '--viewer', tags.ada)
  const entries = hers.json['entries'] as readonly { name: string; institution: string }[]
  expect(new Set(entries.map(({ institution }) => institution)).size).toBe(2)
  const [first = ''] = accesses
  const found = await merge(...files, '--emergency', first)
  const opened = found.json['entries'] as readonly { content: Line }[]
  expect(opened.map(({ content }) => content['emergency']).toSorted()).toEqual(accesses.toSorted())
  expect((await medrec('audit', 'merge', ...files, '--emergency', first)).out).toContain(
    'emergency',
  )
})

test('the entries leave as CSV, JSON and a FHIR bundle', async () => {
  const at = (name: string): string => join(town.home, name)
  for (const form of ['csv', 'json', 'fhir'])
    expect(await merge(...files, '--out', at(form), '--form', form)).toMatchObject({ code: 0 })
  const [head = '', ...rows] = readFileSync(at('csv'), 'utf8').trim().split('\r\n')
  expect(head).toContain('Date (UTC),Institution,Institution id,Log entry,What,Who')
  const lines = readFileSync(at('json'), 'utf8').trim().split('\n')
  expect(rows.length).toBe(lines.length)
  const bundle = JSON.parse(readFileSync(at('fhir'), 'utf8')) as {
    entry: readonly { resource: Line }[]
  }
  expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'collection' })
  expect(bundle.entry.length).toBe(rows.length)
  expect(new Set(bundle.entry.map(({ resource }) => resource['id'])).size).toBe(rows.length)
  expect(bundle.entry.every(({ resource }) => resource['resourceType'] === 'AuditEvent')).toBe(true)
  expect(await merge(...files, '--out', at('csv'))).toMatchObject({ code: 2 })
})

test('a file that proves nothing is named and left out; what no file covers is told', async () => {
  const [one, two] = files
  const broken = join(town.home, 'broken.jsonl')
  writeFileSync(broken, readFileSync(two, 'utf8').replace('kind\\":\\"read', 'kind\\":\\"list'))
  const ran = await merge(one, broken)
  expect(ran).toMatchObject({ code: 1, json: { code: 'AUDIT_INCOMPLETE' } })
  const [told = ''] = ran.out.split('\n')
  expect(JSON.parse(told)).toMatchObject({
    ok: false,
    files: [{ ok: true }, { ok: false, code: 'LOG_ENTRY_CHANGED' }],
    institutions: [{ idTag: town.net.hospital.tag }],
  })
  const second = await saved(town.gate, 'second.jsonl')
  // Blocks have whole seconds: the third anchor stands some after the second, so that a period lies there.
  await town.net.rpc.request('evm_increaseTime', ['0xa'])
  const third = await saved(town.gate, 'third.jsonl', second.to + 1)
  const gap = await merge(one, third.file)
  expect(institutionIn(gap, town.net.hospital.tag)?.gaps).toMatchObject([{ entries: 1 }])
  const whole = await merge(one, second.file, third.file)
  expect(institutionIn(whole, town.net.hospital.tag)?.gaps).toEqual([])
})

test('a file that rests on blocks of its own making is left out, once they are compared', async () => {
  const [one, two] = files
  const network = join(town.home, 'network.json')
  const [line = '', ...rest] = readFileSync(two, 'utf8').split('\n')
  const head = JSON.parse(line) as { profile: { header: string } }
  const { header } = head.profile
  // The profile's block with another state: its receipts still lead to its header, and no chain knows it.
  const at = 2 + 2 * (3 + 33 + 33 + 21 + 1)
  const other = header[at] === '0' ? '1' : '0'
  head.profile.header = header.slice(0, at) + other + header.slice(at + 1)
  const unsigned = [JSON.stringify(head), ...rest.slice(0, -2)].map((text) => `${text}\n`)
  const content = unsigned.reduce<Uint8Array>(
    (before, text) => nextContent(before, utf8(text)),
    new Uint8Array(32),
  )
  const { clinic } = town.net
  const value = { institution: clinic.idTag, content }
  const domain = ledgerDomain(town.net.network)
  const signature = signStatement(Keys.anchorKey(clinic.keys), domain, 'AccessLog', value)
  const forged = join(town.home, 'forged.jsonl')
  writeFileSync(forged, unsigned.join('') + signatureLine(toHex(signature)))
  expect(await merge(forged)).toMatchObject({ code: 0, json: { isCompared: false } })
  const [told = ''] = (await merge(one, forged, '--network', network)).out.split('\n')
  expect(JSON.parse(told)).toMatchObject({
    ok: false,
    files: [{ ok: true }, { ok: false, code: 'BLOCK_FOREIGN' }],
    institutions: [{ idTag: town.net.hospital.tag }],
  })
})

test('an institution whose logs tell two stories is named', async () => {
  await other.whileClosed((nodeFile) => rmSync(nodeFile))
  const again = await saved(other, 'again.jsonl')
  const ran = await merge(files[1], again.file)
  expect(ran, ran.err).toMatchObject({ json: { ok: false } })
  expect(institutionIn(ran, town.net.clinic.tag)).toMatchObject({ isContradicted: true })
})

test.each([
  ['--form', 'xml'],
  ['--viewer', 'bo'],
  ['--emergency', '0x12'],
  ['--block', `0x${'11'.repeat(32)}`],
])('a wrong wish is refused: %s %s', async (...wrong) => {
  expect(await merge(...files, ...wrong)).toMatchObject({ code: 2 })
})
