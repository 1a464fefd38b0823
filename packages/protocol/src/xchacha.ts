import { hchacha } from '@noble/ciphers/chacha.js'
import { suite } from '#suite'
import { utf8 } from './bytes.ts'

const sigma = words(utf8('expand 32-byte k'))

/** What is sealed under a key (32 bytes) with a nonce (24 bytes), and what it is bound to. */
type Sealing = {
  readonly key: Uint8Array
  readonly nonce: Uint8Array
  readonly aad: Uint8Array
}

/** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): the platform's ChaCha20-Poly1305 under a subkey. */
export function seal(options: Sealing & { readonly plain: Uint8Array }): Uint8Array {
  return suite.chacha.seal({ ...inner(options), plain: options.plain })
}

/** Opens what `seal` made; undefined for what was altered, or is not for this key. */
export function open(options: Sealing & { readonly sealed: Uint8Array }): Uint8Array | undefined {
  return suite.chacha.open({ ...inner(options), sealed: options.sealed })
}

function inner({ key, nonce, aad }: Sealing): Sealing {
  const subkey = new Uint32Array(8)
  hchacha(sigma, words(key), words(nonce.subarray(0, 16)), subkey)
  const short = new Uint8Array(12)
  short.set(nonce.subarray(16), 4)
  return { key: new Uint8Array(subkey.buffer), nonce: short, aad }
}

/**
 * The bytes as 32-bit words in the machine's order, copied since views must begin at a multiple of four. Not by
 * `slice`, which in Node's Buffer shares the memory: the words would be those of its pool.
 */
function words(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer)
}
