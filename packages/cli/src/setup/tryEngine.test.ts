import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDoor, startEmbedded } from '@medrec/client/node'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { foreignTables } from '../../../gatekeeper/src/setup/foreign.test-support.ts'
import { network } from '../../../protocol/src/fixture.test-support.ts'
import { medrec } from '../participant/town.test-support.ts'
import { tryEngine } from './tryEngine.ts'

const folder = mkdtempSync(join(tmpdir(), 'medrec-engine-'))
let engine: Awaited<ReturnType<typeof startEmbedded>>
const doors: ReturnType<typeof createDoor>[] = []
const server = createServer((_, response) => void response.end('{"role":"registrar"}'))
let [sends, reads, registrar] = ['', '', '']

beforeAll(async () => {
  engine = await startEmbedded({ journalPath: join(folder, 'journal.db'), minimumBlockMs: 10 })
  const open = async (allowSend: boolean): Promise<string> => {
    const door = createDoor({ upstream: engine.rpc, allowSend, origins: [] })
    doors.push(door)
    return door.listen(0)
  }
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  registrar = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  sends = await open(true)
  reads = await open(false)
})
afterAll(async () => {
  await Promise.all(doors.map((door) => door.close()))
  await engine.stop()
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

test('an engine is told from a door that only reads, from another chain and from nothing', async () => {
  const { chainId } = engine.facts
  expect(await tryEngine(sends, chainId)).toBe('engine')
  expect(await tryEngine(reads, chainId)).toBe('door')
  expect(await tryEngine(sends, chainId + 1)).toBe('another chain')
  expect(await tryEngine('ws://127.0.0.1:2', chainId)).toBe('silent')
  expect(await tryEngine('the chain', chainId)).toBe('no address')
})

test('a script is refused where the first door only reads, and waits for no engine that may come', async () => {
  const database = new DatabaseSync(join(folder, 'his.db'))
  database.exec(foreignTables)
  database.close()
  const { chainId } = engine.facts
  const setUp = (name: string, door: string, ...more: readonly string[]) => {
    const file = join(folder, `${name}.json`)
    writeFileSync(file, JSON.stringify({ ...network, chainId, doors: [door] }))
    const usual = ['--database', join(folder, 'his.db'), '--name', 'Mercy', '--yes']
    const where = ['--dir', join(folder, name), '--network', file, '--registrar', registrar]
    return medrec('--json', 'provider', 'setup', ...usual, ...where, ...more)
  }
  const refused = await setUp('reads', reads)
  expect(refused).toMatchObject({ code: 2 })
  expect(refused.err).toContain('no engine of its chain')
  expect(existsSync(join(folder, 'reads', 'node.toml'))).toBe(false)
  expect(await setUp('reads', reads, '--door', sends)).toMatchObject({ code: 0 })
  expect(await setUp('sends', sends)).toMatchObject({ code: 0 })
  expect(await setUp('later', 'ws://127.0.0.1:2')).toMatchObject({ code: 0 })
})
