import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDoor, type Door, type EmbeddedEngine, startEmbedded } from '@medrec/client/node'
import { type Hex, MedrecError } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readKeystore } from '../keystore.ts'
import { type AdmitOptions, admit } from './admit.ts'
import { certify } from './certify.ts'
import { type Founded, type FoundOptions, foundNetwork } from './foundNetwork.ts'
import { fundNode } from './fundNode.ts'
import { requestToJoin } from './joinRequest.ts'
import { balanceOf } from './registrarSession.ts'

const clock = (): number => Math.floor(Date.now() / 1000)
const founders = ['mercy', 'lake', 'hill'] as const
let folder: string
let engine: EmbeddedEngine
let door: Door
let rpc: string
let founded: Founded
const steps: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-network-'))
  engine = await startEmbedded({ journalPath: join(folder, 'journal.db'), minimumBlockMs: 20 })
  door = createDoor({ upstream: engine.rpc, allowSend: true, origins: [] })
  rpc = await door.listen(0)
  writeFileSync(join(folder, 'funder.key'), engine.facts.funderKey)
})
afterAll(async () => {
  await door.close()
  await engine.stop()
  rmSync(folder, { recursive: true, force: true })
})

const options = (more: Partial<FoundOptions> = {}): FoundOptions => ({
  ...{ rpc, clock, name: 'Test', engine: 'embedded', confirmations: 0, registrar: 'registry' },
  institutions: founders.map((key) => ({ key, name: `Institution ${key}` })),
  funderKeyFile: join(folder, 'funder.key'),
  doors: [rpc],
  out: join(folder, 'out'),
  allowance: 1_000,
  progress: () => undefined,
  ...more,
})

class Interruption extends MedrecError {
  readonly code = 'MALFORMED'
}

test('a founding that is interrupted before any step goes on', async () => {
  const seen = new Set<string>()
  const go = (): Promise<Founded> =>
    foundNetwork(
      options({
        progress: (text) => {
          if (seen.has(text)) return
          seen.add(text)
          steps.push(text)
          throw new Interruption('Interrupted.')
        },
      }),
    )
  let ended: Founded | Interruption = new Interruption('not begun')
  while (ended instanceof Interruption)
    ended = await go().catch((error: unknown) => {
      if (error instanceof Interruption) return error
      throw error
    })
  founded = ended
  expect(steps).toEqual([
    'Keys ...',
    'Contracts ...',
    'Funds ...',
    'The registrar is bound ...',
    'mercy votes for the registrar ...',
    'lake votes for the registrar ...',
  ])
  expect(founded.words.map(({ key }) => key)).toEqual([...founders, 'registry'])
  for (const { key, words } of founded.words) {
    expect(words.split(' ')).toHaveLength(12)
    const passphrase = readFileSync(join(folder, 'out', key, 'passphrase'), 'utf8').trim()
    expect(readKeystore(join(folder, 'out', key, 'keystore.json'), passphrase)).toHaveLength(16)
  }
})

test('words are there until they were shown; nothing is made twice', async () => {
  const head = engine.status().head.number
  expect((await foundNetwork(options())).words).toEqual(founded.words)
  founded.wordsShown()
  const again = await foundNetwork(options())
  expect(again).toMatchObject({ network: founded.network, words: [] })
  expect(engine.status().head.number).toBe(head)
})

test.each<[string, Partial<FoundOptions>, string]>([
  ['another name', { name: 'Other' }, 'FOUNDING_DIFFERS'],
  ['another founder', { institutions: [{ key: 'mercy', name: 'Mercy' }] }, 'FOUNDING_DIFFERS'],
  ['no founder', { institutions: [] }, 'FOUNDING_WRONG'],
  ['a founder called as the registrar', { registrar: 'mercy' }, 'FOUNDING_WRONG'],
  ['a short name with a path in it', { registrar: '../x' }, 'FOUNDING_WRONG'],
  ['no name', { name: ' ' }, 'FOUNDING_WRONG'],
  ['half a confirmation', { confirmations: 0.5 }, 'FOUNDING_WRONG'],
  ['no allowance', { allowance: 0 }, 'FOUNDING_WRONG'],
  ['a door that is a web page', { doors: ['https://example.org'] }, 'FOUNDING_WRONG'],
  ['an engine without an address', { rpc: 'here' }, 'RPC_ADDRESS'],
  ['an engine that does not answer', { rpc: 'ws://127.0.0.1:1' }, 'RPC_UNAVAILABLE'],
  ['no funder key', { funderKeyFile: '/nowhere/funder.key' }, 'NETWORK_INPUT'],
])('founding with %s is refused', async (_, more, code) => {
  await expect(foundNetwork(options(more))).rejects.toMatchObject({ code })
})

