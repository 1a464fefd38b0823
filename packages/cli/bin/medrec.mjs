#!/usr/bin/env node
// npm links a command only if its file is there, and dist/ is built after the installation.
import { existsSync } from 'node:fs'

const main = new URL('../dist/main.js', import.meta.url)
if (existsSync(main)) await import(main.href)
else {
  process.stderr.write(
    'MedRec is not built yet. Run "npm run build" in its folder, then this again.\n',
  )
  process.exitCode = 1
}
