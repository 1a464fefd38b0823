import { expect, test } from 'vitest'
import { Keys, fromHex, toHex } from './index.ts'
import { suite as browser } from './suite/browser.ts'
import { suite as node } from './suite/node.ts'
test('native and JavaScript primitives agree', () => {
  const k = Keys.fromEntropy(new Uint8Array(16).fill(7), new Uint8Array(32).fill(9))
  const d = node.sha256(new Uint8Array(3))
  for (const [a, b] of [[node, browser],[browser,node]] as const) {
    expect(toHex(a.publicKey(k.identity.privateKey))).toBe(toHex(b.publicKey(k.identity.privateKey)))
    const s = a.sign(d, k.identity.privateKey)
    expect(toHex(b.recover(d, s)!)).toBe(toHex(k.identity.publicKey))
    expect(toHex(a.tweakPublic(k.spend.publicKey, d)!)).toBe(toHex(b.publicKey(b.tweakPrivate(k.spend.privateKey, d)!)))
    expect(toHex(a.x25519(k.view.privateKey, b.x25519Public(d))!)).toBe(toHex(b.x25519(d, k.view.publicKey)!))
    expect(a.x25519(k.view.privateKey, new Uint8Array(32))).toBe(undefined)
    const o = { key: d, nonce: new Uint8Array(12), aad: d }
    expect(toHex(b.chacha.open({ ...o, sealed: a.chacha.seal({ ...o, plain: fromHex('0x1234') }) })!)).toBe('0x1234')
    expect(toHex(a.hkdf({ ikm: d, salt: d, info: d, size: 48 }))).toBe(toHex(b.hkdf({ ikm: d, salt: d, info: d, size: 48 })))
  }
})
