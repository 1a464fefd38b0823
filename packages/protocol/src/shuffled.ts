import { random } from './hash.ts'

const limit = 2 ** 32
const drawnBytes = 4

/** The items in a random order, each order as likely as any other (Fisher and Yates; Knuth 3.4.2, algorithm P). */
export function shuffled<T>(
  items: readonly T[],
  randomBytes: (size: number) => Uint8Array = pooled(drawnBytes * items.length),
): readonly T[] {
  const order = [...items]
  for (let last = order.length - 1; last > 0; last--) {
    const other = below(last + 1, randomBytes)
    const moved = order[last] as T
    order[last] = order[other] as T
    order[other] = moved
  }
  return order
}

/** A whole number from 0 to bound - 1; what would favour small numbers is thrown away. */
function below(bound: number, randomBytes: (size: number) => Uint8Array): number {
  const fair = limit - (limit % bound)
  for (;;) {
    const bytes = randomBytes(drawnBytes)
    const drawn = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
    if (drawn < fair) return drawn % bound
  }
}

/** Random bytes, drawn from the system many at a time: each call of it costs as much as a thousand bytes. */
function pooled(poolSize: number): (size: number) => Uint8Array {
  let left: Uint8Array = new Uint8Array()
  return (size) => {
    if (left.length < size) left = random(Math.max(poolSize, size))
    const taken = left.subarray(0, size)
    left = left.subarray(size)
    return taken
  }
}
