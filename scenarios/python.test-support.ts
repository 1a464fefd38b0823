import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Where the second implementation stands. */
const folder = fileURLToPath(new URL('../python/', import.meta.url))
const needed = 'import sys, coincurve, mnemonic, Crypto; assert sys.version_info >= (3, 11)'

/** A Python that has what `python/requirements.txt` names: of the folder's own `.venv`, else the machine's. */
export const pythonPath: string | undefined = [`${folder}.venv/bin/python`, 'python3'].find(
  (path) => spawnSync(path, ['-c', needed]).status === 0,
)

/** Runs Python in the second implementation's folder to its end. */
export function runPython(
  args: readonly string[],
): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(pythonPath ?? 'python3', args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  })
  let [output, errors] = ['', '']
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    errors += String(chunk)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output, errors }))
  })
}
