import { type KeyedHmac, keyedHmac, utf8 } from '@medrec/protocol'

/**
 * What any change of a set of rows changes, whatever order they come in: the sum modulo 2^256 of each row's HMAC under
 * the pointer's secret. Without the secret nobody finds other rows with the same mark; it never leaves the node.
 */
export class RowMark {
  readonly #hmac: KeyedHmac
  readonly #sum = new Uint32Array(8)

  constructor(pointerSecret: Uint8Array) {
    this.#hmac = keyedHmac(pointerSecret)
  }

  /** @param key the record key's JSON. @param row the row's JSON */
  add(key: string, row: string): void {
    const bytes = this.#hmac(utf8(`mark${key}${row}`))
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let carry = 0
    for (let i = 7; i >= 0; i--) {
      const sum = (this.#sum[i] as number) + view.getUint32(4 * i) + carry
      this.#sum[i] = sum // modulo 2^32
      carry = sum > 0xffff_ffff ? 1 : 0
    }
  }

  value(): Uint8Array {
    const bytes = new Uint8Array(32)
    const view = new DataView(bytes.buffer)
    this.#sum.forEach((word, i) => {
      view.setUint32(4 * i, word)
    })
    return bytes
  }
}
