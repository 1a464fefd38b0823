import { describe, expect, test } from 'vitest'
import { Outgoing } from './rpcOutgoing.ts'

type Numbered = { readonly id: number }

function outgoing(most: number): { readonly sent: number[][]; readonly out: Outgoing<Numbered> } {
  const sent: number[][] = []
  const out = new Outgoing<Numbered>((requests) => sent.push(requests.map(({ id }) => id)), most)
  return { sent, out }
}

test('what waits goes out in turn, what was asked together stays together, and nobody’s is left out', () => {
  const { sent, out } = outgoing(2)
  for (const id of [1, 2, 3]) out.add({ id })
  out.together(() => {
    for (const id of [4, 5, 6]) out.add({ id })
  })
  out.add({ id: 7 })
  expect(sent).toEqual([[1], [2]])
  out.end(3)
  out.end(5)
  out.end(1)
  expect(sent).toEqual([[1], [2]])
  out.end(2)
  expect(sent.slice(2)).toEqual([[4, 6]])
  out.end(4)
  out.end(6)
  expect(sent.slice(3)).toEqual([[7]])
})

test('what waited when the connection was lost never goes out', () => {
  const { sent, out } = outgoing(1)
  for (const id of [1, 2]) out.add({ id })
  out.lose()
  out.end(1)
  out.end(2)
  out.add({ id: 3 })
  expect(sent).toEqual([[1], [3]])
})

describe('of a long queue', () => {
  const count = 5_000

  test.each([
    ['from its end', (id: number) => count - id],
    ['from its beginning', (id: number) => id],
  ])('giving up every request costs the same for each, %s', (_, nth) => {
    const { out } = outgoing(1)
    let looks = 0
    for (let id = 0; id <= count; id++)
      out.add({
        get id() {
          looks += 1
          return id
        },
      })
    for (let id = 0; id <= count; id++) out.end(nth(id))
    expect(looks).toBeLessThan(10 * count)
  })
})
