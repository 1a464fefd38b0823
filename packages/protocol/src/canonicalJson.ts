/** Deepest nesting of a JSON value that is read; deeper ones are refused, not crashed on. */
const deepest = 200

/** The one spelling of a JSON value (RFC 8785), or undefined when it has none. */
export function canonicalJson(value: unknown, depth = 0): string | undefined {
  if (depth > deepest) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => canonicalJson(item, depth + 1))
    return items.includes(undefined) ? undefined : `[${items.join(',')}]`
  }
  if (typeof value === 'object' && value !== null) return canonicalObject(value, depth)
  if (typeof value === 'string' && !value.isWellFormed()) return undefined
  return JSON.stringify(value)
}

/** Whether a text is the one spelling of its JSON value. */
export function isCanonicalJson(text: string): boolean {
  try {
    return canonicalJson(JSON.parse(text)) === text
  } catch {
    return false // no JSON: the question is answered
  }
}

function canonicalObject(value: object, depth: number): string | undefined {
  const members = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1)) // by UTF-16 code units, as RFC 8785 section 3.2.3 says
    .map(([name, member]) => {
      const text = canonicalJson(member, depth + 1)
      return name.isWellFormed() && text !== undefined
        ? `${JSON.stringify(name)}:${text}`
        : undefined
    })
  return members.includes(undefined) ? undefined : `{${members.join(',')}}`
}
