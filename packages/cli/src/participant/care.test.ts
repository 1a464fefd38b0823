import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNodeDatabase } from '@medrec/records/node'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startNetwork, type TestNetwork } from '../../../library/src/network.test-support.ts'
import { checkMachine, type Finding } from './doctor.ts'
import { medrec, type Ran } from './town.test-support.ts'

let net: TestNetwork
let home: string
let file: string
beforeAll(async () => {
  net = await startNetwork()
})
afterAll(() => net.close())
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'medrec-care-'))
  mkdirSync(join(home, 'nodes/clinic'), { recursive: true })
  file = join(home, 'nodes/clinic/node.db')
  const database = openNodeDatabase(file)
  await database.store.write([{ table: 'notes', key: ['one'], value: 'kept' }])
  database.close()
  return () => rmSync(home, { recursive: true, force: true })
})

const run = (...args: readonly string[]): Promise<Ran> => medrec('--home', home, '--json', ...args)
const findings = ({ json }: Ran): readonly Finding[] => json['findings'] as readonly Finding[]

test('a copy brings a lost database back', async () => {
  const copy = join(home, 'copies/clinic.db')
  expect(await run('backup', 'create', copy, '--node', 'clinic')).toMatchObject({ code: 0 })
  const taken = await run('backup', 'restore', copy, '--node', 'clinic')
  expect(taken).toMatchObject({ code: 1, json: { code: 'DATABASE_EXISTS' } })
  for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
  expect(await run('backup', 'restore', copy, '--node', 'clinic')).toMatchObject({ code: 0 })
  const database = openNodeDatabase(file)
  expect(await database.store.get('notes', ['one'])).toBe('kept')
  database.close()
})

test('a copy that is cut or foreign, or of nothing, is refused', async () => {
  const copy = join(home, 'clinic.copy')
  expect(await run('backup', 'create', copy, '--node', 'clinic')).toMatchObject({ code: 0 })
  const to = join(home, 'new.db')
  const cut = join(home, 'cut')
  copyFileSync(copy, cut)
  truncateSync(cut, 5_000)
  const damaged = await run('backup', 'restore', cut, '--database', to)
  expect(damaged).toMatchObject({ code: 1, json: { code: 'DATABASE_DAMAGED' } })
  writeFileSync(cut, 'no database at all')
  const foreign = await run('backup', 'restore', cut, '--database', to)
  expect(foreign).toMatchObject({ code: 1, json: { code: 'DATABASE_FOREIGN' } })
  expect(existsSync(to)).toBe(false)
  expect(await run('backup', 'restore', join(home, 'none'), '--database', to)).toMatchObject({
    code: 2,
  })
  expect(await run('backup', 'create', copy, '--node', 'nobody')).toMatchObject({ code: 2 })
  expect(existsSync(join(home, 'nodes/nobody'))).toBe(false)
  expect(await run('backup', 'create', copy)).toMatchObject({ code: 2 })
  expect(await run('backup', 'create', copy, '--node', '../x')).toMatchObject({ code: 2 })
})

test('doctor finds a network well, with doors that agree', async () => {
  const [door] = net.network.doors
  const network = { ...net.network, doors: [door, door] }
  writeFileSync(join(home, 'network.json'), JSON.stringify(network))
  const well = await run('doctor')
  expect(findings(well).filter(({ state }) => state === 'fail')).toEqual([])
  expect(findings(well)).toContainEqual(
    expect.objectContaining({ check: 'running heads', state: 'ok' }),
  )
  expect(findings(well)).toContainEqual({
    check: 'database',
    state: 'ok',
    found: 'nodes/clinic/node.db',
  })
  expect(well).toMatchObject({ code: 0, json: { ok: true } })
  expect((await medrec('--home', home, 'doctor')).out).toContain('All is well.')
})

test('doctor tells what is wrong and what to do', async () => {
  const doors = [...net.network.doors, 'ws://127.0.0.1:9', 'gopher://nowhere']
  writeFileSync(join(home, 'network.json'), JSON.stringify({ ...net.network, chainId: 7, doors }))
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, 'localhost', resolve))
  const { port } = blocker.address() as { port: number }
  writeFileSync(join(home, 'demo.json'), JSON.stringify({ ports: { chain: port } }))
  writeFileSync(join(home, 'people.json'), '{')
  mkdirSync(join(home, 'nodes/empty'))
  writeFileSync(join(home, 'nodes/empty/node.db'), '')
  truncateSync(file, 5_000)
  const ill = await run('doctor')
  await new Promise((resolve) => blocker.close(resolve))
  expect(ill.code).toBe(1)
  const failed = findings(ill).filter(({ state }) => state === 'fail')
  const told = failed.map(({ check, found }) => `${check}: ${found}`).join('\n')
  expect(told).toContain('shows another network')
  expect(told).toContain('ws://127.0.0.1:9 does not answer')
  expect(told).toContain('gopher://nowhere: RPC_ADDRESS')
  expect(told).toContain(`port ${port} answers`)
  expect(told).toContain('nodes/empty/node.db is empty')
  expect(told).toContain('nodes/clinic/node.db: DATABASE_DAMAGED')
  for (const { whatToDo } of failed) expect(whatToDo).toMatch(/\w/)
})

test('doctor knows which Node.js is too old', () => {
  expect(checkMachine('20.18.9')[0]).toMatchObject({ state: 'fail' })
  expect(checkMachine('18.20.0')[0]).toMatchObject({ state: 'fail' })
  expect(checkMachine('20.19.0')[0]).toMatchObject({ state: 'ok' })
  expect(checkMachine('24.1.0')[0]).toMatchObject({ state: 'ok' })
})
