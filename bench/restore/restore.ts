import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { connectRpc, followChain, type Rpc } from '@medrec/client'
import { openParticipant, type Participant, type SummaryState } from '@medrec/library'
import {
  accountOf,
  controllerAddress,
  fromHex,
  Keys,
  type Network,
  random,
  sign,
  signerOf,
  toHex,
} from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { progress } from '../progress.ts'
import { median, pairedRow, type Round, type Row, row } from '../Row.ts'
import { startAnvil } from '../rawAnvil.ts'
import type { Told, Wanted } from './chain.ts'
import { delayed } from './delayed.ts'
import { type PaperPatient, paperPatient } from './paper.ts'

/** Relationships of a patient: those of a life (16 providers), and many more. */
const sizes: readonly number[] = [16, 128, 1_000]
/** Relationships of the one patient among the notes of many. */
const amongMany = 16

/**
 * From words to the whole summary, from any copy of the chain, beside the paper's sequential reads of its own
 * contracts (paper III-B). `--relationships=N` for one size; `--notes=N`: one
 * patient on a chain with N notes of others; `--rtt=N`: both chains N ms away.
 */
export async function run(): Promise<readonly Row[]> {
  const notes = flag('notes') ?? 0
  const rtt = flag('rtt') ?? 0
  // Timers count whole milliseconds, and a distance is gone both ways.
  if (rtt % 2 === 1) throw new Error('--rtt=N takes an even number')
  const only = flag('relationships') ?? (notes > 0 ? amongMany : undefined)
  const rows: Row[] = []
  for (const relationships of only === undefined ? sizes : [only]) {
    const rounds = rtt > 0 || notes > 0 ? 2 : relationships > 500 ? 3 : 5
    rows.push(...(await measured({ relationships, notes }, rtt, rounds)))
  }
  return rows
}

/** The whole number that `--name=N` gives. */
function flag(name: string): number | undefined {
  const text = process.argv.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1]
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`--${name}=N takes a whole number from 1`)
  return Number(text)
}

/** Who is restored, and from where. */
type Patient = { readonly url: string; readonly network: Network; readonly keys: Keys.Keys }
type Sides = {
  readonly patient: Patient
  readonly expected: string
  readonly paper: PaperPatient
  readonly paperRpc: Rpc
}

/** Both sides on engines of their own, restored in turn. */
async function measured(wanted: Wanted, rtt: number, rounds: number): Promise<readonly Row[]> {
  const chain = fork(fileURLToPath(new URL('./chain.ts', import.meta.url)))
  const anvil = await startAnvil()
  try {
    const paper = await paperPatient(anvil, wanted.relationships)
    const far = await delayed(anvil.url.replace('http:', 'ws:'), rtt)
    const paperRpc = connectRpc(far.url)
    const near = await patientOf(chain)
    const expected = await summaryThatSawAll(near, chain, wanted)
    const away = await delayed(near.url, rtt)
    const sides = { patient: { ...near, url: away.url }, expected, paper, paperRpc }
    const rows = await inTurns(rounds, sides, wanted, rtt)
    await paperRpc.close()
    far.stop()
    away.stop()
    return rows
  } finally {
    await anvil.stop()
    if (chain.connected) chain.disconnect()
    if (chain.exitCode === null) await once(chain, 'exit')
  }
}

