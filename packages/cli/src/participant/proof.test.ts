import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deviceKeys, Proof, Query, verifyProof } from '@medrec/library'
import { fromBase64Url, type Hex, newP256Key, RetryableError, toBase64Url } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { until } from '../../../library/src/network.test-support.ts'
import type { Someone } from '../../../library/src/someone.test-support.ts'
import { confirmedBlocks } from './confirmedBlocks.ts'
import { medrec, passphrase, type Ran, startTown, type Town } from './town.test-support.ts'

type Json = Record<string, unknown>

let town: Town
let ada: Someone
let relationship: string
let proof: string
let log: string
let refusal: string

beforeAll(async () => {
  town = await startTown()
  vi.stubEnv('MEDREC_PASSPHRASE', passphrase)
  ada = await town.person('ada')
  await town.person('bo')
  relationship = await town.enrol(ada)
  await as('ada', 'relationship', 'accept', relationship)
  await town.acquaint('ada', 'bo')
  const names = ['answer', 'log', 'refusal'].map((name) => join(town.home, `${name}.proof`))
  ;[proof = '', log = '', refusal = ''] = names
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await town.close()
})

const as: Town['as'] = (...args) => town.as(...args)
const verify = (...args: readonly string[]): Promise<Ran> => medrec('--json', 'verify', ...args)

test('a viewer saves the proof of an answer, and anybody verifies it without a connection', async () => {
  const purpose = ['--purpose', 'second-opinion', '--until', '30d']
  const share = await as('ada', 'share', 'create', 'bo', 'labs:value', ...purpose)
  const grant = String(share.json['grant'])
  await town.gate.idle()
  expect(await as('bo', 'query', grant, 'labs', '--save', proof)).toMatchObject({ code: 0 })
  expect(statSync(proof).mode & 0o777).toBe(0o600)
  const again = await as('bo', 'query', grant, 'labs', '--save', proof)
  expect(again).toMatchObject({ code: 2, json: { code: 'USAGE' } })
  const checked = await verify(proof)
  expect(checked).toMatchObject({
    code: 0,
    json: {
      ok: true,
      institution: { name: 'Institution' },
      content: {
        kind: 'answer',
        resource: 'labs',
        proven: { columns: [{ name: 'value', values: ['6.10', null] }] },
      },
    },
  })
  const { out } = await medrec('verify', proof)
  expect(out).toContain('6.10')
  expect(out).toMatch(/Proven:.*exactly the values of labs, version 1/s)
  expect(out).toMatch(/Not proven:.*That these blocks belong to the chain/s)
})

test("a proof of what a device's own P-256 key asked for is as good", async () => {
  const patient = await town.net.open(ada, { deviceKey: deviceKeys() })
  await until(patient, () => patient.summary().relationships.length > 0)
  const index = await Query.index(patient, { relationship: relationship as Hex })
  const pointer = index.ok ? (index.index.pointers[0]?.pointer ?? '0x') : '0x'
  const source = { relationship: relationship as Hex }
  const read = await Query.read(patient, { ...source, pointer, purpose: 0 })
  if (!read.ok) throw new Error(read.code)
  const file = await Proof.of(patient, { source, exchange: read.exchange, rpc: town.net.rpc })
  const text = JSON.stringify(file)
  expect(verifyProof(JSON.parse(text))).toMatchObject({ ok: true, content: { kind: 'answer' } })
  const other = toBase64Url((await newP256Key()).publicKey)
  const body = Buffer.from(fromBase64Url(file.request.body)).toString()
  const p256 = (JSON.parse(body) as { statement: { p256: string } }).statement.p256
  const renamed = toBase64Url(Buffer.from(body.replace(p256, other)))
  const forged = { ...file, request: { ...file.request, body: renamed } }
  expect(verifyProof(forged)).toEqual({ ok: false, code: 'REQUEST_FORGED' })
})

test('its blocks are compared with a door, or with hashes that the reader knows', async () => {
  const network = join(town.home, 'network.json')
  const { json } = await verify(proof, '--network', network)
  expect((json['notProven'] as readonly string[]).join()).not.toContain('blocks belong')
  const hashes = (json['blocks'] as readonly { hash: string }[]).map(({ hash }) => hash)
  const known = await verify(proof, '--block', ...hashes)
  expect((known.json['proven'] as readonly string[]).join()).toContain('as told by you')
  const [one = ''] = hashes
  const some = await verify(proof, '--block', one)
  expect((some.json['notProven'] as readonly string[]).join()).toContain('blocks belong')
  const other = join(town.home, 'other.json')
  const facts = JSON.parse(readFileSync(network, 'utf8')) as Json
  writeFileSync(other, JSON.stringify({ ...facts, ledger: `0x${'12'.repeat(20)}` }))
  const foreign = await verify(proof, '--network', other)
  expect(foreign).toMatchObject({ code: 1, json: { code: 'PROOF_BROKEN' } })
  expect(foreign.err).toContain('OTHER_NETWORK')
})

test('a patient saves an excerpt of her log, and a refusal that the institution signed', async () => {
  // A new version commits to the log as it stands.
  const values = { date: '2024-07-02', code: '4548-4', value: '6.0' }
  const by = { id: 's1', name: 'Dr Ek', role: 'physician' }
  await town.gate.gatekeeper.add({ localPatient: 'P1', resource: 'labs', values, by })
  await town.gate.idle()
  const saved = await as('ada', 'query', 'log', relationship, '--from', '1', '--save', log)
  expect(saved, saved.err).toMatchObject({ code: 0 })
  const checked = await verify(log)
  expect(checked.json).toMatchObject({ ok: true, content: { kind: 'log', from: 1 } })
  const { entries, committed } = checked.json['content'] as { entries: string[]; committed: number }
  expect(committed).toBeGreaterThan(0)
  expect(entries[0]).toMatch(/"kind":"(read|index|log)"/)
  const refused = await as('ada', 'query', relationship, 'labs', 'nothing', '--save', refusal)
  expect(refused).toMatchObject({ code: 1, json: { code: 'REFUSED' } })
  const shown = await verify(refusal)
  expect(shown.json).toMatchObject({
    ok: true,
    content: { kind: 'refusal', status: 403, code: 'field-unknown' },
  })
})

