import { bundled } from './bundle.ts'
import type { Mutant } from './mutants.ts'
import type { WorkOptions } from './work.ts'

/** What became of a mutant: the history that gave it away, or undefined when none did. */
export type Hunted = { readonly name: string; readonly killedAt: number | undefined }

/** Plays histories on a copy of the code with one bug in it, until one gives it away. Throws when it is not in it. */
export async function hunt(mutant: Mutant, options: WorkOptions): Promise<Hunted> {
  const { work } = await bundled(mutant)
  return { name: mutant.name, killedAt: work(options).disagreement?.history }
}
