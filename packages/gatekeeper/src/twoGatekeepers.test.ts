import type { ChildProcess } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNodeDatabase } from '@medrec/records/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attempt, ownLabs, type Scene, type Sendable, setScene } from './attempt.test-support.ts'
import { type Started, startGatekeeper } from './startGatekeeper.test-support.ts'

// One name, two processes: a request counts once, however many copies reach whichever of them.

let scene: Scene
let folder: string
const running: ChildProcess[] = []

beforeAll(async () => {
  scene = await setScene()
  folder = mkdtempSync(join(tmpdir(), 'medrec-two-'))
  await scene.gate.whileClosed((nodeFile) => {
    // A backup is a whole database, whatever stands beside the file.
    const copy = openNodeDatabase(nodeFile)
    copy.run('VACUUM INTO ?', join(folder, 'node.db'))
    copy.close()
    copyFileSync(scene.gate.databaseFile, join(folder, 'clinic.db'))
  })
})

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await scene.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Starts a gatekeeper under the name that all share; what it says first, and its process. */
async function start(): Promise<Started> {
  const started = await startGatekeeper(scene.net, {
    nodeFile: join(folder, 'node.db'),
    databaseFile: join(folder, 'clinic.db'),
    authority: scene.gate.authority,
  })
  running.push(started.child)
  return started
}

/** HTTP status; 0 when the process ended first. */
async function status(url: string, { body, headers }: Sendable): Promise<number> {
  try {
    const response = await fetch(new URL('/query', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: Uint8Array.from(body),
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}

test('a second gatekeeper on the same database serves nobody; after a kill it takes over, and no copy of a request is answered twice', async () => {
  const first = await start()
  const second = await start()
  expect(second.said).toBe('IN_USE')
  const sent = attempt(scene.ada.patient, ownLabs())
  const copies = Array.from({ length: 32 }, () => status(first.said, sent))
  const answered = Promise.any(
    copies.map((copy) => copy.then((code) => code === 200 || Promise.reject())),
  )
  await answered
  first.child.kill('SIGKILL')
  const before = await Promise.all(copies)
  const third = await start()
  expect(third.said).toMatch(/^http/)
  const after = await Promise.all(Array.from({ length: 64 }, () => status(third.said, sent)))
  expect([...before, ...after].filter((code) => code === 200)).toHaveLength(1)
  expect(after.filter((code) => code === 403)).toHaveLength(64)
  // It does serve: another request of hers is answered.
  expect(await status(third.said, attempt(scene.ada.patient, ownLabs()))).toBe(200)
})
