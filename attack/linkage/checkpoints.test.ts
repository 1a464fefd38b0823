import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { keepCheckpoint, lastCheckpoint } from './checkpoints.ts'
import { blocksOf, openDump } from './Dump.ts'
import { playSealed, type Watch } from './sealed/play.ts'
import { readSealed } from './sealed/Reader.ts'
import { makeWorld } from './World.ts'

const size = { patients: 3, providers: 2, days: 2, seed: 1 }
const options = { batchSize: 3_000, periodSeconds: 3_600, boundAt: 'office' } as const
/** The days of the world, and one for what comes late. */
const batches = 3 * 24 * size.providers

test('a play that is stopped after a night goes on from there as if nothing had happened', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-checkpoint-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const blocks = join(folder, 'blocks')
  const world = makeWorld(size)
  const first = openDump(blocks)
  const midnight: Watch['midnight'] = async (_acted, until, save) => {
    await keepCheckpoint(folder, until, { dumpSize: first.size(), save })
    throw new Error('stopped')
  }
  // What was written behind the checkpoint is dropped: a part of an hour.
  await expect(playSealed(world, options, { block: first.write, midnight })).rejects.toThrow(
    'stopped',
  )
  first.write({ number: 0, time: 0, transactions: [] })
  first.close()

  const from = lastCheckpoint(folder)
  const second = openDump(blocks, from?.dumpSize)
  const acted = await playSealed(world, options, { block: second.write }, from)
  second.close()

  const numbers = [...blocksOf(blocks)].map(({ number }) => number)
  expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] as number) + i))
  const played = readSealed(acted, blocksOf(blocks), options)
  expect(played.batches).toBe(batches)
  expect(Object.entries(played.faults).filter(([, count]) => count > 0)).toEqual([])
  const told = new Set([...acted.truths.values()].map(({ visit }) => visit))
  expect(told).toEqual(new Set(world.visits.map(({ id }) => id)))
  const answered = played.record.sightings.filter(({ kind }) => kind === 'answered')
  expect(answered.length).toBe(new Set(world.visits.map(({ relation }) => relation)).size)
}, 600_000)
