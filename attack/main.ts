// `npm run attack -- linkage | timing | model | bypass`: adversaries as programs, beside the paper's plain design.
import { parseArgs } from 'node:util'

const attacks: Readonly<{
  [name: string]: () => Promise<{ run: (args: readonly string[]) => Promise<boolean> }>
}> = {
  linkage: () => import('./linkage/main.ts'),
  timing: () => import('./timing/main.ts'),
  model: () => import('./model/main.ts'),
  bypass: () => import('./bypass/main.ts'),
}

const { positionals } = parseArgs({ strict: false, allowPositionals: true })
const [name = ''] = positionals
const load = attacks[name]
if (!load) {
  process.stderr.write(`Write one of: npm run attack -- ${Object.keys(attacks).join(' | ')}\n`)
  process.exit(2)
}
const { run } = await load()
const isHeld = await run(process.argv.slice(2).filter((argument) => argument !== name))
process.exit(isHeld ? 0 : 1)
