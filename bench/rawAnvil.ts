import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { Readable } from 'node:stream'

export type RawAnvil = {
  readonly url: string
  call<T>(method: string, params?: readonly unknown[]): Promise<T>
  /** Many calls of one method in one message; results in their order. */
  callAll<T>(method: string, params: readonly (readonly unknown[])[]): Promise<readonly T[]>
  stop(): Promise<void>
}

/** A bare anvil on a free loopback port, mining on `evm_mine`: the ground that benchmarks measure on. */
export async function startAnvil(more: readonly string[] = []): Promise<RawAnvil> {
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
    '--prune-history',
    '64',
    ...more,
  ]
  const child = spawn(binary, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const port = await portOf(child)
  const url = `http://127.0.0.1:${port}`
  let id = 0
  const call = async <T>(method: string, params: readonly unknown[] = []): Promise<T> =>
    resultOf<T>(method, await post(url, { jsonrpc: '2.0', id: ++id, method, params }))
  await call('anvil_setLoggingEnabled', [false]) // a line for each call costs as much as the call
  return {
    url,
    call,
    async callAll<T>(method: string, params: readonly (readonly unknown[])[]) {
      const first = id + 1
      id += params.length
      const calls = params.map((each, i) => ({
        ...{ jsonrpc: '2.0', id: first + i, method, params: each },
      }))
      const answers =
        calls.length === 0 ? [] : ((await post(url, calls)) as (Answer & { id: number })[])
      const byId = new Map(answers.map((answer) => [answer.id, answer]))
      return calls.map((call) => resultOf<T>(method, byId.get(call.id)))
    },
    async stop() {
      process.off('exit', kill)
      kill()
      await once(child, 'exit')
    },
  }
}

/** The port that it says it listens on; what it says afterwards is thrown away unread. */
function portOf(child: ChildProcessByStdio<null, Readable, null>): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    let seen = ''
    const look = (chunk: Buffer): void => {
      seen += chunk
      const listening = seen.match(/Listening on 127\.0\.0\.1:(\d+)/)
      if (!listening) return
      child.stdout.off('data', look).resume()
      resolve(Number(listening[1]))
    }
    child.stdout.on('data', look)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`anvil exited with ${code}`)))
  })
}

type Answer = { readonly result?: unknown; readonly error?: { readonly message: string } }

async function post(url: string, message: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message),
  })
  return response.json()
}

function resultOf<T>(method: string, answer: unknown): T {
  const { result, error } = (answer ?? { error: { message: 'no answer' } }) as Answer
  if (error) throw new Error(`${method}: ${error.message}`)
  return result as T
}
