/** A JSON object from outside: nothing is known of its members. */
export type Json = { readonly [key: string]: unknown }

const nul = String.fromCharCode(0)

/** The value as an object, or an empty one. */
export function object(value: unknown): Json {
  return isObject(value) ? value : {}
}

/** Whether a value is an object (and neither array nor null). */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects of an array; a lone object counts as an array of one. */
export function objects(value: unknown): readonly Json[] {
  if (Array.isArray(value)) return value.filter(isObject)
  return isObject(value) ? [value] : []
}

/** First object of an array, or an empty one. */
export function first(value: unknown): Json {
  return objects(value)[0] ?? {}
}

/** Longest text taken over from a single line, in UTF-16 units; more is cut with an ellipsis. */
export const maxLine = 4000

/** Longest note taken over, in UTF-16 units; a gatekeeper's answer ends at 2 MiB. */
export const maxNote = 262_144

/** The value as text that every database and protocol can carry: well formed, without NUL. */
export function text(value: unknown, max: number = maxLine): string {
  if (typeof value !== 'string') return ''
  const cut = value.length > max ? `${value.slice(0, max - 1)}…` : value
  return cut.replaceAll(nul, '\uFFFD').toWellFormed()
}

/** Like `text`, but absent when empty. */
export function optionalText(value: unknown): string | undefined {
  return text(value).trim() || undefined
}
