import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  encodeRecord,
  fromHex,
  Keys,
  ledgerDomain,
  toBase64Url,
  toHex,
  uint,
} from '@medrec/protocol'
import { openNodeDatabase } from '@medrec/records/node'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attempt, ownLabs, type Scene, setScene, sharedLabs } from './attempt.test-support.ts'
import { type Started, startGatekeeper } from './startGatekeeper.test-support.ts'

// A gatekeeper in a process of its own whose disk tells of errors, by a library that stands before the C library's
// calls (illDisk.c): no data leave, nothing that was answered is lost, and it goes on when the fault is over.

const need = 'Linux and a C compiler (gcc)'
const lacks =
  process.platform !== 'linux' || spawnSync('gcc', ['--version'], { stdio: 'ignore' }).status !== 0
if (lacks) console.log(`SKIPPED errors of the disk: no ${need}`)
const isCi = process.env['CI'] === 'true'

let scene: Scene
let folder: string
let nodeFile: string
let running: Started
let served = 0

async function open(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'medrec-ill-'))
  nodeFile = join(folder, 'node.db')
  const source = fileURLToPath(new URL('illDisk.c', import.meta.url))
  const library = join(folder, 'illDisk.so')
  const built = spawnSync('gcc', ['-shared', '-fPIC', '-o', library, source, '-ldl'])
  expect(String(built.stderr)).toBe('')
  scene = await setScene()
  await scene.gate.idle()
  await scene.gate.whileClosed((file) => {
    const copy = openNodeDatabase(file)
    copy.run('VACUUM INTO ?', nodeFile)
    copy.close()
    copyFileSync(scene.gate.databaseFile, join(folder, 'clinic.db'))
  })
  await start()
}

async function start(): Promise<void> {
  const databaseFile = join(folder, 'clinic.db')
  running = await startGatekeeper(
    scene.net,
    { nodeFile, databaseFile, authority: scene.gate.authority },
    {
      LD_PRELOAD: join(folder, 'illDisk.so'),
      ILL_FILE: nodeFile,
      ILL_ORDERS: join(folder, 'disk'),
    },
  )
}

async function kill(): Promise<void> {
  running.child.kill('SIGKILL')
  await once(running.child, 'exit')
}

async function close(): Promise<void> {
  await kill()
  await scene.close()
  rmSync(folder, { recursive: true, force: true })
}

const order = (kind: 'sync' | 'full'): string => join(folder, `disk.${kind}`)
const fallIll = (kind: 'sync' | 'full'): void => writeFileSync(order(kind), '')
const getWell = (kind: 'sync' | 'full'): void => rmSync(order(kind))

async function send(path: string, body: Uint8Array, headers: object = {}): Promise<string> {
  const response = await fetch(new URL(path, running.said), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: Uint8Array.from(body),
  })
  const { code = '' } = (await response.json()) as { code?: string }
  const later = response.headers.get('retry-after')
  return `${code} ${response.status}${later === null ? '' : `, again after ${later} s`}`.trim()
}

async function ask(who = scene.ada.patient, content = ownLabs()): Promise<string> {
  const { body, headers } = attempt(who, content)
  const said = await send('/query', body, headers)
  if (said === '200') served++
  return said
}
const unavailable = 'log-unavailable 503, again after 5 s'

/** Reads that stand in the log, and nonces, by a look of somebody else. */
function kept(): { readonly reads: number; readonly nonces: number } {
  const node = new DatabaseSync(nodeFile, { readOnly: true, timeout: 60_000 })
  const count = (sql: string): number => Number(node.prepare(sql).get()?.['found'])
  const counts = {
    reads: count(`SELECT count(*) AS found FROM log WHERE json_extract(text, '$.kind') = 'read'`),
    nonces: count('SELECT count(*) AS found FROM nonce'),
  }
  node.close()
  return counts
}

function pushedRevocation(): Uint8Array {
  const { keys, network } = scene.ada.patient
  const key = Array.from({ length: 32 }, (_, i) =>
    Keys.grantKey(keys, fromHex(scene.ada.relationship, 32), uint(i, 16)),
  ).find(({ address }) => toHex(address) === scene.grant)
  if (!key) throw new Error('the grant is not of this relationship')
  const record = encodeRecord({ kind: 'revoke', key: key.address }, key, ledgerDomain(network))
  return Buffer.from(JSON.stringify({ record: toBase64Url(record) }))
}

/** With CI=true a skip is a failure. */
describe.skipIf(lacks && !isCi)(`a disk that tells of errors (needs ${need})`, () => {
  beforeAll(open)
  afterAll(close)

  test('a store of nonces and entries that takes nothing more: nobody is served until it does', async () => {
    expect(await ask()).toBe('200')
    const before = kept()
    fallIll('full')
    expect(await ask()).toBe(unavailable)
    expect(kept()).toEqual(before)
    getWell('full')
    expect(await ask()).toBe('200')
    expect(kept()).toEqual({ reads: before.reads + 1, nonces: before.nonces + 1 })
  })

  test('a database that another process holds: nobody is served until it lets go', async () => {
    const before = kept()
    const other = new DatabaseSync(nodeFile)
    other.exec('BEGIN IMMEDIATE')
    expect(await ask()).toBe(unavailable)
    other.exec('ROLLBACK')
    other.close()
    expect(await ask()).toBe('200')
    expect(kept().reads).toBe(before.reads + 1)
  })

  test('a sync that fails: nobody is served, who pushes a revocation is told to push it again, and after a start nothing is lost', async () => {
    const before = served
    expect(await ask(scene.doctor, sharedLabs())).toBe('200')
    fallIll('sync')
    expect(await ask()).toBe(unavailable)
    expect(await send('/revocations', pushedRevocation())).toBe(unavailable)
    getWell('sync')
    // What the disk said it did not take may be lost with all behind it: only a start tells.
    expect(await ask()).toBe(unavailable)
    await kill()
    await start()
    expect(await send('/revocations', pushedRevocation())).toBe('200')
    expect(await ask(scene.doctor, sharedLabs())).toBe('grant-revoked 403')
    expect(await ask()).toBe('200')
    expect(served).toBe(before + 2)
    expect(kept().reads).toBeGreaterThanOrEqual(served)
  })
})
