import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Chain, followChain } from '@medrec/client'
import {
  Invitation,
  openParticipant,
  type Participant,
  Query,
  Registration,
  Relationship,
} from '@medrec/library'
import { type StaffClient, signIn, until } from '@medrec/node/people'
import { fromHex, type Hex, Keys, parseNetwork } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { foreignTables } from '../packages/gatekeeper/src/setup/foreign.test-support.ts'
import { blocks, type Ended, openTerminals, type Terminals } from './operations.test-support.ts'
import { freePorts } from './ports.ts'

const closing: (() => Promise<void>)[] = []
let terminals: Terminals
let folder: string
let nodePort: number
let clinician: StaffClient
let chain: Chain
let patient: Participant

const run = (text: string): Promise<Ended> => terminals.run(text)

beforeAll(async () => {
  terminals = await openTerminals()
  folder = terminals.folder
  nodePort = terminals.ports.node
})

afterAll(async () => {
  for (const close of closing.toReversed()) await close()
  await terminals.close()
})

test('the page sets up one institution, word for word', async () => {
  expect(blocks.map(({ kind }) => kind)).toContain('start')
  for (const { kind, text } of blocks)
    if (kind === 'start') await terminals.start(text)
    else expect(await run(text)).toMatchObject({ code: 0 })
  for (const file of ['keystore.json', 'passphrase'])
    for (const node of ['mercy', 'registrar'])
      expect(statSync(join(folder, node, file)).mode & 0o077).toBe(0)
})

test('an invited patient registers, accepts what was proposed and added, and reads it proven', async () => {
  const url = `http://localhost:${nodePort}`
  const password = readFileSync(join(folder, 'mercy/first.password'), 'utf8').trim()
  clinician = await signIn(url, 'c.adams', password)
  const { people } = await clinician.get<{ people: readonly { id: string; name: string }[] }>(
    'people?search=512-44-7391',
  )
  expect(people).toMatchObject([{ id: 'P-1', name: 'Ada Novak' }])
  const { code } = await clinician.post<{ code: string }>('invitations', { localPatient: 'P-1' })
  patient = await openPatient()
  const idTag = await register(patient, { url, code, inviter: 'Mercy Hospital' })
  const { relationship } = await clinician.post<{ relationship: Hex }>(
    'patients/P-1/relationship',
    { idTag },
  )
  const values = { date: '2024-06-01T08:00:00Z', name: 'Ferritin', value: '8.4', unit: 'ng/mL' }
  await clinician.post('patients/P-1/records', { resource: 'labs', values })
  const status = (): string | undefined =>
    Relationship.list(patient).find(({ id }) => id === relationship)?.status
  await until(patient, () => status() === 'proposed')
  await (await Relationship.accept(patient, relationship)).until('mined')
  expect(status()).toBe('accepted')
  const index = await Query.index(patient, { relationship })
  if (!index.ok) throw new Error(index.code)
  const pointer = index.index.pointers[0]?.pointer as Hex
  const read = await Query.read(patient, { relationship, pointer, purpose: 0 })
  if (!read.ok) throw new Error(read.code)
  expect(['anchored', 'pending']).toContain(read.result.commitment.is)
  const rows = Query.rowsOf(read.result).toSorted((a, b) =>
    String(a['date']) < String(b['date']) ? -1 : 1,
  )
  expect(rows).toMatchObject([
    { id: 'R-1', name: 'Hemoglobin', value: '13.2', status: 'final' },
    { ...values, status: 'final' },
  ])
})

test('founding again changes nothing and shows no words', async () => {
  const before = readFileSync(join(folder, 'network.json'), 'utf8')
  const found = blocks.find(({ text }) => text.includes('network found'))?.text as string
  const again = await run(found)
  expect(again).toMatchObject({ code: 0 })
  expect(again.out).not.toContain('Write these words')
  expect(readFileSync(join(folder, 'network.json'), 'utf8')).toBe(before)
  const other = await run(found.replace("Mercy's network", 'Another network'))
  expect(other).toMatchObject({ code: 1 })
  expect(other.err).toContain('FOUNDING_DIFFERS')
  expect(readFileSync(join(folder, 'network.json'), 'utf8')).toBe(before)
})

test('another institution asks to join and is admitted once; a changed request is refused', async () => {
  const request = 'medrec --json network request --network network.json --dir stanne --name'
  const asked = await run(`${request} "St. Anne's Clinic"`)
  expect(asked).toMatchObject({ code: 0 })
  const { idTag } = JSON.parse(asked.out) as { idTag: Hex }
  const admit = (file: string, consent = '--yes'): Promise<Ended> =>
    run(`medrec --json network admit ${file} --config mercy/node.toml ${consent}`)
  const file = join(folder, 'stanne/request.json')
  writeFileSync(
    join(folder, 'changed.json'),
    readFileSync(file, 'utf8').replace("St. Anne's Clinic", 'Mercy Hospital'),
  )
  const changed = await admit('changed.json')
  expect([changed.code, JSON.parse(changed.out)]).toMatchObject([1, { code: 'JOIN_REQUEST_WRONG' }])
  const silent = await admit('stanne/request.json', '')
  expect([silent.code, JSON.parse(silent.out)]).toMatchObject([2, { code: 'USAGE' }])
  expect(chain.view().hasRole(idTag, 'institution')).toBe(false)
  const admitted = await admit('stanne/request.json')
  expect(JSON.parse(admitted.out)).toMatchObject({ ok: true, outcome: 'admitted', missing: 0 })
  await until(patient, () => chain.view().hasRole(idTag, 'institution'))
  const again = await admit('stanne/request.json')
  expect(JSON.parse(again.out)).toMatchObject({ outcome: 'admitted' })
})

