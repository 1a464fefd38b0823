import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** `npm run failures -- ...` in a process of its own: what it says, and why it ended. */
export function failures(...options: readonly string[]): Promise<string> {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const program = ['--conditions=source', '--import', tsx, main, ...options]
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += String(chunk)
    })
  return new Promise((resolve) => child.once('close', (code) => resolve(`${text}ended: ${code}\n`)))
}
