// Installs, builds and starts MedRec with nothing but Node; works with NODE_ENV=production too.
// `node script/start.mjs [--run story|bench] [options of the command]`
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { build, checkNode, fail, install, root } from './prepare.mjs'

const args = process.argv.slice(2)
const command = args[0] === '--run' ? args.splice(0, 2)[1] : 'demo'

checkNode()
install()
build()

if (command === 'demo' || command === 'story') {
  // In this very process: one process less to keep in memory.
  setFlagsFromString('--max-semi-space-size=2')
  const main = join(root, 'packages/cli/dist/main.js')
  process.argv = [process.execPath, main, command, ...args]
  await import(pathToFileURL(main).href)
} else if (command === 'bench' && existsSync(join(root, 'bench/run.ts'))) {
  const flags = ['--import', 'tsx', 'bench/run.ts', ...args] // measures what was built, as users run it
  const child = spawn(process.execPath, flags, { cwd: root, stdio: 'inherit' })
  child.on('exit', (code) => process.exit(code ?? 1))
} else {
  fail(`There is no "${command}".`, 'Nothing was started. Write --run story or --run bench.')
}
