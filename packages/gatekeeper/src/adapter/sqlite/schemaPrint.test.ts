import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { DatabaseSync } from '@photostructure/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { needsOf } from './authorizer.ts'
import { schemaPrint } from './schemaPrint.ts'

const sql = 'SELECT value FROM lab'

test('the columns of a file are read once who writes it has done so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-print-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'clinic.db')
  const clinic = new DatabaseSync(file)
  clinic.exec('CREATE TABLE lab (value TEXT)') // with a rollback journal: who writes keeps readers out
  const of = { needs: needsOf(clinic, [sql]), statements: [sql] }
  const print = schemaPrint(file, { ...of, waitMilliseconds: 0 })
  clinic.exec('BEGIN EXCLUSIVE')
  expect(() => schemaPrint(file, { ...of, waitMilliseconds: 0 })).toThrow('locked')
  clinic.exec('COMMIT')
  clinic.close()

  // Somebody else holds it, until another thread is about to wait for it.
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const [isHeld, isAwaited] = [0, 1]
  const driver = createRequire(import.meta.url).resolve('@photostructure/sqlite')
  const holder = new Worker(
    `const { workerData: { driver, file, shared } } = require('node:worker_threads')
     const { DatabaseSync } = require(driver)
     const clinic = new DatabaseSync(file)
     clinic.exec('BEGIN EXCLUSIVE')
     Atomics.store(shared, ${isHeld}, 1)
     Atomics.notify(shared, ${isHeld})
     Atomics.wait(shared, ${isAwaited}, 0)
     clinic.exec('COMMIT')
     clinic.close()`,
    { eval: true, workerData: { driver, file, shared } },
  )
  const ended = new Promise((resolve) => holder.once('exit', resolve))
  Atomics.wait(shared, isHeld, 0)
  Atomics.store(shared, isAwaited, 1)
  Atomics.notify(shared, isAwaited)
  expect(schemaPrint(file, { ...of, waitMilliseconds: 60_000 })).toEqual(print)
  expect(await ended).toBe(0)
})
