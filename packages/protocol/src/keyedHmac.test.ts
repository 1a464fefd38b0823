import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyedHmac } from './keyedHmac.ts'
import { suite } from './suite/node.ts'

test('gives the HMAC of every message under any key, whatever it gave before', () => {
  const key = fc.uint8Array({ maxLength: 150 })
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 })
  fc.assert(
    fc.property(key, key, messages, fc.nat({ max: 32 }), (one, other, all, size) => {
      const [first, second] = [keyedHmac(one), keyedHmac(other)]
      for (const message of all) {
        expect(first(message)).toEqual(suite.hmac(one, message))
        expect(second(message, size)).toEqual(suite.hmac(other, message).slice(0, size))
      }
    }),
  )
})

test.each(Array.from({ length: 130 }, (_, size) => size))('takes %i bytes', (size) => {
  const message = new Uint8Array(size).fill(0xff)
  expect(keyedHmac(message)(message)).toEqual(suite.hmac(message, message))
})
