import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { toHex } from '@medrec/protocol'
import type { TestNetwork } from '../../library/src/network.test-support.ts'
import type { EnrolOptions } from './enrol.ts'
import type { GatekeeperOptions } from './openGatekeeper.ts'

/** A gatekeeper in a process of its own, and what it said first: its address, or IN_USE. */
export type Started = { readonly said: string; readonly child: ChildProcess }

/** Starts the hospital's gatekeeper on files of its own (gatekeeperProcess.test-support.ts). */
export async function startGatekeeper(
  net: TestNetwork,
  orders: {
    readonly nodeFile: string
    readonly databaseFile: string
    readonly authority: string
    readonly limits?: GatekeeperOptions['limits']
    readonly enrol?: EnrolOptions
  },
  environment: NodeJS.ProcessEnv = {},
): Promise<Started> {
  // Nobody is served by a view whose newest block is of five minutes ago; to start may take long.
  await net.rpc.request('evm_mine', [])
  const script = fileURLToPath(new URL('gatekeeperProcess.test-support.ts', import.meta.url))
  const entropy = toHex(net.hospital.keys.entropy)
  const given = JSON.stringify({ entropy, network: net.network, ...orders })
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const program = ['--conditions=source', '--import', tsx, script, given]
  const child = spawn(process.execPath, program, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
  const said = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (data) => resolve(String(data).trim()))
    child.once('exit', (code) => reject(new Error(`ended with ${code} and said nothing`)))
  })
  return { said, child }
}
