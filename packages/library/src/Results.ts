import { allowedMask, fromHex, type Hex, type Scope, type Value } from '@medrec/protocol'
import type { Participant } from './Participant.ts'
import type { Result } from './Query.ts'

const table = 'results'

/** A result as it was kept; a cache that reads fill again (paper III-C). */
export type Kept = Result

/** Keeps a result; fields of the same version that were read before stay with it. */
export async function keep(
  participant: Participant,
  result: Result,
  grant: Hex | undefined,
): Promise<void> {
  const key = [result.relationship, result.pointer, grant ?? '', result.version]
  const before = await participant.store.get<Kept>(table, key)
  const names = new Set(result.columns.map(({ name }) => name))
  const others = before?.columns.filter(({ name }) => !names.has(name)) ?? []
  const order = new Map(result.catalogue.fields.map(({ name, bit }) => [name, bit]))
  const columns = [...result.columns, ...others].toSorted(
    (a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0),
  )
  await participant.store.write([{ table, key, value: { ...result, columns } satisfies Kept }])
}

/** Versions of a pointer that we read, newest first; `grant` for what was shared with us. */
export async function versions(
  participant: Participant,
  of: { readonly relationship: Hex; readonly pointer: Hex; readonly grant?: Hex },
): Promise<readonly Kept[]> {
  const prefix = [of.relationship, of.pointer, of.grant ?? '']
  const found = await participant.store.list<Kept>(table, { prefix })
  return found.map(({ value }) => value).toSorted((a, b) => b.version - a.version)
}

/** The newest version of a pointer that we read, for screens without a connection. */
export async function latest(
  participant: Participant,
  of: { readonly relationship: Hex; readonly pointer: Hex; readonly grant?: Hex },
): Promise<Kept | undefined> {
  return (await versions(participant, of))[0]
}

/** Rows that one version has and the other has not, over the fields that both hold. */
export type Change = {
  readonly fields: readonly string[]
  readonly added: readonly (readonly Value[])[]
  readonly removed: readonly (readonly Value[])[]
}

/** What changed between two versions of a pointer. */
export function changes(before: Kept, after: Kept): Change {
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

function rows(result: Kept, fields: readonly string[]): readonly (readonly Value[])[] {
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
