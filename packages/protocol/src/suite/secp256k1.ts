import { createRequire } from 'node:module'
import type { Signature, Suite } from './Suite.ts'

type Curve = Pick<Suite, 'publicKey' | 'sign' | 'recover' | 'tweakPublic' | 'tweakPrivate'>

const require = createRequire(import.meta.url)

/** libsecp256k1: the native addon, or its WebAssembly build where no prebuilt addon loads. */
export const secp256k1: Curve = native() ?? wasm()

function native(): Curve | undefined {
  type Addon = typeof import('secp256k1')
  let addon: Addon
  try {
    require('secp256k1/bindings.js') // throws without the addon, where the package itself falls back to slow JavaScript
    addon = require('secp256k1')
  } catch {
    return undefined
  }
  return {
    publicKey: (privateKey) => addon.publicKeyCreate(privateKey, false).slice(1),
    sign(digest, privateKey) {
      const { signature, recid } = addon.ecdsaSign(digest, privateKey)
      return compact(signature, recid)
    },
    recover(digest, signature) {
      if (digest.length !== 32 || signature.length !== 64) return undefined
      const { rs, parity } = expand(signature)
      try {
        return addon.ecdsaRecover(rs, parity, digest, false).slice(1)
      } catch {
        return undefined // not a signature: the answer is "nobody", not an error
      }
    },
    tweakPublic(publicKey, tweak) {
      try {
        return addon.publicKeyTweakAdd(Uint8Array.of(4, ...publicKey), tweak, false).slice(1)
      } catch {
        return undefined // the point at infinity, or a tweak out of range
      }
    },
    tweakPrivate(privateKey, tweak) {
      try {
        return addon.privateKeyTweakAdd(privateKey.slice(), tweak)
      } catch {
        return undefined // zero, or a tweak out of range
      }
    },
  }
}

function wasm(): Curve {
  const curve: typeof import('tiny-secp256k1') = require('tiny-secp256k1')
  return {
    publicKey: (privateKey) => (curve.pointFromScalar(privateKey, false) as Uint8Array).slice(1),
    sign(digest, privateKey) {
      const { signature, recoveryId } = curve.signRecoverable(digest, privateKey)
      return compact(signature, recoveryId)
    },
    recover(digest, signature) {
      if (digest.length !== 32 || signature.length !== 64) return undefined
      const { rs, parity } = expand(signature)
      try {
        return curve.recover(digest, rs, parity, false)?.slice(1)
      } catch {
        return undefined // not a signature
      }
    },
    tweakPublic: (publicKey, tweak) =>
      curve.pointAddScalar(Uint8Array.of(4, ...publicKey), tweak, false)?.slice(1),
    tweakPrivate: (privateKey, tweak) => curve.privateAdd(privateKey, tweak) ?? undefined,
  }
}

function compact(rs: Uint8Array, parity: number): Signature {
  const signature = rs.slice()
  if (parity === 1) signature[32] = (signature[32] as number) | 0x80
  return signature
}

function expand(signature: Signature): { rs: Uint8Array; parity: 0 | 1 } {
  const rs = signature.slice()
  rs[32] = (rs[32] as number) & 0x7f
  return { rs, parity: (signature[32] as number) >> 7 === 1 ? 1 : 0 }
}
