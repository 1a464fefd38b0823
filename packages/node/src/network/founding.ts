import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Hex, type Network, random, toHex } from '@medrec/protocol'
import { z } from 'zod'
import { FoundingDiffersError, NetworkInputError } from './errors.ts'
import { readText, writeWhole } from './keyFolder.ts'

/** What makes a network this network: repeated, it must be the same. */
export type FoundingFacts = {
  readonly name: string
  readonly engine: Network['engine']
  readonly confirmations: number
  readonly institutions: readonly { readonly key: string; readonly name: string }[]
  /** Short name of the registrar's folder */
  readonly registrar: string
  /** Read-only WebSocket addresses of the chain */
  readonly doors: readonly string[]
}

const form = z.strictObject({
  version: z.literal(1),
  networkId: z.string().regex(/^0x[0-9a-f]{64}$/),
  name: z.string(),
  engine: z.enum(['embedded', 'proof-of-work', 'authority']),
  confirmations: z.number(),
  institutions: z.array(z.strictObject({ key: z.string(), name: z.string() })),
  registrar: z.string(),
  doors: z.array(z.string()),
  wordsShown: z.boolean(),
})

/** What a founding keeps in its folder, so that repeating it goes on. */
export type Founding = FoundingFacts & {
  readonly version: 1
  readonly networkId: Hex
  readonly wordsShown: boolean
}

/** Goes on with the founding of a folder, or begins one. Throws FoundingDiffersError. */
export function openFounding(folder: string, facts: FoundingFacts): Founding {
  const file = fileOf(folder)
  if (!existsSync(file)) {
    const { name, engine, confirmations, institutions, registrar, doors } = facts
    const founding: Founding = {
      version: 1,
      networkId: toHex(random(32)),
      ...{ name, engine, confirmations, institutions, registrar, doors },
      wordsShown: false,
    }
    keepFounding(folder, founding)
    return founding
  }
  const founding = readFounding(file)
  const names = ['name', 'engine', 'confirmations', 'institutions', 'registrar', 'doors'] as const
  const different = names.filter(
    (name) => JSON.stringify(founding[name]) !== JSON.stringify(facts[name]),
  )
  if (different.length > 0) throw new FoundingDiffersError(file, different)
  return founding
}

/** Writes a founding's facts. */
export function keepFounding(folder: string, founding: Founding): void {
  writeWhole(fileOf(folder), `${JSON.stringify(founding, null, 2)}\n`, 0o600)
}

function fileOf(folder: string): string {
  return join(folder, 'founding.json')
}

function readFounding(file: string): Founding {
  try {
    return form.parse(JSON.parse(readText(file))) as Founding
  } catch (cause) {
    throw new NetworkInputError(file, 'it is damaged', cause)
  }
}
