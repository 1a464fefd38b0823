import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSupervisor, type Supervisor, type Task } from './supervisor.ts'

let folder: string
let script: string
let supervisor: Supervisor
let restarted: () => void
let readyAgain: () => void
const hasRestarted = (): Promise<void> => new Promise((resolve) => (restarted = resolve))
const isReadyAgain = (): Promise<void> => new Promise((resolve) => (readyAgain = resolve))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-supervisor-'))
  script = join(folder, 'child.mjs')
  writeFileSync(
    script,
    `import { existsSync, writeFileSync } from 'node:fs'
     const [, , what, file] = process.argv
     if (what === 'fail') {
       process.send({ type: 'failed', code: 'PORT_IN_USE', message: 'Another program listens.' })
       process.exitCode = 1
       process.disconnect()
     } else if (what === 'wait' && !existsSync(file)) {
       writeFileSync(file, '')
       process.send({ type: 'failed', code: 'RPC_UNAVAILABLE', message: 'Not yet.', mayPass: true })
       process.exitCode = 75
       process.disconnect()
     } else if (what === 'once') {
       process.send({ type: 'progress', text: 'half' })
       process.disconnect()
     } else {
       process.send({ type: 'ready', url: 'http://localhost:' + process.pid })
       process.once('disconnect', () => process.exit(0))
       process.once('SIGTERM', () => process.exit(0))
     }`,
  )
  supervisor = openSupervisor({
    script,
    elapsed: () => 0,
    onRestart: () => restarted(),
    onReadyAgain: () => readyAgain(),
  })
})

afterEach(async () => {
  await supervisor.stop()
  rmSync(folder, { recursive: true, force: true })
})

const task = (what: string): Task => ({
  name: what,
  args: [what],
  logFile: join(folder, `${what}.log`),
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a process is ready with its address, and gone when all stop', async () => {
  const url = await supervisor.keep(task('serve'))
  const pid = supervisor.pids().get('serve') as number
  expect(url).toBe(`http://localhost:${pid}`)
  await supervisor.stop()
  expect(isAlive(pid)).toBe(false)
  await supervisor.stop()
})

test('a process that is killed is started again, and told of when it is ready', async () => {
  await supervisor.keep(task('serve'))
  const first = supervisor.pids().get('serve') as number
  const told = [hasRestarted(), isReadyAgain()]
  process.kill(first, 'SIGKILL')
  await Promise.all(told)
  const second = supervisor.pids().get('serve') as number
  expect(second).not.toBe(first)
  expect(isAlive(second)).toBe(true)
})

test('a process that cannot start says why', async () => {
  await expect(supervisor.keep(task('fail'))).rejects.toThrow(
    `The fail process ended (1).\nAnother program listens.\nIts log: ${join(folder, 'fail.log')}`,
  )
})

test('a process that waits for another one is started again', async () => {
  const waiting = { ...task('wait'), args: ['wait', join(folder, 'was-there')] }
  expect(await supervisor.keep(waiting)).toMatch(/^http:/)
})

test('a process that ends by itself may report on its way', async () => {
  const heard: string[] = []
  await supervisor.run({ ...task('once'), onProgress: (text) => heard.push(text) })
  expect(heard).toEqual(['half'])
  expect(readFileSync(join(folder, 'once.log'), 'utf8')).toBe('')
})
