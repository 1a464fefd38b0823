import { beforeAll, describe, expect, test } from 'vitest'
import type { Block } from './Block.ts'
import { isWithin, type Linkage, linkage } from './linkage.ts'
import { playSealed } from './sealed/play.ts'
import { readSealed } from './sealed/Reader.ts'
import { makeWorld } from './World.ts'

/** Small enough for a minute; `npm run attack -- linkage` plays a quarter of a region. */
const world = { patients: 25, providers: 5, days: 4, seed: 1, batchSize: 3_000 }
const usual = { ...world, periodSeconds: 3_600, boundAt: 'office' } as const

let played: Linkage
beforeAll(async () => {
  played = await linkage(usual)
})

describe('a stranger with the whole record', () => {
  test("reads from the paper's plain design who is treated where, or the attack would be too weak", () => {
    expect(played.paper.filter((result) => !isWithin(result))).toEqual([])
    expect(played.paper.length).toBe(6)
  })

  test('does no better against ours than by guessing, within the thresholds of the research', () => {
    expect(played.ours.filter((result) => !isWithin(result))).toEqual([])
    expect(played.ours.length).toBe(10)
  })
})

describe('our record', () => {
  test('holds no address, tag or key twice, no odd size, no exact time, and nothing that was refused', () => {
    const { faults } = played.sealed
    expect(Object.keys(faults)).toContain('tag of a note twice')
    expect(Object.entries(faults).filter(([, count]) => count > 0)).toEqual([])
  })

  test('is even in all its bytes, real ones and cover, and in the choice of relays', () => {
    const { bytes, relayChoice } = played.sealed
    for (const { count, chiSquare, bound } of [...Object.values(bytes), relayChoice]) {
      expect(count).toBeGreaterThan(500)
      expect(chiSquare).toBeLessThan(bound)
    }
  })
})

test('the checks notice when anchors of idle hours look idle', async () => {
  const few = makeWorld({ ...world, patients: 4, days: 1 })
  const blocks: Block[] = []
  const acted = await playSealed(
    few,
    { ...usual, without: 'anchor-fillers' },
    { block: (block) => void blocks.push(block) },
  )
  const { faults } = readSealed(acted, blocks, usual)
  expect(faults['anchors with the former root']).toBeGreaterThan(0)
  expect(faults['anchors with the former log root']).toBeGreaterThan(0)
})