test('an institution whose database was connected by the setup serves a verified read of it', async () => {
  const [port = 0] = await freePorts(1)
  writeFileSync(join(folder, 'his.sql'), foreignTables)
  expect(await run('sqlite3 his.db < his.sql')).toMatchObject({ code: 0 })
  const setUp = await run(
    `medrec --json provider setup --dir stanne --database his.db --name "St. Anne's Clinic" --yes \\
  --port ${port} --door "ws://127.0.0.1:$CHAIN_PORT" --registrar "http://localhost:$REGISTRAR_PORT"`,
  )
  expect(setUp).toMatchObject({ code: 0 })
  const { next } = JSON.parse(setUp.out) as { next: readonly string[] }
  expect(next.map((command) => command.split(' ').slice(0, 3).join(' '))).toEqual([
    ...['medrec staff add', 'medrec node --config'],
  ])
  const person = (next[0] as string).replace('LOGIN', 'i.roth').replace('NAME', 'Dr. Ines Roth')
  const add = `head -c 18 /dev/urandom | base64 > stanne/first\n${person} --password-file stanne/first`
  expect(await run(add)).toMatchObject({ code: 0 })
  await terminals.start(next[1] as string)
  const password = readFileSync(join(folder, 'stanne/first'), 'utf8').trim()
  const url = `http://localhost:${port}`
  const misled = await run(
    `medrec --json provider setup --dir other --database his.db --name Other --yes \\
  --door "ws://127.0.0.1:$CHAIN_PORT" --registrar ${url}`,
  )
  expect(misled.code).toBe(2)
  expect(JSON.parse(misled.out)).toMatchObject({
    message: expect.stringContaining('its role is provider'),
  })
  const roth = await signIn(url, 'i.roth', password)
  const { people } = await roth.get<{ people: readonly { id: string }[] }>('people?search=dahl')
  expect(people).toMatchObject([{ id: '102' }])
  const { code } = await roth.post<{ code: string }>('invitations', { localPatient: '102' })
  const bo = await openPatient()
  const tag = await register(bo, { url, code, inviter: "St. Anne's Clinic" })
  const { relationship } = await roth.post<{ relationship: Hex }>('patients/102/relationship', {
    idTag: tag,
  })
  const status = (): string | undefined =>
    Relationship.list(bo).find(({ id }) => id === relationship)?.status
  await until(bo, () => status() === 'proposed')
  await (await Relationship.accept(bo, relationship)).until('mined')
  const index = await Query.index(bo, { relationship })
  if (!index.ok) throw new Error(index.code)
  const results = index.index.pointers.find(({ category }) => category === 5)
  const pointer = results?.pointer as Hex
  const read = await Query.read(bo, { relationship, pointer, purpose: 0 })
  if (!read.ok) throw new Error(read.code)
  expect(['anchored', 'pending']).toContain(read.result.commitment.is)
  expect(Query.rowsOf(read.result)).toMatchObject([
    { taken_on: '2024-03-06', test: 'Sodium', value: '140', unit: 'mmol/L' },
  ])
})

test('a log-in that was removed is signed out at once', async () => {
  const removed = await run('medrec staff remove --config mercy/node.toml --login c.adams')
  expect(removed).toMatchObject({ code: 0 })
  await expect(clinician.get('people')).rejects.toMatchObject({ status: 401 })
})

async function openPatient(): Promise<Participant> {
  const network = parseNetwork(JSON.parse(readFileSync(join(folder, 'network.json'), 'utf8')))
  expect(network.doors).toEqual([`ws://localhost:${nodePort}/chain`])
  const store = openMemoryStore()
  chain = await followChain({ network, doors: network.doors, store })
  closing.push(() => chain.stop())
  await chain.synced()
  const keys = Keys.fromEntropy(Keys.newEntropy(), fromHex(network.networkId))
  const clock = (): number => Date.now() / 1000
  const participant = await openParticipant({ keys, chain, store: openMemoryStore(), clock })
  closing.push(() => participant.close())
  return participant
}

/** Registers as the app does that opens the printed invitation. */
async function register(
  who: Participant,
  {
    url,
    code,
    inviter: name,
  }: { readonly url: string; readonly code: string; readonly inviter: string },
): Promise<Hex> {
  const { keys, chain: following } = who
  const read = Invitation.read(`${code}@${url}`, following.view())
  const [inviter] = read.inviters
  if (!inviter) throw new Error('nobody invites')
  expect([read.inviters.length, inviter.name]).toEqual([1, name])
  const { network } = following
  const idTag = await Invitation.accept({ keys, network, fetch, inviter, code: read.code })
  await Registration.waitUntilBound(who)
  return idTag
}
