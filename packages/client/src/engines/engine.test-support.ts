import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Hex } from '@medrec/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { connectRpc } from '../connectRpc.ts'
import type { Rpc } from '../rpc.ts'

export type EngineProcess = {
  readonly url: string
  readonly funderKey: Hex
  readonly chainId: number
  readonly rpc: Rpc
  readonly pid: number
  /** Ends it as a power cut would. */
  kill(): Promise<void>
}

export function temporaryJournal(): string {
  return join(mkdtempSync(join(tmpdir(), 'medrec-journal-')), 'chain.sqlite')
}

/** Starts the supervisor in a process of its own; `fileBlocks` limits each of its files (512 bytes a block). */
export async function startEngineProcess(
  journalPath: string,
  fileBlocks?: number,
): Promise<EngineProcess> {
  const script = fileURLToPath(new URL('engineProcess.test-support.ts', import.meta.url))
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const node = [process.execPath, '--conditions=source', '--import', tsx, script, journalPath]
  const limit = fileBlocks === undefined ? '' : `ulimit -f ${fileBlocks}; `
  const child = spawn('/bin/sh', ['-c', `${limit}exec "$@"`, 'sh', ...node], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const { url, funderKey, chainId } = JSON.parse(await firstLine(child)) as Omit<
    EngineProcess,
    'rpc'
  >
  const rpc = connectRpc(url)
  return {
    url,
    funderKey,
    chainId,
    rpc,
    pid: child.pid as number,
    kill: async () => {
      await rpc.close()
      child.kill('SIGKILL')
      await ended
    },
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    let complained = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      complained += String(chunk)
    })
    child.stdout?.on('data', (chunk: Buffer) => {
      said += String(chunk)
      const end = said.indexOf('\n')
      if (end >= 0) resolve(said.slice(0, end))
    })
    child.once('exit', () => reject(new Error(complained)))
  })
}

/** Signs a payment of 1 wei. */
export function payment(options: {
  key: Hex
  chainId: number
  nonce: number
  to?: Hex
  gasPrice?: bigint
}): Promise<Hex> {
  return privateKeyToAccount(options.key).signTransaction({
    type: 'legacy',
    chainId: options.chainId,
    nonce: options.nonce,
    gas: 21_000n,
    gasPrice: options.gasPrice ?? 1_000_000_000n,
    to: options.to ?? '0x00000000000000000000000000000000000000aa',
    value: 1n,
  })
}

/** Resolves with the first block announced whose number is at least `number`. */
export async function announced(rpc: Rpc, number: number): Promise<{ number: Hex; hash: Hex }> {
  let stop: () => void = () => undefined
  const seen = new Promise<{ number: Hex; hash: Hex }>((resolve, reject) => {
    rpc
      .subscribe(['newHeads'], (head) => {
        const block = head as { number: Hex; hash: Hex }
        if (Number(block.number) >= number) resolve(block)
      })
      .then((end) => {
        stop = end
        return rpc.request<{ number: Hex; hash: Hex }>('eth_getBlockByNumber', ['latest', false])
      })
      .then((head) => Number(head.number) >= number && resolve(head))
      .catch(reject)
  })
  const head = await seen
  stop()
  return head
}

/** Resolves when a sealed block holds an account's first `count` transactions: a block's number does not tell. */
export async function mined(rpc: Rpc, account: Hex, count: number): Promise<void> {
  const paid = (): Promise<number> =>
    rpc.request<Hex>('eth_getTransactionCount', [account, 'latest']).then(Number)
  let stop: () => void = () => undefined
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      paid().then((done) => done >= count && resolve(), reject)
    }
    rpc.subscribe(['newHeads'], look).then((end) => {
      stop = end
      look()
    }, reject)
  })
  stop()
}

/** Process ids of the anvils below a process, through the shell that holds them. */
export function anvilsOf(pid: number): readonly number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' })
  const rows = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([id, parent, name]) => ({ id: Number(id), parent: Number(parent), name }))
  const holders = rows.filter(({ parent }) => parent === pid).map(({ id }) => id)
  return rows
    .filter(({ parent, name }) => name === 'anvil' && holders.includes(parent))
    .map(({ id }) => id)
}
