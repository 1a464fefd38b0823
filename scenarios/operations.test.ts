import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { type Chain, followChain } from '@medrec/client'
import {
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
import { freePorts } from './ports.ts'

type Block = { readonly kind: 'settings' | 'run' | 'start'; readonly text: string }
type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

const patienceMs = 300_000
const root = resolve(import.meta.dirname, '..')
const blocks = blocksOf(readFileSync(join(root, 'docs/operations.md'), 'utf8'))
const settings = blocks.find(({ kind }) => kind === 'settings')?.text ?? ''
const started: ChildProcess[] = []
const closing: (() => Promise<void>)[] = []
let temporary: string
let folder: string
let environment: NodeJS.ProcessEnv
let nodePort: number
let clinician: StaffClient
let chain: Chain
let patient: Participant

beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'medrec-operations-'))
  folder = join(temporary, 'network')
  const ports = await freePorts(4)
  nodePort = ports[2] as number
  environment = {
    ...process.env,
    PATH: [programs(join(temporary, 'bin')), process.env['PATH']].join(delimiter),
    MEDREC_DIR: folder,
    CHAIN_PORT: String(ports[0]),
    REGISTRAR_PORT: String(ports[1]),
    NODE_PORT: String(nodePort),
    PORTAL_PORT: String(ports[3]),
  }
})

afterAll(async () => {
  for (const close of closing.toReversed()) await close()
  for (const child of started.toReversed()) await stop(child)
  rmSync(temporary, { recursive: true, force: true })
})

test(
  'the page sets up one institution, word for word',
  async () => {
    expect(blocks.map(({ kind }) => kind)).toContain('start')
    for (const { kind, text } of blocks)
      if (kind === 'start') await start(text)
      else expect(await run(text)).toMatchObject({ code: 0 })
    for (const file of ['keystore.json', 'passphrase'])
      for (const node of ['mercy', 'registrar'])
        expect(statSync(join(folder, node, file)).mode & 0o077).toBe(0)
  },
  patienceMs,
)

test(
  'an invited patient registers, accepts what was proposed and added, and reads it proven',
  async () => {
    const url = `http://localhost:${nodePort}`
    const password = readFileSync(join(folder, 'mercy/first.password'), 'utf8').trim()
    clinician = await signIn(url, 'c.adams', password)
    const { people } = await clinician.get<{ people: readonly { id: string; name: string }[] }>(
      'people?search=512-44-7391',
    )
    expect(people).toMatchObject([{ id: 'P-1', name: 'Ada Novak' }])
    const { code } = await clinician.post<{ code: string }>('invitations', { localPatient: 'P-1' })
    patient = await openPatient()
    const idTag = await register(url, code)
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
  },
  patienceMs,
)

test(
  'founding again changes nothing and shows no words',
  async () => {
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
  },
  patienceMs,
)

test(
  'another institution asks to join and is admitted once; a changed request is refused',
  async () => {
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
    expect([changed.code, JSON.parse(changed.out)]).toMatchObject([
      1,
      { code: 'JOIN_REQUEST_WRONG' },
    ])
    const silent = await admit('stanne/request.json', '')
    expect([silent.code, JSON.parse(silent.out)]).toMatchObject([2, { code: 'USAGE' }])
    expect(chain.view().hasRole(idTag, 'institution')).toBe(false)
    const admitted = await admit('stanne/request.json')
    expect(JSON.parse(admitted.out)).toMatchObject({ ok: true, outcome: 'admitted', missing: 0 })
    await until(patient, () => chain.view().hasRole(idTag, 'institution'))
    const again = await admit('stanne/request.json')
    expect(JSON.parse(again.out)).toMatchObject({ outcome: 'admitted' })
  },
  patienceMs,
)

test(
  'a log-in that was removed is signed out at once',
  async () => {
    const removed = await run('medrec staff remove --config mercy/node.toml --login c.adams')
    expect(removed).toMatchObject({ code: 0 })
    await expect(clinician.get('people')).rejects.toMatchObject({ status: 401 })
  },
  patienceMs,
)

/** Blocks of the section "One institution" that are marked to be run, in their order. */
function blocksOf(page: string): readonly Block[] {
  const section = /^## One institution[^\n]*\n([\s\S]*?)^## /m.exec(page)?.[1] ?? ''
  return [...section.matchAll(/^```sh (settings|run|start)[^\n]*\n([\s\S]*?)^```$/gm)].map(
    ([, kind, text]) => ({ kind, text }) as Block,
  )
}

/** Runs a block as somebody does who pastes it into a terminal after the settings. */
async function run(text: string): Promise<Ended> {
  const child = shell(`set -eo pipefail\n${settings}\n${text}`)
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk) => (out += chunk))
  child.stderr?.on('data', (chunk) => (err += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

/** Runs a block in a terminal of its own, until the node says that it is ready. */
async function start(text: string): Promise<void> {
  const child = shell(`${settings}\n${text}`)
  started.push(child)
  let said = ''
  child.stderr?.on('data', (chunk) => (said += chunk))
  await new Promise<void>((ready, failed) => {
    child.stdout?.on('data', (chunk) => {
      said += chunk
      if (said.includes('is ready: ')) ready()
    })
    child.once('exit', () => failed(new Error(`${text}\n${said}`)))
  })
}

function shell(script: string): ChildProcess {
  return spawn('bash', ['-c', script], {
    cwd: temporary,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'close')
  process.kill(-(child.pid as number), 'SIGTERM')
  await ended
}

/** `medrec` as installed, but from the source; `sqlite3` where the tool is missing. */
function programs(bin: string): string {
  mkdirSync(bin, { recursive: true })
  const tsx = join(root, 'node_modules/.bin/tsx')
  const program = (name: string, script: string): void =>
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\nexec "${tsx}" --conditions=source "${script}" "$@"\n`,
      { mode: 0o755 },
    )
  program('medrec', join(root, 'packages/cli/src/main.ts'))
  const tool = 'sqlite3'
  if (spawnSync(tool, ['--version']).status === 0) return bin
  const module = join(root, 'node_modules/@photostructure/sqlite/dist/index.cjs')
  const script = join(bin, `${tool}.cjs`)
  writeFileSync(
    script,
    `const { DatabaseSync } = require(${JSON.stringify(module)})
     new DatabaseSync(process.argv[2]).exec(require('node:fs').readFileSync(0, 'utf8'))\n`,
  )
  program(tool, script)
  return bin
}

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
async function register(url: string, code: string): Promise<Hex> {
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const response = await fetch(`${url}/api/register/${path}`, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json', 'x-medrec': '1' },
    })
    expect(response.status).toBe(200)
    return (await response.json()) as T
  }
  const { keys, chain: following } = patient
  const { idTag } = await ask<{ idTag: Hex }>(encodeURIComponent(code))
  const { registration, signatures, digest } = Registration.statement(keys, following.network, {
    idTag,
  })
  const { challenge } = await ask<{ challenge: Hex }>('begin', {
    code,
    registration,
    identitySignature: signatures.identity,
    spendSignature: signatures.spend,
  })
  const answer = Registration.answerChallenge(keys, { challenge, digest })
  await ask('finish', { code, answer })
  await Registration.waitUntilBound(patient)
  return idTag
}
