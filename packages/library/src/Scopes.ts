import {
  type Entry,
  fromHex,
  type Hex,
  MalformedError,
  type Scope,
  sorted,
  toHex,
} from '@medrec/protocol'

/** An entry of a scope in JSON; `mask` in hex. */
export type EntryJson = {
  readonly pointer: Hex
  readonly category: number
  readonly schema: number
  readonly catalogue: number
  readonly mask: Hex
}

/** A scope in JSON, as requests carry it (docs/protocol.md section 8). */
export type ScopeJson = {
  readonly subject: Hex
  readonly steward: Hex
  readonly viewer: Hex
  readonly relationship: Hex
  readonly epoch: number
  readonly index: Hex
  readonly purposes: number
  readonly notBefore: number
  readonly salt: Hex
  readonly entries: readonly EntryJson[]
}

/** Writes a scope as JSON. */
export function toJson(scope: Scope): ScopeJson {
  return {
    subject: toHex(scope.subject),
    steward: toHex(scope.steward),
    viewer: toHex(scope.viewer),
    relationship: toHex(scope.relationship),
    epoch: scope.epoch,
    index: toHex(scope.index),
    purposes: scope.purposes,
    notBefore: scope.notBefore,
    salt: toHex(scope.salt),
    entries: scope.entries.map(entryToJson),
  }
}

/** Reads a scope. Throws MalformedError for anything that is none; entries must be sorted. */
export function fromJson(json: unknown): Scope {
  const raw = object(json)
  if (!Array.isArray(raw['entries'])) throw new MalformedError('a scope lists its entries')
  return {
    subject: bytes(raw['subject'], 32),
    steward: bytes(raw['steward'], 32),
    viewer: bytes(raw['viewer'], 32),
    relationship: bytes(raw['relationship'], 32),
    epoch: count(raw['epoch'], 2),
    index: bytes(raw['index'], 32),
    purposes: count(raw['purposes'], 2),
    notBefore: count(raw['notBefore'], 5),
    salt: bytes(raw['salt'], 32),
    entries: raw['entries'].map(entryFromJson),
  }
}

/** Writes one entry as JSON. */
export function entryToJson(entry: Entry): EntryJson {
  return {
    pointer: toHex(entry.pointer),
    category: entry.category,
    schema: entry.schema,
    catalogue: entry.catalogue,
    mask: `0x${entry.mask.toString(16)}`,
  }
}

/** Reads one entry. Throws MalformedError. */
export function entryFromJson(json: unknown): Entry {
  const raw = object(json)
  return {
    pointer: bytes(raw['pointer'], 16),
    category: count(raw['category'], 4),
    schema: count(raw['schema'], 4),
    catalogue: count(raw['catalogue'], 2),
    mask: maskOf(raw['mask']),
  }
}

/** Entries from JSON in the protocol's order. Throws MalformedError. */
export function entriesFromJson(entries: readonly EntryJson[]): readonly Entry[] {
  return sorted(entries.map(entryFromJson))
}

function object(json: unknown): Record<string, unknown> {
  if (typeof json !== 'object' || json === null) throw new MalformedError('an object expected')
  return json as Record<string, unknown>
}

function bytes(value: unknown, size: number): Uint8Array {
  return fromHex(String(value), size)
}

function maskOf(value: unknown): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{1,64}$/.test(value))
    throw new MalformedError('a mask is hex digits')
  return BigInt(value)
}

function count(value: unknown, size: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new MalformedError('a whole number expected')
  if (value >= 2 ** (8 * size)) throw new MalformedError(`a number of ${size} bytes expected`)
  return value
}
