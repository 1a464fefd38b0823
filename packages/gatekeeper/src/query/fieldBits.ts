type Named = { readonly name: string }

const known = new WeakMap<readonly Named[], ReadonlyMap<string, number>>()

/** Places of named fields in a definition's list, which never changes; -1 for a name that is not in it. */
export function fieldBits(fields: readonly Named[], names: readonly string[]): readonly number[] {
  const bits = known.get(fields) ?? bitsIn(fields)
  known.set(fields, bits)
  return names.map((name) => bits.get(name) ?? -1)
}

function bitsIn(fields: readonly Named[]): ReadonlyMap<string, number> {
  // The first counts where a name stands twice.
  return new Map(fields.map(({ name }, bit) => [name, bit] as const).toReversed())
}
