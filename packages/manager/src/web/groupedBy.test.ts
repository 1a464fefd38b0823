import { expect, test } from 'vitest'
import { groupedBy } from '../../web/src/patient/groupedBy.ts'

test('items are grouped in the order in which they and their keys come', () => {
  const groups = groupedBy(['bread', 'apple', 'butter', 'ale', 'cake'], ([first]) => first)
  expect([...groups]).toEqual([
    ['b', ['bread', 'butter']],
    ['a', ['apple', 'ale']],
    ['c', ['cake']],
  ])
  expect(groupedBy([], () => 1).size).toBe(0)
})
