import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { MedrecError } from '@medrec/protocol'
import { connectRpc } from '../connectRpc.ts'
import type { Rpc } from '../rpc.ts'

/** What must never change between two starts of one chain, or the block hashes differ. */
export type Genesis = {
  readonly chainId: number
  /** Unix seconds of block 0. */
  readonly timestamp: number
  /** Wei per gas in block 0. */
  readonly baseFee: number
  readonly gasLimit: number
}

/** A running anvil that mines only when asked. */
export type Anvil = {
  readonly pid: number
  /** First line of `web3_clientVersion`. */
  readonly version: string
  readonly rpc: Rpc
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>
  /** Kills it; it holds nothing that the journal does not. */
  stop(): Promise<void>
}

/** Block states that anvil keeps in memory, for calls at recent blocks. */
const keptStates = 8
const startTimeoutMs = 30_000

/**
 * Shell that holds anvil: reading the pipe from us ends when we end, by whatever signal, and then anvil is
 * killed. So no anvil outlives its supervisor.
 */
const holder = `exec 3<&0
"$@" </dev/null 3<&- & child=$!
echo "pid $child"
(read -r _ <&3; kill -9 $child 2>/dev/null) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait $child; code=$?
kill $watcher 2>/dev/null
exit $code`

/** Starts anvil with a fresh chain (performance: about 0.1 s). Throws AnvilMissingError or AnvilFailedError. */
export async function startAnvil(genesis: Genesis): Promise<Anvil> {
  const program = anvilProgram()
  const child = spawn('/bin/sh', ['-c', holder, 'sh', program, ...argumentsFor(genesis)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => undefined) // it ended first; `exit` tells
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      child.stdin.end()
      resolve()
    })
  })
  const stop = async (): Promise<void> => {
    child.stdin.end()
    await ended
  }
  try {
    const { pid, address } = await listening(child, program)
    const rpc = connectRpc(`ws://${address}`, {
      reconnect: false,
      timeoutMs: 120_000,
      acknowledgesAtOnce: true,
    })
    const version = await rpc.request<string>('web3_clientVersion')
    await rpc.request('anvil_setLoggingEnabled', [false])
    return { pid, version, rpc, ended, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

/** The platform's binary from npm where there is one (Linux x64), else `anvil` from the PATH. */
function anvilProgram(): string {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'anvil'
  const require = createRequire(import.meta.url)
  return join(require.resolve('@foundry-rs/anvil-linux-amd64/package.json'), '..', 'bin', 'anvil')
}

function argumentsFor(genesis: Genesis): string[] {
  return [
    ['--host', privateLoopback()],
    ['--port', '0'],
    ['--no-cors'],
    ['--no-mining'],
    ['--accounts', '0'],
    ['--hardfork', 'london'],
    ['--order', 'fifo'],
    ['--disable-min-priority-fee'],
    ['--disable-default-create2-deployer'],
    ['--no-request-size-limit'],
    ['--prune-history', String(keptStates)],
    ['--chain-id', String(genesis.chainId)],
    ['--timestamp', String(genesis.timestamp)],
    ['--base-fee', String(genesis.baseFee)],
    ['--gas-limit', String(genesis.gasLimit)],
  ].flat()
}

/**
 * anvil answers web pages of every origin, so where the whole of 127/8 is ours (Linux) it listens on an
 * address of it that nobody can guess, besides a port that nobody can guess.
 */
function privateLoopback(): string {
  if (process.platform !== 'linux') return '127.0.0.1'
  return `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`
}

function listening(
  child: ChildProcess,
  program: string,
): Promise<{ pid: number; address: string }> {
  return new Promise((resolve, reject) => {
    let said = ''
    const fail = (): void => reject(startError(program, said))
    const timer = setTimeout(fail, startTimeoutMs)
    child.once('error', fail)
    child.once('exit', fail)
    const hear = (chunk: Buffer): void => {
      if (said.length > 100_000) return // the pipes must be drained for ever
      said += String(chunk)
      // Whole lines, in any order: a busy machine may let anvil speak before the shell that started it.
      const address = /Listening on (\S+)\s/.exec(said)?.[1]
      const pid = /pid (\d+)\n/.exec(said)?.[1]
      if (!address || !pid) return
      clearTimeout(timer)
      said = ''
      resolve({ pid: Number(pid), address })
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
  })
}

function startError(program: string, said: string): MedrecError {
  if (/not found/i.test(said)) return new AnvilMissingError(program)
  return new AnvilFailedError(said.replace(/^pid \d+\s*/m, '').slice(-500))
}

/** The embedded engine's program is not on this machine. */
export class AnvilMissingError extends MedrecError {
  readonly code = 'ANVIL_MISSING'
  constructor(program: string) {
    super('The embedded chain needs the program anvil, which was not found.', {
      facts: [`Looked for: ${program}`],
    })
  }
}

/** anvil ended before it listened. */
export class AnvilFailedError extends MedrecError {
  readonly code = 'ANVIL_FAILED'
  constructor(said: string) {
    super('The embedded chain did not start.', { facts: [`anvil said: ${said.trim()}`] })
  }
}
