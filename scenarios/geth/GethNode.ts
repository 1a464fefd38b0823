import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Account, accountOf, type Hex, random, toHex } from '@medrec/protocol'
import { gethPath } from './binary.ts'
import type { Consensus } from './genesis.ts'

/** Where a node runs: on loopback, or in a network namespace that commands enter. */
export type Place = {
  /** Where its peers reach it, and where requests do */
  readonly peerAddress: string
  readonly rpcAddress: string
  readonly enter: readonly string[]
  /** `unused`: of the beacon chain's interface, which geth opens whether or not anybody wants it. */
  readonly ports: { readonly peer: number; readonly rpc: number; readonly unused: number }
  /** Who may be spoken to, as CIDR. */
  readonly neighbours: string
}

/** A node of a private network before it is started: folder, key and address are settled. */
export type Identity = {
  readonly name: string
  readonly folder: string
  readonly place: Place
  /** Its blocks are credited to it; under Clique it signs them. */
  readonly miner: Account
  readonly enode: string
  /** The same, with the nodes that it keeps a connection to, as geth's config file. */
  readonly configFile: string
}

export type GethNode = {
  readonly name: string
  readonly url: string
  readonly coinbase: Hex
  /** Resolves when the node takes requests. */
  start(): Promise<void>
  /** SIGTERM and the end of the process; stopping twice is fine. */
  stop(): Promise<void>
  /** The process ends at once, as in a power cut. */
  kill(): Promise<void>
  /** Forgets the chain, keeps key and account: a new disk. */
  wipe(): void
  /** A request that only the node's own machine may make. */
  admin<T>(method: string, params?: readonly unknown[]): Promise<T>
  mine(isMining: boolean): Promise<void>
  /** Stops mining for some seconds. */
  rest(seconds: number): void
}

/** docs/operations.md, "A miner that chooses": a price that nobody pays, which local accounts need not pay. */
const choosing = ['--miner.gasprice', '1000000000000', '--txpool.journal', '']
const ready = /WebSocket enabled|HTTP server started/

/** Chooses keys for a node and makes its folder. */
export function newIdentity(name: string, folder: string, place: Place): Identity {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const key = accountOf(random(32))
  writeFileSync(join(folder, 'nodekey'), toHex(key.privateKey).slice(2), { mode: 0o600 })
  const id = toHex(key.publicKey).slice(2)
  return {
    ...{ name, folder, place },
    miner: accountOf(random(32)),
    enode: `enode://${id}@${place.peerAddress}:${place.ports.peer}`,
    configFile: join(folder, 'geth.toml'),
  }
}

