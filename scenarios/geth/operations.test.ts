import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { connectRpc } from '@medrec/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../ports.ts'
import { runMedrec } from '../processes.test-support.ts'
import { gethPath, hasGeth } from './binary.ts'
import { headWhere } from './gethNetwork.ts'

type Ended = { readonly status: number | null; readonly stderr: string }

const patienceMs = 900_000
const page = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')
const blocks = [...page.matchAll(/^```sh geth( start)?\n([\s\S]*?)^```$/gm)].map((match) => ({
  isStart: match[1] !== undefined,
  text: match[2] as string,
}))

if (!hasGeth) console.log(`SKIPPED setting up geth: no geth at ${gethPath} (npm run geth)`)

describe.skipIf(!hasGeth)('the page’s commands for geth (need geth: npm run geth)', () => {
  let folder: string
  let environment: NodeJS.ProcessEnv
  let geth: ChildProcess | undefined

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'medrec-page-geth-'))
    const [rpc, peers, unused] = await freePorts(3)
    environment = {
      ...process.env,
      PATH: [programs(folder), process.env['PATH']].join(delimiter),
      MEDREC_DIR: folder,
      CHAIN_PORT: String(rpc),
      PEER_PORT: String(peers),
      UNUSED_PORT: String(unused),
    }
  })

  afterAll(async () => {
    if (geth?.exitCode === null) {
      geth.kill('SIGTERM')
      await once(geth, 'close')
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  })

  test(
    'make a chain on which a network is founded',
    async () => {
      expect(blocks.map(({ isStart }) => isStart)).toEqual([false, false, true])
      for (const { isStart, text } of blocks)
        if (isStart) geth = start(text, folder, environment)
        else expect(run(text, folder, environment)).toMatchObject({ status: 0 })
      const url = `ws://127.0.0.1:${environment['CHAIN_PORT']}`
      const rpc = connectRpc(url, { timeoutMs: patienceMs }) // geth unlocks its account first
      await headWhere(rpc, ({ number }) => number >= 1)
      await rpc.close()
      const { code, errors } = await runMedrec([
        ...['network', 'found', '--json', '--rpc', url, '--name', 'Ours'],
        ...['--registrar', 'registrar', '--institution', 'mercy=Mercy', '--door', url],
        ...['--funder-key-file', join(folder, 'geth/funder.key'), '--out', folder],
        ...['--engine', 'authority', '--confirmations', '3'],
      ])
      expect(code, errors).toBe(0)
      const network = JSON.parse(readFileSync(join(folder, 'network.json'), 'utf8')) as object
      expect(network).toMatchObject({ chainId: 7310, engine: 'authority', confirmations: 3 })
    },
    patienceMs,
  )
})

/** A folder where `geth` is the program that the tests use. */
function programs(folder: string): string {
  const bin = mkdtempSync(join(folder, 'bin-'))
  symlinkSync(gethPath, join(bin, 'geth'))
  return bin
}

function run(text: string, folder: string, env: NodeJS.ProcessEnv): Ended {
  const cwd = text.includes('mkdir') ? folder : join(folder, 'geth')
  const args = ['-euo', 'pipefail', '-c', `umask 077\n${text}`]
  return spawnSync('bash', args, { cwd, env, encoding: 'utf8' })
}

/** The page's ports for peers may be taken where tests run. */
function start(text: string, folder: string, env: NodeJS.ProcessEnv): ChildProcess {
  const script = text
    .replace('--port 30303', '--port "$PEER_PORT" --authrpc.port "$UNUSED_PORT"')
    .replace('geth --config', 'exec geth --config')
  const args = ['-euo', 'pipefail', '-c', script]
  return spawn('bash', args, { cwd: join(folder, 'geth'), env, stdio: 'ignore' })
}