test('a funder without ether, or with a damaged key, founds nothing; the right one goes on', async () => {
  const out = join(folder, 'poor')
  const funderKeyFile = join(folder, 'poor.key')
  writeFileSync(funderKeyFile, 'not a key')
  await expect(foundNetwork(options({ out, funderKeyFile }))).rejects.toMatchObject({
    code: 'NETWORK_INPUT',
    message: expect.not.stringContaining('not a key'),
  })
  writeFileSync(funderKeyFile, `0x${'17'.repeat(32)}`)
  const poor = foundNetwork(options({ out, funderKeyFile }))
  await expect(poor).rejects.toMatchObject({ code: 'OUT_OF_FUNDS' })
  const rich = await foundNetwork(options({ out }))
  expect(rich.network.networkId).not.toBe(founded.network.networkId)
})

test('a description of a network that is not on this chain is refused', async () => {
  const out = join(folder, 'elsewhere')
  const first = await foundNetwork(options({ out }))
  const elsewhere = { ...first.network, registrar: `0x${'ab'.repeat(20)}` }
  writeFileSync(first.file, JSON.stringify(elsewhere))
  const again = foundNetwork(options({ out }))
  await expect(again).rejects.toMatchObject({ code: 'NETWORK_NOT_ON_CHAIN' })
})

test('a new institution needs the majority, is paid for, and is admitted once', async () => {
  const head = (): number => engine.status().head.number
  const request = await requestToJoin({
    networkFile: founded.file,
    folder: join(folder, 'anne'),
    name: 'St. Anne',
    progress: () => undefined,
  })
  const early = await requestToJoin({
    networkFile: founded.file,
    folder: join(folder, 'early'),
    name: 'St. Early',
    progress: () => undefined,
  })
  const asked: string[] = []
  const by = (key: string, more: Partial<AdmitOptions> = {}): ReturnType<typeof admit> =>
    admit({
      requestFile: request.file,
      configFile: configOf(key),
      environment: {},
      confirm: async ({ fingerprint }) => asked.push(fingerprint) > 0,
      progress: () => undefined,
      clock,
      ...more,
    })
  const before = head()
  expect(await by('mercy', { confirm: async () => false })).toMatchObject({ outcome: 'declined' })
  expect(head()).toBe(before)
  const one = { outcome: 'votes-missing', votes: 1, needed: 2, idTag: request.idTag }
  expect(await by('mercy')).toMatchObject(one)
  expect(await by('mercy')).toMatchObject(one)
  expect(await by('lake')).toMatchObject({ outcome: 'admitted', idTag: request.idTag })
  expect(await by('hill')).toMatchObject({ outcome: 'admitted' })
  expect(new Set(asked)).toEqual(new Set([request.fingerprint]))
  const { accounts } = JSON.parse(readFileSync(request.file, 'utf8')) as { accounts: Hex[] }
  for (const account of accounts) expect(await balanceOf(engine.rpc, account)).toBeGreaterThan(0n)
  writeFileSync(join(folder, 'anne/node.toml'), configText('../out/network.json'))
  // Made before the newcomer was there, this request proves nothing to it.
  await expect(by('../anne', { requestFile: early.file })).rejects.toMatchObject({
    code: 'JOIN_REQUEST_WRONG',
    message: expect.stringContaining('holds the keys'),
  })
  // The newcomer counts from now on, and its keys are the ones in its folder.
  const second = await requestToJoin({
    networkFile: founded.file,
    folder: join(folder, 'bert'),
    name: 'St. Bert',
    progress: () => undefined,
  })
  const admitted = await by('../anne', { requestFile: second.file })
  expect(admitted).toMatchObject({ outcome: 'votes-missing', votes: 1, needed: 3 })
})

