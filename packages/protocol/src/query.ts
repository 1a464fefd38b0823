import { fromHex, toHex } from './bytes.ts'
import { MalformedError } from './errors.ts'

/** A request's query: one pointer and the names of the wanted fields (docs/protocol.md section 8). */
export type PointerQuery = { readonly pointer: Uint8Array; readonly elements: readonly string[] }

const form = /^([0-9a-f]{32})\?_elements=([a-z0-9_]{1,64}(?:,[a-z0-9_]{1,64})*)$/
const longest = 8_192

/** Reads `<pointer>?_elements=a,b`. Throws MalformedError for any other spelling. */
export function parseQuery(text: string): PointerQuery {
  const match = text.length <= longest ? form.exec(text) : null
  if (!match) throw new MalformedError('a query is <pointer>?_elements=<field>,<field>')
  const elements = (match[2] as string).split(',')
  if (new Set(elements).size !== elements.length)
    throw new MalformedError('a query names each field once')
  return { pointer: fromHex(`0x${match[1]}`), elements }
}

/** The one spelling of a query; `parseQuery` reads it back. */
export function printQuery(query: PointerQuery): string {
  return `${toHex(query.pointer).slice(2)}?_elements=${query.elements.join(',')}`
}
