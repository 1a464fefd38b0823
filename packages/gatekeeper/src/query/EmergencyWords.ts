import { fromHex, type Hex, toHex } from '@medrec/protocol'
import { EmergencyTables, type NodeDatabase } from '@medrec/records/node'

/** What a subject said may be read in an emergency: bit c = category c. */
export type EmergencyWord = { readonly categories: number; readonly time: number }

/**
 * Subjects' words on emergencies, pushed to us or heard from the chain, on disk: the one with the greatest time
 * counts, also while its block is not there yet, or not any more (docs/protocol.md 8).
 */
export class EmergencyWords {
  readonly #database: NodeDatabase
  readonly #words = new Map<Hex, EmergencyWord>()

  constructor(database: NodeDatabase) {
    this.#database = database
    for (const { relationship, ...word } of EmergencyTables.words(database))
      this.#words.set(toHex(relationship), word)
  }

  of(relationship: Hex): EmergencyWord | undefined {
    return this.#words.get(relationship)
  }

  /** On disk when it returns; of two words of one time the first counts. */
  keep(relationship: Hex, { categories, time }: EmergencyWord): void {
    if (time <= (this.of(relationship)?.time ?? 0)) return
    EmergencyTables.keepWord(this.#database, {
      ...{ relationship: fromHex(relationship, 32), categories, time },
    })
    this.#words.set(relationship, { categories, time })
  }
}
