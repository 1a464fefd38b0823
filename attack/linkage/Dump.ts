import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Block } from './Block.ts'

/**
 * A chain's blocks in a file, oldest first:
 *
 *     4 bytes: length of the block, big-endian | the block, structured clone, deflated | ...
 */
export type DumpWriter = {
  write(block: Block): void
  /** Bytes so far. */
  size(): number
  close(): void
}

const headSize = 4

/** Opens a dump to be written on after its first `size` bytes; what stood behind them is dropped. */
export function openDump(path: string, size = 0): DumpWriter {
  const file = openSync(path, 'a')
  ftruncateSync(file, size)
  return {
    write(block) {
      const bytes = deflateRawSync(serialize(block), { level: 1 })
      const head = Buffer.alloc(headSize)
      head.writeUInt32BE(bytes.length)
      writeSync(file, Buffer.concat([head, bytes]))
    },
    size: () => fstatSync(file).size,
    close: () => closeSync(file),
  }
}

/** Reads the blocks of a dump, one at a time. */
export function* blocksOf(path: string): Iterable<Block> {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    for (let at = 0; at < size; ) {
      const length = bytesAt(file, at, headSize).readUInt32BE()
      yield deserialize(inflateRawSync(bytesAt(file, at + headSize, length))) as Block
      at += headSize + length
    }
  } finally {
    closeSync(file)
  }
}

function bytesAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  if (readSync(file, bytes, 0, length, position) !== length)
    throw new Error('the dump of the chain ends within a block')
  return bytes
}
