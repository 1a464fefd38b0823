import type { SchemaPrint } from './Adapter.ts'

/** The first table or view that is not what it was, if any. */
export function changedIn(before: SchemaPrint, now: SchemaPrint): string | undefined {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].toSorted()
  return names.find((name) => before[name] !== now[name])
}
