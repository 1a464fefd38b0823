import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { connectRpc, type Rpc } from '@medrec/client'
import { Query } from '@medrec/library'
import { urlOf } from '@medrec/node/demo'
import { until } from '@medrec/node/people'
import type { Hex } from '@medrec/protocol'
import { type Institution, institutions } from '@medrec/samples'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../packages/cli/src/story/Actor.ts'
import {
  type Demo,
  found,
  readLabs,
  relationshipsOf,
  secondOpinion,
  shareFields,
  startDemo,
} from './demo.test-support.ts'

/** Stands in one record, as the finding in words of a laboratory result. */
const canary = 'CANARY-Zyx9-hemolytic-41077'
const entered = { date: '2026-01-02T08:00:00Z', name: 'Blood smear', text: canary }

let demo: Demo
let patient: Actor
let viewer: Actor
/** Another patient, who reads everything of her own */
let other: Actor
let institution: Institution
let relationship: Hex
let pointer: Hex
let grant: Hex
/** Every answer to something that failed */
const errors: string[] = []

beforeAll(async () => {
  demo = await startDemo()
  patient = await demo.open('elena.morales')
  viewer = await demo.open('ingrid.solberg')
  other = await demo.open('walter.brooks')
  const [first] = relationshipsOf(patient)
  institution = found(first)[0]
  relationship = found(first)[1].id
  await enterCanary()
  pointer = (await readLabs(patient, relationship)).pointer
  const fields = ['date', 'name', 'text']
  grant = await shareFields(patient, viewer, { ticked: { relationship, pointer, fields } })
})
afterAll(() => demo.stop())

/** The clinician enters the record with the canary, after having made mistakes with it. */
async function enterCanary(): Promise<void> {
  const { value } = demo.person('elena.morales').identification
  const clinician = await demo.clinicianAt(institution)
  const { people } = await clinician.get<{ people: readonly { id: string }[] }>(
    `people?search=${encodeURIComponent(value)}`,
  )
  const path = `patients/${found(people[0]).id}`
  await makeMistakes(path)
  const state = (): number =>
    found(patient.participant.summary().relationships.find(({ id }) => id === relationship)).updates
  const before = state()
  await clinician.post(`${path}/records`, { resource: 'labs', values: entered })
  await until(patient.participant, () => state() > before)
}

