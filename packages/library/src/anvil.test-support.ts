import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fromHex } from '@medrec/protocol'

/** First of the accounts that every anvil knows. */
const anvilKey = fromHex('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')

/** An engine that runs, with an account that pays. */
export type TestEngine = {
  readonly url: string
  readonly funderKey: Uint8Array
  stop(): Promise<void> | void
}

/** An anvil of our own, which mines each transaction at once. */
export async function startAnvil(): Promise<TestEngine> {
  const { resolve: resolvePackage } = createRequire(import.meta.url)
  const manifest = resolvePackage('@foundry-rs/anvil-linux-amd64/package.json')
  const program = join(manifest, '..', 'bin', 'anvil')
  // Former states stay in memory; else anvil leaves gigabytes of them in its folder when it is killed.
  const options = [
    '--port',
    '0',
    '--hardfork',
    'london',
    '--accounts',
    '1',
    '--prune-history',
    '256',
  ]
  const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'ignore'] })
  const port = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += String(chunk)
      const found = /Listening on 127\.0\.0\.1:(\d+)\s/.exec(said)
      if (found) resolve(found[1] as string)
    })
    child.once('exit', () => reject(new Error(said)))
  })
  return {
    url: `ws://127.0.0.1:${port}`,
    funderKey: anvilKey,
    stop: () => void child.kill('SIGKILL'),
  }
}
