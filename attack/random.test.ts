import { expect, test } from 'vitest'
import { poisson, seeded } from './random.ts'

test.each([0.3, 25, 500, 1_958, 20_000])(
  'events of a mean of %d are as many, and as uneven',
  (mean) => {
    const random = seeded(1)
    const draws = Array.from({ length: 400 }, () => poisson(random, mean))
    const average = draws.reduce((sum, draw) => sum + draw, 0) / draws.length
    const variance = draws.reduce((sum, draw) => sum + (draw - average) ** 2, 0) / draws.length
    // Four standard errors of the average, and at least three of the variance.
    expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(mean / draws.length))
    expect(variance / mean).toBeGreaterThan(0.6)
    expect(variance / mean).toBeLessThan(1.5)
  },
)
