import { readFileSync } from 'node:fs'

/** One attempt; its id begins with its class. */
export type Payload = { readonly id: string; readonly payload: string }

/** Reads JSON Lines of `{"id", "payload"}`. Throws CorpusError naming the line. */
export function readCorpus(path: string): readonly Payload[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  const payloads = lines.flatMap((text, i) => (text.trim() === '' ? [] : [parsed(text, i + 1)]))
  if (payloads.length === 0) throw new CorpusError(`${path} holds no payload.`)
  return payloads
}

function parsed(text: string, number: number): Payload {
  const read = jsonOf(text) as Partial<Record<keyof Payload, unknown>> | null | undefined
  const { id, payload } = read ?? {}
  if (typeof id === 'string' && id !== '' && typeof payload === 'string') return { id, payload }
  throw new CorpusError(`Line ${number} is not JSON with the texts "id" and "payload".`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller says which line it was
  }
}

/** A corpus that cannot be read; its message says where. */
export class CorpusError extends Error {}
