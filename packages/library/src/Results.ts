import {
  allowedMask,
  type FieldList,
  fromHex,
  type Hex,
  type Scope,
  type Value,
} from '@medrec/protocol'
import type { Participant } from './Participant.ts'
import type { Receipt } from './request.ts'
import type { Column } from './verifyAnswer.ts'
import type { Commitment } from './verifyRoots.ts'

const table = 'results'

/** A read that was answered and proven. */
export type Result = {
  readonly relationship: Hex
  readonly subject: Hex
  readonly steward: Hex
  readonly pointer: Hex
  readonly resource: string
  readonly label: string
  readonly category: number
  readonly schema: number
  readonly version: number
  readonly origin: number
  /** Why it changed, if somebody said so. */
  readonly reason: string | null
  /** Unix seconds: when this version was made. */
  readonly time: number
  /** How many there are here; of a record in parts those of this part. */
  readonly rows: number
  readonly columns: readonly Column[]
  /** Which part of a record this is that no one answer holds. */
  readonly part?: ReadPart
  readonly commitment: Commitment
  readonly catalogue: FieldList
  readonly receipt: Receipt
  /** Unix seconds */
  readonly receivedAt: number
}

/** Where a part stands in its record. */
export type ReadPart = {
  readonly number: number
  /** Place of its first row. */
  readonly from: number
  /** Parts and rows of the whole record, and the root that all of them lead to. */
  readonly parts: number
  readonly total: number
  readonly of: Hex
}

/** Keeps a result, in a cache that reads fill again (paper III-C); fields of the same version that were read before stay with it. */
export async function keep(
  participant: Participant,
  result: Result,
  grant: Hex | undefined,
): Promise<void> {
  const key = [result.relationship, result.pointer, grant ?? '', result.version]
  const before = await participant.store.get<Result>(table, key)
  const names = new Set(result.columns.map(({ name }) => name))
  const others = before?.columns.filter(({ name }) => !names.has(name)) ?? []
  const order = new Map(result.catalogue.fields.map(({ name, bit }) => [name, bit]))
  const columns = [...result.columns, ...others].toSorted(
    (a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0),
  )
  await participant.store.write([{ table, key, value: { ...result, columns } satisfies Result }])
}

/** Versions of a pointer that we read, newest first; `grant` for what was shared with us. */
export async function versions(
  participant: Participant,
  of: { readonly relationship: Hex; readonly pointer: Hex; readonly grant?: Hex },
): Promise<readonly Result[]> {
  const prefix = [of.relationship, of.pointer, of.grant ?? '']
  const found = await participant.store.list<Result>(table, { prefix })
  return found.map(({ value }) => value).toSorted((a, b) => b.version - a.version)
}

/** The newest version of a pointer that we read, for screens without a connection. */
export async function latest(
  participant: Participant,
  of: { readonly relationship: Hex; readonly pointer: Hex; readonly grant?: Hex },
): Promise<Result | undefined> {
  return (await versions(participant, of))[0]
}

/** Rows that one version has and the other has not, over the fields that both hold. */
export type Change = {
  readonly fields: readonly string[]
  readonly added: readonly (readonly Value[])[]
  readonly removed: readonly (readonly Value[])[]
}

/** What changed between two versions of a pointer. */
export function changes(before: Result, after: Result): Change {
  const known = new Set(before.columns.map(({ name }) => name))
  const fields = after.columns.map(({ name }) => name).filter((name) => known.has(name))
  const [old, fresh] = [rows(before, fields), rows(after, fields)]
  return { fields, added: without(fresh, old), removed: without(old, fresh) }
}

/** Fields of a pointer that a scope allows, as bits. */
export function maskFor(
  scope: Scope,
  of: { readonly pointer: Hex; readonly category: number; readonly schema: number },
): bigint {
  const { category, schema } = of
  return allowedMask(scope, { id: fromHex(of.pointer, 16), category, schema }).reduce(
    (mask, entry) => mask | entry.mask,
    0n,
  )
}

function rows(result: Result, fields: readonly string[]): readonly (readonly Value[])[] {
  const columns = fields.map((name) => result.columns.find((column) => column.name === name))
  return Array.from({ length: result.rows }, (_, row) =>
    columns.map((column) => column?.values[row] ?? null),
  )
}

function without(
  some: readonly (readonly Value[])[],
  others: readonly (readonly Value[])[],
): readonly (readonly Value[])[] {
  const left = new Map<string, number>()
  for (const row of others) {
    const key = JSON.stringify(row)
    left.set(key, (left.get(key) ?? 0) + 1)
  }
  return some.filter((row) => {
    const key = JSON.stringify(row)
    const count = left.get(key) ?? 0
    left.set(key, count - 1)
    return count <= 0
  })
}
