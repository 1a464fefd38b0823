import { expect, test } from 'vitest'
import { seeded } from '../random.ts'
import { tell } from './classifier.ts'

const random = seeded(1)
const sample = (count: number, value: () => number): number[] =>
  Array.from({ length: count }, value)

test('samples of one distribution are not told apart', () => {
  const draw = (): number => random()
  const { advantage, chance } = tell(sample(400, draw), sample(400, draw), random)
  expect(Math.abs(advantage)).toBeLessThan(0.1)
  expect(chance).toBeGreaterThan(0.01)
})

test('equal means do not hide a difference in the tails', () => {
  const [narrow, wide] = [() => 5 + random(), () => (random() < 0.5 ? 4 : 7) + random() - 0.5]
  const { advantage, chance, distance } = tell(sample(400, narrow), sample(400, wide), random)
  expect(advantage).toBeGreaterThan(0.2)
  expect(distance).toBeGreaterThan(0.4)
  expect(chance).toBeLessThan(0.01)
})

test('a constant difference is told with certainty, in either direction', () => {
  const [fast, slow] = [sample(50, () => 1), sample(50, () => 2)]
  expect(tell(fast, slow, random).advantage).toBe(0.5)
  expect(tell(slow, fast, random).advantage).toBe(0.5)
})
