import type { Hex } from '@medrec/protocol'
import type { NodeDatabase } from '@medrec/records/node'
import type { Context } from './query/Context.ts'
import { Emergencies } from './query/Emergencies.ts'
import { type EmergencyWord, EmergencyWords } from './query/EmergencyWords.ts'
import type { StewardState, Wishes } from './wishes.ts'

/** What emergency accesses rest on: our own list of them, and what the subject said. */
export function emergencyParts(
  database: NodeDatabase,
  wishes: Wishes,
): Pick<Context, 'emergencies' | 'emergencyCategories' | 'emergencyWords' | 'noteEmergency'> {
  const words = new EmergencyWords(database)
  return {
    emergencies: new Emergencies(database),
    emergencyWords: words,
    emergencyCategories: (relationship) =>
      categoriesOf(wishes.relationships(), words, relationship),
    noteEmergency: ({ relationship, idTag, name, reason, opened, expires }) =>
      wishes.noteEmergency({
        ...{ relationship: relationship ?? '0x', who: idTag, name, reason, opened, expires },
      }),
  }
}

/** Keeps what the chain tells of subjects' words, so that a reorganisation does not bring back the word before. */
export function hearEmergencyWords({
  wishes,
  emergencyWords,
}: Pick<Context, 'emergencyWords'> & { readonly wishes: Wishes }): void {
  for (const { id, emergencyCategories, emergencyWord } of wishes.relationships())
    if (emergencyWord > 0)
      emergencyWords.keep(id, { categories: emergencyCategories, time: emergencyWord })
}

/** Her last word on this relationship, else the last on another one with us, else everything. */
function categoriesOf(
  states: readonly StewardState[],
  words: EmergencyWords,
  relationship: Hex,
): number {
  const state = states.find(({ id }) => id === relationship)
  if (!state) return 0
  const { emergencyCategories, emergencyWord, subject } = state
  const kept = words.of(relationship)
  if (kept && kept.time > emergencyWord) return kept.categories
  if (emergencyWord > 0) return emergencyCategories
  const others = states.flatMap((other): readonly EmergencyWord[] => {
    const word = other.subject === subject ? words.of(other.id) : undefined
    return word ? [word] : []
  })
  return others.toSorted((a, b) => b.time - a.time)[0]?.categories ?? emergencyCategories
}