async function inTurns(
  rounds: number,
  { patient, expected, paper, paperRpc }: Sides,
  { relationships, notes }: Wanted,
  rtt: number,
): Promise<readonly Row[]> {
  const [wall, cpu]: [Round[], Round[]] = [[], []]
  let calls = 0
  for (let round = 0; round <= rounds; round++) {
    progress(`restore: ${relationships} relationships, round ${round} of ${rounds}`)
    const paperStart = performance.now()
    const told = await paper.restore(paperRpc)
    const paperMs = performance.now() - paperStart
    if (told.state.length !== relationships)
      throw new Error("the paper's contracts lost a relationship")
    calls = told.calls
    const start = performance.now()
    const before = process.cpuUsage()
    const summary = await restored(patient)
    const used = cpuMs(before)
    const ms = performance.now() - start
    if (bytesOf(summary) !== expected)
      throw new Error('the restored summary differs from the one that saw all')
    const curveMs = curves(relationships)
    if (round === 0) continue // warms up
    wall.push({ value: ms, peer: paperMs })
    cpu.push({ value: used, peer: curveMs })
  }
  const name = [
    `restore of ${relationships} relationships`,
    ...(notes > 0 ? [`among ${notes} notes of others`] : []),
    ...(rtt > 0 ? [`${rtt} ms away`] : []),
  ].join(', ')
  const times = median(wall.map(({ peer }) => peer)) / median(wall.map(({ value }) => value))
  return [
    pairedRow(name, 'ms', `Paper.sol, ${calls} calls in sequence`, wall),
    row(`${name}: times as fast`, times, '', 'target at 1,000', 25),
    pairedRow(`${name}: CPU of the node`, 'ms', 'its curve arithmetic alone', cpu),
  ]
}

function cpuMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

/** CPU of what no proof can do without: two controllers and a steward's signature a relationship. */
function curves(relationships: number): number {
  const account = accountOf(random(32))
  const digest = random(32)
  const signature = sign(digest, account)
  const options = { networkId: random(32), stewardToSubject: random(32) }
  const before = process.cpuUsage()
  for (let i = 0; i < relationships; i++) {
    const nonce = random(16)
    for (const role of ['steward', 'subject'] as const)
      controllerAddress({ ...options, role, nonce, spendKey: account.publicKey })
    signerOf(digest, signature)
  }
  return cpuMs(before)
}

async function patientOf(chain: ChildProcess): Promise<Patient> {
  const told = await toldBy(chain)
  if (!('url' in told)) throw new Error('the chain of this benchmark told something else')
  const { url, network, entropy } = told
  return { url, network, keys: Keys.fromEntropy(fromHex(entropy), fromHex(network.networkId)) }
}

async function toldBy(chain: ChildProcess): Promise<Told> {
  const ended = once(chain, 'exit').then(() => {
    throw new Error('the chain of this benchmark ended')
  })
  const [told] = (await Promise.race([once(chain, 'message'), ended])) as [Told]
  return told
}

/** The summary of a node that followed from the founding on, block by block. */
async function summaryThatSawAll(
  patient: Patient,
  chain: ChildProcess,
  wanted: Wanted,
): Promise<string> {
  const node = await openNode(patient)
  try {
    const filled = toldBy(chain)
    chain.send(wanted)
    const told = await filled
    if (!('head' in told)) throw new Error('the chain of this benchmark told something else')
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (node.participant.summary().head.number >= told.head) resolve()
      }
      node.participant.subscribe(look)
      look()
    })
    const summary = node.participant.summary()
    const known = summary.relationships.filter(
      ({ status, pointers }) => status === 'accepted' && pointers.length === 1,
    )
    if (known.length !== wanted.relationships)
      throw new Error('not every relationship reached the patient')
    return bytesOf(summary)
  } finally {
    await node.close()
  }
}

async function restored(patient: Patient): Promise<SummaryState> {
  const node = await openNode(patient)
  try {
    return node.participant.summary()
  } finally {
    await node.close()
  }
}

/** A node with empty stores: what a wiped device begins with. */
async function openNode({
  url,
  network,
  keys,
}: Patient): Promise<{ readonly participant: Participant; close(): Promise<void> }> {
  const chain = await followChain({ doors: [url], network, store: openMemoryStore() })
  await chain.synced()
  const participant = await openParticipant({
    keys,
    chain,
    store: openMemoryStore(),
    clock: () => Date.now() / 1_000,
    carriers: () => [],
  })
  const close = async (): Promise<void> => {
    await participant.close()
    await chain.stop()
  }
  return { participant, close }
}

/** Every byte of a summary, for comparing. */
function bytesOf(summary: SummaryState): string {
  return JSON.stringify(summary, (_, value: unknown) => {
    if (value instanceof Uint8Array) return toHex(value)
    return typeof value === 'bigint' ? String(value) : value
  })
}
