import type { Hex } from '@medrec/protocol'
import type { ParsedRecord } from '../../../packages/relay/src/records.ts'
import type { Transaction } from '../Block.ts'
import { type Uniformity, uniformity } from '../statistics.ts'

/** What must hold of our record whoever looks at it (docs/privacy.md: static checks). */
export class Checks {
  readonly #batchSize: number
  readonly #seen = new Map<string, Set<string>>()
  readonly #addresses = new Map<string, string>()
  readonly #counts = new Map<string, number>()
  readonly #bytes = {
    'sealed bytes of notes': counters(),
    'sealed bytes of real notes': counters(),
    'tags of notes': counters(),
    'update tags': counters(),
    'real update tags': counters(),
  }

  constructor(batchSize: number) {
    this.#batchSize = batchSize
  }

  /** A thing that may stand in the record once. */
  once(name: string, value: string): void {
    const seen = this.#seen.get(name) ?? new Set()
    this.count(`${name} twice`, seen.has(value))
    this.#seen.set(name, seen.add(value))
  }

  /** An address that may have one use, and that one once. */
  address(use: string, address: string): void {
    this.count('address used twice', this.#addresses.has(address))
    this.#addresses.set(address, use)
  }

  count(name: string, isSo: boolean): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + (isSo ? 1 : 0))
  }

  batch({ input, to }: Transaction, records: readonly ParsedRecord[]): void {
    this.count('batches of another size', input.length !== 2 + 2 * this.#batchSize || !to)
    const order = records.map(({ kind }) => (kind === 'notes' ? 1 : kind === 'tags' ? 2 : 0))
    this.count(
      'records out of order',
      order.some((rank, i) => rank < (order[i - 1] ?? 0)),
    )
    this.count('more than one record of tags', order.filter((rank) => rank === 2).length > 1)
    const dated = records.filter(({ deadline }) => deadline !== undefined)
    this.count(
      'deadlines within an hour',
      dated.some(({ deadline = 0 }) => deadline % 3_600 > 0),
    )
    const notes = records.filter(({ kind }) => kind === 'notes').map((r) => r.notes.length / 400)
    this.count(
      'records of notes that are not full',
      notes.slice(0, -1).some((n) => n !== 15),
    )
  }

  note(tag: Hex, sealed: Uint8Array, isReal: boolean): void {
    this.once('tag of a note', tag)
    this.count('notes of another size', sealed.length !== 384)
    tally(this.#bytes['sealed bytes of notes'], sealed)
    tally(this.#bytes['tags of notes'], Buffer.from(tag.slice(2), 'hex'))
    if (isReal) tally(this.#bytes['sealed bytes of real notes'], sealed)
  }

  tag(tag: Hex, bytes: Uint8Array, isReal: boolean): void {
    this.once('update tag', tag)
    tally(this.#bytes['update tags'], bytes)
    if (isReal) tally(this.#bytes['real update tags'], bytes)
  }

  /** How often something happened that must not happen: all 0. */
  faults(): Readonly<{ [name: string]: number }> {
    return Object.fromEntries(this.#counts)
  }

  /** Whether all 256 values of a byte are equally frequent. */
  bytes(): Readonly<{ [name: string]: Uniformity }> {
    return Object.fromEntries(
      Object.entries(this.#bytes).map(([name, counts]) => [name, uniformity([...counts])]),
    )
  }
}

const counters = (): Float64Array => new Float64Array(256)

function tally(counts: Float64Array, bytes: Uint8Array): void {
  for (const byte of bytes) counts[byte] = (counts[byte] as number) + 1
}
