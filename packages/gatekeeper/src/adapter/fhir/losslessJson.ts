/** A number as it was written: FHIR tells 1.0 from 1.00 (FHIR R4, decimal). */
export class JsonNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json }

/** Deepest nesting that is read. */
const deepest = 100

/** Reads JSON (RFC 8259) with numbers as written. Throws SyntaxError without any of the text; a name may stand once. */
export function parseLossless(text: string): Json {
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.end()
  return value
}

/** Whether a value is an object with named members. */
export function isObject(value: Json | undefined): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonNumber)
  )
}

/** Writes a value, numbers as they were read. */
export function writeLossless(value: Json): string {
  if (value instanceof JsonNumber) return value.text
  if (Array.isArray(value)) return `[${value.map(writeLossless).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.entries(value)
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${writeLossless(member)}`).join(',')}}`
}

const space = /[ \t\n\r]*/y
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const string = /"[^"\\]*(?:\\.[^"\\]*)*"/y
const word = /true|false|null/y
const words: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null }

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): Json {
    if (depth > deepest) throw new SyntaxError('JSON nested too deeply')
    this.#take(space)
    const next = this.#text[this.#at]
    if (next === '{') return this.#object(depth)
    if (next === '[') return this.#array(depth)
    if (next === '"') return this.#string()
    const known = this.#take(word)
    if (known !== undefined) return words[known] as boolean | null
    const written = this.#take(number)
    if (written === undefined) throw new SyntaxError('JSON expected')
    return new JsonNumber(written)
  }

  end(): void {
    this.#take(space)
    if (this.#at !== this.#text.length) throw new SyntaxError('JSON goes on after its end')
  }

  #object(depth: number): JsonObject {
    const members = new Map<string, Json>()
    this.#items('}', () => {
      this.#take(space)
      const name = this.#string()
      this.#require(':')
      if (members.has(name)) throw new SyntaxError('a JSON name stands twice')
      members.set(name, this.value(depth + 1))
    })
    return Object.fromEntries(members)
  }

  #array(depth: number): readonly Json[] {
    const items: Json[] = []
    this.#items(']', () => items.push(this.value(depth + 1)))
    return items
  }

  #items(end: string, item: () => void): void {
    this.#at += 1
    this.#take(space)
    if (this.#text[this.#at] === end) {
      this.#at += 1
      return
    }
    for (;;) {
      item()
      this.#take(space)
      const next = this.#text[this.#at]
      this.#at += 1
      if (next === end) return
      if (next !== ',') throw new SyntaxError('JSON list expected')
    }
  }

  #string(): string {
    const written = this.#take(string)
    if (written === undefined) throw new SyntaxError('JSON string expected')
    try {
      return JSON.parse(written) as string
    } catch {
      throw new SyntaxError('JSON string expected') // without the cause: its message quotes the text
    }
  }

  #require(sign: string): void {
    this.#take(space)
    if (this.#text[this.#at] !== sign) throw new SyntaxError('JSON member expected')
    this.#at += 1
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    if (!pattern.test(this.#text)) return undefined
    const found = this.#text.slice(this.#at, pattern.lastIndex)
    this.#at = pattern.lastIndex
    return found
  }
}