/** Keeps what the institution's node answers, word for word, to forms with the canary in a wrong place. */
async function makeMistakes(path: string): Promise<void> {
  const { url, login: name, password } = demo.staffAt(institution)
  const send = (to: string, body: object, cookie = ''): Promise<Response> =>
    fetch(`${url}/api/${to}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-medrec': '1', cookie },
      body: JSON.stringify(body),
    })
  const signedIn = await send('login', { name, password })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const labs = (values: object): object => ({ resource: 'labs', values })
  const wrong: readonly (readonly [string, object])[] = [
    [`${path}/records`, labs({ ...entered, value: canary })],
    [`${path}/records`, labs({ ...entered, date: canary })],
    [`${path}/records`, { resource: canary, values: entered }],
    [`patients/${canary}/records`, labs(entered)],
    [`${path}/corrections`, { ...labs({ text: canary }), key: { id: canary }, reason: canary }],
    ['login', { name: canary, password: canary }],
  ]
  for (const [to, body] of wrong) {
    const response = await send(to, body, cookie)
    expect(response.status).toBeGreaterThanOrEqual(400)
    errors.push(await response.text())
  }
}

describe('a value of one record', () => {
  test('reaches the viewer whom it was shared with', async () => {
    const read = await Query.read(viewer.participant, { grant, pointer, purpose: secondOpinion })
    if (!read.ok) throw new Error(read.code)
    expect(Query.rowsOf(read.result)).toContainEqual(entered)
  })
  test('is in no refusal', async () => {
    const ask = (elements: readonly string[]): ReturnType<typeof Query.read> =>
      Query.read(viewer.participant, { grant, pointer, elements, purpose: secondOpinion })
    const beyond = await ask(['date', 'name', 'text', 'status'])
    const payment = await Query.read(viewer.participant, { grant, pointer, purpose: 4 })
    const foreign = await Query.read(other.participant, { relationship, pointer, purpose: 0 })
    expect([beyond, payment, foreign].map(({ ok }) => ok)).toEqual([false, false, false])
    errors.push(JSON.stringify([beyond, payment, foreign]))
    expect(errors).toHaveLength(7)
    expect(errors.filter((text) => text.includes(canary))).toEqual([])
  })
  test('is nowhere on the chain', async () => {
    const rpc = connectRpc(urlOf(demo.home, 'chain'))
    try {
      const { blocks, bytes } = await everythingOnChain(rpc)
      const { sharedWithMe } = viewer.participant.summary()
      const share = found(sharedWithMe.find((one) => one.grant === grant))
      expect(blocks).toBeGreaterThan(share.block.number)
      // The network's name stands there in plain text (contract code and profiles), so the search finds what is there.
      expect(bytes.some((one) => one.includes('Riverside Hospital'))).toBe(true)
      expect(bytes.filter((one) => one.includes(canary))).toEqual([])
      expect(
        bytes.filter((one) => one.includes(Buffer.from(canary).toString('base64url'))),
      ).toEqual([])
    } finally {
      await rpc.close()
    }
  })
  test('is in no file but those of the institution, the patient and the viewer', async () => {
    for (const [, own] of relationshipsOf(other)) await readLabs(other, own.id)
    const files = filesWith(demo.folder, canary)
    const known = [
      `institutions/${institution}.db`,
      `nodes/${institution}/node.db`,
      'devices/elena.morales.sqlite',
      'devices/ingrid.solberg.sqlite',
    ]
    const bare = new Set(files.map((file) => file.replace(/-(wal|shm|journal)$/, '')))
    expect([...bare].filter((file) => !known.includes(file))).toEqual([])
    expect([...bare]).toEqual(expect.arrayContaining([known[0], known[2], known[3]]))
    const all = filesWith(demo.folder, '')
    for (const file of ['devices/walter.brooks.sqlite', 'nodes/chain/journal.db'])
      expect(all).toContain(file)
    for (const key of institutions) expect(all).toContain(`nodes/${key}/node.log`)
    expect(all.filter((file) => file.endsWith('.log')).length).toBeGreaterThan(6)
  })
  test('is in nothing that the processes print', () => {
    expect(demo.printed()).toContain('"ready":true')
    expect(demo.printed()).not.toContain(canary)
  })
})

/** Calldata of every transaction and data of every log, as bytes. */
async function everythingOnChain(rpc: Rpc): Promise<{ blocks: number; bytes: readonly Buffer[] }> {
  const head = Number(await rpc.request<Hex>('eth_blockNumber', []))
  const hex: string[] = []
  for (let number = 0; number <= head; number++) {
    const block = `0x${number.toString(16)}`
    const { transactions } = await rpc.request<{ transactions: readonly { input: Hex }[] }>(
      'eth_getBlockByNumber',
      [block, true],
    )
    const logs = await rpc.request<readonly { data: Hex; topics: readonly Hex[] }[]>(
      'eth_getLogs',
      [{ fromBlock: block, toBlock: block }],
    )
    hex.push(...transactions.map(({ input }) => input))
    hex.push(...logs.flatMap(({ data, topics }) => [data, ...topics]))
  }
  return { blocks: head + 1, bytes: hex.map((one) => Buffer.from(one.slice(2), 'hex')) }
}

/** Files below a folder that hold a text, by their path from there. */
function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => contentOf(file)?.includes(text) ?? false)
    .map((file) => relative(folder, file))
}

/** Undefined of a file that went meanwhile: databases make and remove journals as they work. */
function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined
    throw error
  }
}
