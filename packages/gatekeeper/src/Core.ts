import type { Hex } from '@medrec/protocol'
import type { Limits } from './adapter/messages.ts'
import type { Catalogue } from './catalogue.ts'
import type { Context } from './query/Context.ts'
import type { Wishes } from './wishes.ts'

/** Who works at the institution, as history and log name her. */
export type Staff = {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly idTag?: Hex
}

/** What changes at the gatekeeper go through. */
export type Core = Context & {
  readonly catalogue: Catalogue
  /** What one answer may hold; what is more is cut into parts. */
  readonly limits: Limits
  readonly wishes: Wishes
  /** Address of this gatekeeper, as pointers name it. */
  readonly place: string
  /** Runs work on one patient's data (or in another named turn) after what was asked for before. */
  readonly exclusive: <T>(turn: string, work: () => Promise<T>) => Promise<T>
  /** Something waits to be announced and anchored. */
  readonly changed: () => void
}

/** The turn of one patient's data. */
export function turnOf(localPatient: string): string {
  return `patient ${localPatient}`
}

/** Work in the order in which it was asked for, per name. */
export function exclusively(): Core['exclusive'] {
  const last = new Map<string, Promise<unknown>>()
  return async (name, work) => {
    const before = last.get(name)
    const run = (async () => {
      await before?.catch(() => undefined) // its own caller is told
      return work()
    })()
    last.set(name, run)
    try {
      return await run
    } finally {
      if (last.get(name) === run) last.delete(name)
    }
  }
}
