import { fromHex, type Hex, keccak, toHex } from '@medrec/protocol'

/** Raw transactions handed to anvil and not yet in a journaled block. */
export class Pool {
  readonly #raw = new Map<Hex, Uint8Array>()

  get size(): number {
    return this.#raw.size
  }

  /** Remembers a transaction before anvil sees it, so that no block can hold an unknown one. */
  add(raw: Uint8Array): Hex {
    const hash = toHex(keccak(raw))
    this.#raw.set(hash, raw)
    return hash
  }

  forget(hash: Hex): void {
    this.#raw.delete(hash)
  }

  /** Raw bytes of a transaction; they stay until `forget`. */
  rawOf(hash: Hex): Uint8Array | undefined {
    return this.#raw.get(hash)
  }

  all(): readonly Uint8Array[] {
    return [...this.#raw.values()]
  }

  clear(): void {
    this.#raw.clear()
  }
}

/** Reads the parameter of `eth_sendRawTransaction`. */
export function rawTransaction(params: readonly unknown[]): Uint8Array | undefined {
  const [hex] = params
  if (typeof hex !== 'string' || !/^0x([0-9a-fA-F]{2})+$/.test(hex)) return undefined
  return fromHex(hex)
}