/** A node with the peers that it keeps a connection to; nobody else is looked for. */
export function openGeth(
  identity: Identity,
  options: {
    readonly networkId: number
    readonly genesisFile: string
    readonly consensus: Consensus
    readonly peers: readonly Identity[]
    /** Mines what it is handed itself, and nothing that others send around. */
    readonly isChoosing: boolean
  },
): GethNode {
  const { name, folder, place, miner } = identity
  const { consensus } = options
  const coinbase = toHex(miner.address)
  writeConfig(identity, options)
  const ipc = join(folder, 'data', 'geth.ipc')
  let child: ChildProcess | undefined
  let isWanted = true
  let pause: NodeJS.Timeout | undefined
  let told: Promise<unknown> = Promise.resolve()
  /** Tells the miner what is wanted by then; one word after the other, or the last one heard would not be the last. */
  const tell = (): Promise<void> => {
    const now = async (): Promise<void> => {
      if (!child) return
      await (isWanted && !pause ? askIpc(ipc, 'miner_start', [1]) : askIpc(ipc, 'miner_stop', []))
    }
    const next = told.then(now)
    told = next.catch(() => undefined)
    return next
  }
  const goOn = (): void => {
    clearTimeout(pause)
    pause = undefined
  }
  const unlessEnding = (error: unknown): void => {
    if (child) throw error
  }
  const prepare = (): void => {
    if (existsSync(join(folder, 'data', 'geth', 'chaindata'))) return
    run(['--datadir', join(folder, 'data'), 'init', options.genesisFile])
    if (consensus.kind === 'clique') importSigner(folder, miner)
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child
    child = undefined
    goOn()
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    running.kill(signal)
    await once(running, 'close')
  }
  return {
    name,
    coinbase,
    url: `ws://${place.rpcAddress}:${place.ports.rpc}`,
    start: async () => {
      prepare()
      child = spawnGeth(identity, argumentsOf(identity, options))
      await untilReady(name, child)
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    wipe: () => rmSync(join(folder, 'data'), { recursive: true, force: true }),
    admin: (method, params = []) => askIpc(ipc, method, params),
    mine: async (isMining) => {
      isWanted = isMining
      goOn()
      await tell()
    },
    rest: (seconds) => {
      if (!child || !isWanted || pause) return
      pause = setTimeout(() => {
        goOn()
        tell().catch(unlessEnding)
      }, seconds * 1_000).unref()
      tell().catch(unlessEnding)
    },
  }
}

function argumentsOf(
  { folder, place, miner }: Identity,
  { consensus, isChoosing }: { consensus: Consensus; isChoosing: boolean },
): readonly string[] {
  const coinbase = toHex(miner.address)
  return [
    ...['--config', join(folder, 'geth.toml'), '--nodekey', join(folder, 'nodekey')],
    ...['--datadir', join(folder, 'data'), '--syncmode', 'full', '--gcmode', 'archive'],
    ...['--port', String(place.ports.peer), '--nodiscover', '--nat', 'none'],
    ...['--netrestrict', place.neighbours, '--authrpc.port', String(place.ports.unused)],
    ...['--http', '--http.addr', place.rpcAddress, '--http.port', String(place.ports.rpc)],
    ...['--http.api', 'eth,net,web3', '--http.vhosts', '*'],
    ...['--ws', '--ws.addr', place.rpcAddress, '--ws.port', String(place.ports.rpc)],
    ...['--ws.api', 'eth,net,web3', '--ipcpath', join(folder, 'data', 'geth.ipc')],
    ...['--cache', '64', '--verbosity', '3', '--metrics=false'],
    ...['--mine', '--miner.threads', '1', '--miner.etherbase', coinbase],
    ...(consensus.kind === 'clique'
      ? ['--unlock', coinbase, '--password', join(folder, 'password'), '--allow-insecure-unlock']
      : []),
    ...(isChoosing ? choosing : []),
  ]
}

function writeConfig(
  { configFile }: Identity,
  {
    networkId,
    consensus,
    peers,
  }: { networkId: number; consensus: Consensus; peers: readonly Identity[] },
): void {
  const list = peers.map(({ enode }) => JSON.stringify(enode)).join(', ')
  const lines = [
    '[Eth]',
    `NetworkId = ${networkId}`,
    // Test mode: real seals over a dataset of a few kilobytes instead of one gigabyte.
    ...(consensus.kind === 'ethash' ? ['[Eth.Ethash]', 'PowMode = 2'] : []),
    '[Node.P2P]',
    `StaticNodes = [${list}]`,
    `TrustedNodes = [${list}]`,
    `MaxPeers = ${peers.length}`,
  ]
  writeFileSync(configFile, `${lines.join('\n')}\n`, { mode: 0o600 })
}

/** With util-linux a node ends when we are killed: left behind, it would mine for ever. */
const withUs =
  spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0
    ? ['setpriv', '--pdeathsig', 'KILL']
    : []

function spawnGeth({ name, folder, place }: Identity, args: readonly string[]): ChildProcess {
  const [program, ...rest] = [...withUs, ...place.enter, gethPath, ...args]
  const child = spawn(program as string, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr?.pipe(createWriteStream(join(folder, `${name}.log`), { flags: 'a' }))
  return child
}

/** Resolves when geth says that it takes requests; rejects with its last words when it ends before. */
function untilReady(name: string, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const words: string[] = []
    const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream })
    lines.on('line', (line) => {
      words.push(line)
      if (ready.test(line)) resolve()
    })
    child.once('error', reject)
    child.once('close', (code) =>
      reject(new Error(`geth ${name} ended (${code}):\n${words.slice(-10).join('\n')}`)),
    )
  })
}

/** A signer's key as a keystore file, sealed with a password beside it. */
function importSigner(folder: string, { privateKey }: Account): void {
  const [keyFile, password] = [join(folder, 'signer.key'), join(folder, 'password')]
  writeFileSync(keyFile, toHex(privateKey).slice(2), { mode: 0o600 })
  writeFileSync(password, `${toHex(random(16))}\n`, { mode: 0o600 })
  const sealed = ['--lightkdf', 'account', 'import', '--password', password, keyFile]
  run(['--datadir', join(folder, 'data'), ...sealed])
  rmSync(keyFile)
}

function run(args: readonly string[]): void {
  const { status, stderr } = spawnSync(gethPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`geth ${args.at(-2)} failed:\n${stderr}`)
}

/** One request over the node's own socket, which lies in its folder. */
function askIpc<T>(path: string, method: string, params: readonly unknown[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('error', reject)
    // Of no effect once it has answered.
    socket.once('close', () => reject(new Error(`${method}: geth ended before it answered`)))
    createInterface({ input: socket }).once('line', (line) => {
      socket.end()
      const { result, error } = JSON.parse(line) as { result: T; error?: { message: string } }
      if (error) reject(new Error(`${method}: ${error.message}`))
      else resolve(result)
    })
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`)
  })
}