test.each<[string, (request: Record<string, unknown>) => void]>([
  ['another name', (request) => (request['name'] = 'Institution mercy')],
  ['other accounts', (request) => (request['accounts'] = [`0x${'11'.repeat(20)}`])],
  ['another network', (request) => (request['network'] = `0x${'22'.repeat(32)}`)],
  ['proofs that were taken out', (request) => (request['possession'] = {})],
  ['something more', (request) => (request['role'] = 'emergency')],
  ['no signature', (request) => (request['signature'] = undefined)],
])('a request with %s is refused and nothing is sent', async (_, change) => {
  const made = await requestToJoin({
    networkFile: founded.file,
    folder: join(folder, 'carl'),
    name: 'St. Carl',
    progress: () => undefined,
  })
  const request = JSON.parse(readFileSync(made.file, 'utf8')) as Record<string, unknown>
  change(request)
  writeFileSync(made.file, JSON.stringify(request))
  const head = engine.status().head.number
  const refused = admit({
    requestFile: made.file,
    configFile: configOf('mercy'),
    environment: {},
    confirm: async () => true,
    progress: () => undefined,
    clock,
  })
  await expect(refused).rejects.toMatchObject({ code: 'JOIN_REQUEST_WRONG' })
  expect(engine.status().head.number).toBe(head)
})

test('more than half of the institutions give somebody a role, and take it away', async () => {
  const request = JSON.parse(readFileSync(join(folder, 'anne/request.json'), 'utf8'))
  const { idTag } = (request as { registration: { idTag: Hex } }).registration
  const vote = (key: string, certified: boolean, whom = idTag): ReturnType<typeof certify> =>
    certify({
      ...{ configFile: configOf(key), environment: {}, idTag: whom, certified, clock },
      role: 'emergency',
    })
  expect(await vote('mercy', true)).toEqual({ isCertified: false, votes: 1, needed: 3 })
  expect(await vote('mercy', true)).toEqual({ isCertified: false, votes: 1, needed: 3 })
  expect(await vote('lake', true)).toMatchObject({ isCertified: false, votes: 2 })
  expect(await vote('hill', true)).toMatchObject({ isCertified: true })
  for (const key of ['mercy', 'lake'])
    expect(await vote(key, false)).toMatchObject({ isCertified: true })
  expect(await vote('hill', false)).toMatchObject({ isCertified: false })
  const unknown = vote('mercy', true, `0x${'ab'.repeat(32)}`)
  await expect(unknown).rejects.toMatchObject({ code: 'PERSON_UNKNOWN' })
})

test('a node that the network has not certified admits nobody', async () => {
  const made = await requestToJoin({
    networkFile: founded.file,
    folder: join(folder, 'dora'),
    name: 'St. Dora',
    progress: () => undefined,
  })
  writeFileSync(join(folder, 'dora/node.toml'), configText('../out/network.json'))
  const refused = admit({
    requestFile: made.file,
    configFile: join(folder, 'dora/node.toml'),
    environment: {},
    confirm: async () => true,
    progress: () => undefined,
    clock,
  })
  await expect(refused).rejects.toMatchObject({ code: 'NOT_INSTITUTION' })
})

test('a node’s accounts are filled up when they need it', async () => {
  const fund = (allowance: number): ReturnType<typeof fundNode> =>
    fundNode({
      configFile: configOf('mercy'),
      ...{ rpc, allowance, environment: {} },
      funderKeyFile: join(folder, 'funder.key'),
    })
  expect(await fund(1)).toMatchObject({ filled: 0 })
  expect(await fund(100_000)).toMatchObject({ filled: 2 })
  await expect(fund(10 ** 15)).rejects.toMatchObject({ code: 'OUT_OF_FUNDS' })
})

function configOf(key: string): string {
  const file = join(folder, 'out', key, 'node.toml')
  if (!key.startsWith('..')) writeFileSync(file, configText('../network.json'))
  return file
}

function configText(network: string): string {
  return `role = "provider"
name = "Institution"
listen = { port = 0 }
network = { file = "${network}" }
keystore = { file = "keystore.json", passphrase_file = "passphrase" }
[provider]
database = "node.db"
records = "none.db"
catalogue = "none.json"
registrar = "http://localhost:1"
`
}