/** Changes one member of a proof, given by its path. */
function tampered(file: string, path: readonly string[], change: (value: never) => unknown): Json {
  const json = JSON.parse(readFileSync(file, 'utf8')) as Json
  const holder = path.slice(0, -1).reduce<Json>((at, name) => at[name] as Json, json)
  const last = path.at(-1) as string
  holder[last] = change(holder[last] as never)
  return json
}

/** Changes one hex digit or letter in the middle of a text. */
function flipped(text: string): string {
  const at = Math.floor(text.length / 2)
  return `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`
}

const withBody =
  (edit: (body: string) => string) =>
  (text: string): string =>
    toBase64Url(Buffer.from(edit(Buffer.from(fromBase64Url(text)).toString())))

test.each<[reason: string, file: () => string, path: string[], change: (value: never) => unknown]>([
  ['PROOF_MALFORMED', () => proof, ['medrec'], () => 'proof-2'],
  ['PROOF_MALFORMED', () => proof, ['replyKey'], () => '0x12'],
  ['PROOF_MALFORMED', () => proof, ['anchor'], () => 7],
  ['REQUEST_FORGED', () => proof, ['authority'], () => 'other.example'],
  ['REQUEST_FORGED', () => proof, ['request', 'body'], withBody((b) => b.replace('":1', '":0'))],
  ['REQUEST_FORGED', () => proof, ['request', 'headers', 'signature'], flipped],
  ['STATEMENT_FORGED', () => proof, ['network', 'ledger'], flipped],
  ['REGISTRATION_MISSING', () => proof, ['network', 'registrar'], flipped],
  ['RECEIPT_INVALID', () => proof, ['response', 'status'], () => 403],
  ['RECEIPT_INVALID', () => proof, ['response', 'body'], flipped],
  ['RECEIPT_INVALID', () => refusal, ['response', 'body'], withBody((b) => b.replace('no', 'a'))],
  ['RECEIPT_INVALID', () => proof, ['response', 'headers', 'signature-input'], flipped],
  ['ANSWER_MALFORMED', () => proof, ['replyKey'], flipped],
  ['ANCHOR_MISSING', () => proof, ['anchor', 'header'], flipped],
  ['BLOCK_BROKEN', () => proof, ['anchor', 'header'], (header: string) => header.slice(0, -2)],
  ['BLOCK_BROKEN', () => proof, ['anchor', 'receipts'], ([, ...rest]: string[]) => rest],
  ['BLOCK_BROKEN', () => proof, ['anchor', 'receipts', '0'], flipped],
  ['BLOCK_BROKEN', () => proof, ['profile', 'receipts', '0'], flipped],
  ['PROFILE_MISSING', () => proof, ['institution'], flipped],
  ['ANCHOR_MISSING', () => proof, ['anchor'], () => undefined],
  ['LOG_HIDDEN', () => log, ['blinding'], flipped],
  ['ROOT_UNKNOWN', () => log, ['index'], flipped],
])('%s: a tampered file is refused (%#)', async (reason, file, path, change) => {
  const broken = join(town.home, 'broken.proof')
  writeFileSync(broken, JSON.stringify(tampered(file(), path, change)))
  const ran = await verify(broken)
  expect(ran).toMatchObject({ code: 1, json: { ok: false, code: 'PROOF_BROKEN' } })
  expect(ran.err).toContain(`Reason: ${reason}.`)
})

test('blocks of one part stand for no other', async () => {
  const json = JSON.parse(readFileSync(proof, 'utf8')) as Json
  const broken = join(town.home, 'swapped.proof')
  const swapped = [
    ['ANCHOR_MISSING', { ...json, anchor: json['registration'] }],
    ['PROFILE_MISSING', { ...json, profile: json['anchor'] }],
    ['REGISTRATION_MISSING', { ...json, registration: json['anchor'] }],
  ] as const
  for (const [reason, changed] of swapped) {
    writeFileSync(broken, JSON.stringify(changed))
    expect((await verify(broken)).err).toContain(`Reason: ${reason}.`)
  }
  // A header of one's own making holds together; no door knows it.
  writeFileSync(broken, JSON.stringify(tampered(proof, ['profile', 'header'], flipped)))
  expect((await verify(broken)).json['notProven']).toContainEqual(
    expect.stringContaining('That these blocks belong to the chain'),
  )
  const compared = await verify(broken, '--network', join(town.home, 'network.json'))
  expect(compared.err).toContain('Reason: BLOCK_FOREIGN.')
  writeFileSync(broken, 'not JSON')
  expect((await verify(broken)).err).toContain('Reason: PROOF_MALFORMED.')
})

test('a door that does not have a block of the file yet is told of as behind: asking again can help', async () => {
  const network = join(town.home, 'network.json')
  const later = { number: 9_999_999, hash: `0x${'11'.repeat(32)}`, time: 4_000_000_000 } as const
  const asked = confirmedBlocks({ network: town.net.network, blocks: [later] }, { network })
  await expect(asked).rejects.toMatchObject({ code: 'DOOR_BEHIND' })
  await expect(asked).rejects.toBeInstanceOf(RetryableError)
})
