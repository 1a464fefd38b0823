import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'

export type RawAnvil = {
  readonly url: string
  call<T>(method: string, params?: readonly unknown[]): Promise<T>
  stop(): Promise<void>
}

/** A bare anvil on a free loopback port, mining on `evm_mine`: the ground that benchmarks measure on. */
export async function startAnvil(): Promise<RawAnvil> {
  const binary = createRequire(import.meta.url).resolve('@foundry-rs/anvil-linux-amd64/bin/anvil')
  const flags = [
    '--port',
    '0',
    '--hardfork',
    'london',
    '--gas-limit',
    '1000000000',
    '--base-fee',
    '0',
    '--gas-price',
    '0',
    '--no-mining',
  ]
  const child = spawn(binary, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<number>((resolve, reject) => {
    let seen = ''
    child.stdout.on('data', (chunk) => {
      seen += chunk
      const listening = seen.match(/Listening on 127\.0\.0\.1:(\d+)/)
      if (listening) resolve(Number(listening[1]))
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`anvil exited with ${code}`)))
  })
  const url = `http://127.0.0.1:${port}`
  let id = 0
  return {
    url,
    async call<T>(method: string, params: readonly unknown[] = []): Promise<T> {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }),
      })
      const { result, error } = (await response.json()) as {
        result: T
        error?: { message: string }
      }
      if (error) throw new Error(`${method}: ${error.message}`)
      return result
    },
    async stop() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
