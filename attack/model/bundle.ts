import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'vite'
import type { Mutant } from './mutants.ts'
import type { Third } from './play.ts'
import type { Work, WorkOptions } from './work.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Where a file finds the project's libraries, and where nothing is kept. */
const cache = join(root, 'node_modules/.cache')

/** What a bundle gives: `work.ts` and all that it rests on. */
export type Player = { readonly work: (options: WorkOptions, third?: Third) => Work }

/**
 * Loads what plays histories as one file, with one bug in it or with none: a module each of a hundred files, as a
 * runner of TypeScript loads them, spends a third of the time on keeping functions' names. Throws when the bug's
 * text is not in its file exactly once.
 */
export async function bundled(mutant?: Mutant): Promise<Player> {
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'medrec-model-'))
  let isPut = false
  const bug: Plugin = {
    name: 'bug',
    enforce: 'pre',
    transform(code, id) {
      if (!mutant || id.split('?')[0] !== join(root, mutant.file)) return undefined
      isPut = true
      return { code: altered(code, mutant), map: null }
    },
  }
  try {
    await build({
      ...{ configFile: false, root, logLevel: 'silent', plugins: [bug] },
      ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
      resolve: { conditions: ['source'] },
      build: {
        ...{ ssr: 'attack/model/work.ts', outDir: folder, emptyOutDir: true },
        ...{ target: 'node20', minify: false },
      },
    })
    if (mutant && !isPut) throw new Error(`not applied: ${mutant.name} (${mutant.file})`)
    const file = pathToFileURL(join(folder, 'work.js'))
    return (await import(/* @vite-ignore */ file.href)) as Player
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function altered(code: string, { name, file, find, put }: Mutant): string {
  const [before, after, ...others] = code.split(find)
  if (after === undefined || others.length > 0)
    throw new Error(`not applied: ${name} (${file} does not hold exactly once: ${find})`)
  return before + put + after
}
