import type { Server } from 'node:http'
import {
  compare,
  type Field,
  type FieldList,
  fromHex,
  type Hex,
  hiddenHash,
  indexEntryHash,
  indexLeafHash,
  indexPointer,
  Keys,
  labelsHash,
  MerkleMap,
  mapKey,
  merkleRoot,
  type Origin,
  origins,
  type PointerLeaf,
  pointerLeafHash,
  queryHash,
  type Row,
  random,
  resultTree,
  signStatement,
  type Terms,
  toHex,
} from '@medrec/protocol'
import type { Opened } from './network.test-support.ts'
import { logHead } from './verifyIndex.ts'
import type { Answer, IndexAnswer, LogAnswer } from './wire.ts'

export const fields: readonly Field[] = [
  { bit: 0, name: 'code', type: 'text' },
  { bit: 1, name: 'value', type: 'decimal' },
  { bit: 2, name: 'secret', type: 'text' },
]

/** The fields as answers list them. */
export const catalogue: FieldList = {
  version: 1,
  resource: 'labs',
  label: 'Results',
  fields: fields.map((field) => ({ ...field, label: field.name.toUpperCase() })),
}

export type Version = {
  leaf: PointerLeaf
  hash: Uint8Array
  rows: readonly Row[]
  reason: string | null
}
type Cause = { readonly origin: Origin; readonly reason: string | null }
export type IndexStep = { size: number; entries: Hex; hidden: Hex; previous: Hex }

/**
 * An honest steward of one relationship: its map, its index, its log, over HTTP. Tests spoil what it says
 * with `tamper`, after it was proven and before it is sealed.
 */
export type TestInstitution = {
  readonly url: string
  readonly pointers: readonly Uint8Array[]
  tamper: {
    query?: (answer: Answer) => unknown
    index?: (answer: IndexAnswer) => unknown
    log?: (answer: LogAnswer) => unknown
  }
  /** Signs answers with other keys than the profile's. */
  signer: Keys.Keys
  refuse: { code: string; message: string } | undefined
  readonly asked: { path: string; body: Record<string, unknown> }[]
  pending: boolean
  /** The version that is served to whoever asks for the newest one. */
  serveVersion: number | undefined
  write(pointer: Uint8Array, rows: readonly Row[], reason?: string): void
  /** Changes data that nobody gave a reason for. */
  alter(pointer: Uint8Array, rows: readonly Row[]): void
  log(text: string): void
  root(): Hex
  close(): Promise<void>
}

export class RecordKeeper implements TestInstitution {
  readonly participant: Opened
  readonly relationship: { id: Hex; terms: Terms; subject: Hex }
  readonly pointers: readonly Uint8Array[] = [random(16), random(16)]
  readonly asked: { path: string; body: Record<string, unknown> }[] = []
  readonly secret = random(32)
  readonly versions = new Map<string, Version[]>()
  readonly indexes: IndexStep[] = []
  readonly texts: string[] = []
  map = MerkleMap.empty
  tamper: TestInstitution['tamper'] = {}
  signer: Keys.Keys
  refuse: TestInstitution['refuse'] = undefined
  pending: boolean = false
  serveVersion: number | undefined = undefined
  url = ''
  server: Server | undefined
  head: Hex = `0x${'00'.repeat(32)}`
  updates = 0

  constructor(participant: Opened, relationship: { id: Hex; terms: Terms; subject: Hex }) {
    this.participant = participant
    this.relationship = relationship
    this.signer = participant.keys
    for (const pointer of this.pointers)
      this.#add(pointer, [['glucose', '5.1', 'x']], written(null))
    this.#index()
  }

  write(pointer: Uint8Array, rows: readonly Row[], reason?: string): void {
    this.updates++
    this.#add(pointer, rows, written(reason ?? null))
    this.#index()
  }

  alter(pointer: Uint8Array, rows: readonly Row[]): void {
    this.updates++
    this.#add(pointer, rows, { origin: origins.unexplained, reason: null })
    this.#index()
  }

  log(text: string): void {
    this.texts.push(text)
    this.head = logHead(this.head, text)
    this.#index()
  }

  root(): Hex {
    return toHex(this.map.root)
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections()
    await new Promise((resolve) => this.server?.close(resolve))
  }

  key(pointer: Uint8Array): Uint8Array {
    return mapKey(this.relationship.terms.salt, fromHex(this.relationship.id), pointer)
  }

  tree(pointer: Uint8Array, version: number, rows: readonly Row[], change: Cause) {
    return resultTree({
      header: {
        pointer,
        version,
        category: 5,
        schema: 7,
        catalogue: 1,
        labels: labelsHash(catalogue),
        rows: rows.length,
        fields: fields.length,
        change,
      },
      fields,
      rows,
      pointerSecret: this.secret,
    })
  }

  sorted(): readonly Uint8Array[] {
    return this.pointers.toSorted(compare)
  }

  entryHashes(): readonly Uint8Array[] {
    return this.sorted().map((pointer) =>
      indexEntryHash({ pointer, category: 5, schema: 7, key: this.key(pointer) }),
    )
  }

  promise(leaf: Uint8Array): { time: number; delay: number; signature: Hex } {
    const time = Math.floor(Date.now() / 1000)
    const value = { leaf, index: this.indexHash(), time, delay: 60 }
    const key = Keys.anchorKey(this.participant.keys)
    const signature = toHex(signStatement(key, this.participant.domain, 'Pending', value))
    return { time, delay: 60, signature }
  }

  indexHash(): Uint8Array {
    const { previous, entries, hidden, size } = this.indexes.at(-1) as IndexStep
    return indexLeafHash(this.key(indexPointer), {
      relationship: fromHex(this.relationship.id),
      size,
      entries: fromHex(entries),
      hidden: fromHex(hidden),
      previous: fromHex(previous),
    })
  }

  #add(pointer: Uint8Array, rows: readonly Row[], cause: Cause): void {
    const versions = this.versions.get(toHex(pointer)) ?? []
    const version = versions.length + 1
    const leaf: PointerLeaf = {
      relationship: fromHex(this.relationship.id),
      pointer,
      version,
      previous: versions.at(-1)?.hash ?? new Uint8Array(32),
      origin: cause.origin,
      category: 5,
      schema: 7,
      catalogue: 1,
      query: queryHash(new Uint8Array(16), 'SELECT 1'),
      result: this.tree(pointer, version, rows, cause).root,
      time: 1_700_000_000 + version,
    }
    const hash = pointerLeafHash(this.key(pointer), leaf)
    this.versions.set(toHex(pointer), [...versions, { leaf, hash, rows, reason: cause.reason }])
    this.map = MerkleMap.set(this.map, this.key(pointer), hash)
  }

  #index(): void {
    const before = this.indexes.length === 0 ? new Uint8Array(32) : this.indexHash()
    const opened = {
      updates: this.updates,
      logHead: fromHex(this.head),
      logLength: this.texts.length,
    }
    this.indexes.push({
      size: this.pointers.length,
      entries: toHex(merkleRoot(this.entryHashes())),
      hidden: toHex(hiddenHash(this.relationship.terms.salt, opened)),
      previous: toHex(before),
    })
    this.map = MerkleMap.set(this.map, this.key(indexPointer), this.indexHash())
  }
}

function written(reason: string | null): Cause {
  return { origin: origins.writePath, reason }
}
