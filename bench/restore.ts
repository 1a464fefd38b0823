import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectRpc, followChain, type Rpc } from '@medrec/client'
import { createDoor, type EmbeddedEngine, startEmbedded } from '@medrec/client/node'
import { openParticipant, type Participant, type SummaryState } from '@medrec/library'
import { toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { type Founded, foundOn } from './founded.ts'
import { progress } from './progress.ts'
import { pairedRow, type Round, type Row, row } from './Row.ts'
import { startAnvil } from './rawAnvil.ts'
import { fillLedger, fillWithNotes } from './restoreLedger.ts'
import { type PaperPatient, paperPatient } from './restorePaper.ts'

/** Relationships of a patient: those of a life (research: 16 providers), and many more. */
const sizes: readonly number[] = [16, 128, 1_000]
/** Relationships of the one patient among the notes of many. */
const amongMany = 16

/**
 * From words to the whole summary, from any copy of the chain, beside the paper's sequential reads of its own
 * contracts (paper III-B; performance.md 3.3, B4). `--relationships=N` for one size; `--notes=N`: one
 * patient on a chain with N notes of others.
 */
export async function run(): Promise<readonly Row[]> {
  const notes = flag('notes') ?? 0
  const only = flag('relationships') ?? (notes > 0 ? amongMany : undefined)
  if (only !== undefined) return measured(only, notes, 3)
  const rows: Row[] = []
  for (const size of sizes) rows.push(...(await measured(size, 0, size > 500 ? 3 : 5)))
  return rows
}

/** The whole number that `--name=N` gives. */
function flag(name: string): number | undefined {
  const text = process.argv.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1]
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`--${name}=N takes a whole number from 1`)
  return Number(text)
}

/** Both sides on engines of their own, restored in turn. */
async function measured(size: number, notes: number, rounds: number): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-bench-'))
  const engine = await startEmbedded({
    journalPath: join(folder, 'restore.sqlite'),
    minimumBlockMs: 0,
  })
  const door = createDoor({ upstream: engine.rpc, allowSend: false, origins: [] })
  const anvil = await startAnvil()
  const paperRpc = connectRpc(anvil.url.replace('http:', 'ws:'))
  try {
    const url = await door.listen(0)
    const paper = await paperPatient(anvil, size)
    const founded = await foundOn(engine)
    const expected = await summaryThatSawAll(engine, url, { founded, size, notes })
    return await inTurns(rounds, { url, founded, expected, paper, paperRpc, size, notes })
  } finally {
    await paperRpc.close()
    await anvil.stop()
    await door.close()
    await engine.stop()
    rmSync(folder, { recursive: true })
  }
}

async function inTurns(
  rounds: number,
  sides: {
    readonly url: string
    readonly founded: Founded
    readonly expected: string
    readonly paper: PaperPatient
    readonly paperRpc: Rpc
    readonly size: number
    readonly notes: number
  },
): Promise<readonly Row[]> {
  const { url, founded, expected, paper, paperRpc, size, notes } = sides
  const [wall, cpu]: [Round[], number[]] = [[], []]
  let calls = 0
  for (let round = 0; round <= rounds; round++) {
    progress(`restore: ${size} relationships, round ${round} of ${rounds}`)
    const paperStart = performance.now()
    const told = await paper.restore(paperRpc)
    const paperMs = performance.now() - paperStart
    if (told.state.length !== size) throw new Error("the paper's contracts lost a relationship")
    calls = told.calls
    const start = performance.now()
    const before = process.cpuUsage()
    const summary = await restored(url, founded)
    const { user, system } = process.cpuUsage(before)
    const ms = performance.now() - start
    if (summary !== expected)
      throw new Error('the restored summary differs from the one that saw all')
    if (round === 0) continue // warms up
    wall.push({ value: ms, peer: paperMs })
    cpu.push((user + system) / 1_000)
  }
  const name = `restore of ${size} relationships${notes > 0 ? ` among ${notes} notes of others` : ''}`
  const ordered = cpu.toSorted((a, b) => a - b)
  return [
    pairedRow(name, 'ms', `Paper.sol, ${calls} calls in sequence`, wall),
    row(
      `${name}, CPU of the node`,
      ordered[ordered.length >> 1] ?? 0,
      'ms CPU',
      'relationships',
      size,
    ),
  ]
}

/** The summary of a node that followed from the founding on, block by block. */
async function summaryThatSawAll(
  engine: EmbeddedEngine,
  url: string,
  { founded, size, notes }: { founded: Founded; size: number; notes: number },
): Promise<string> {
  const node = await openNode(url, founded)
  try {
    await fillWithNotes(engine, founded, notes)
    await fillLedger(engine, founded, size)
    const { number } = engine.status().head
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (node.participant.summary().head.number >= number) resolve()
      }
      node.participant.subscribe(look)
      look()
    })
    const summary = node.participant.summary()
    const known = summary.relationships.filter(
      ({ status, pointers }) => status === 'accepted' && pointers.length === 1,
    )
    if (known.length !== size) throw new Error('not every relationship reached the patient')
    return bytesOf(summary)
  } finally {
    await node.close()
  }
}

async function restored(url: string, founded: Founded): Promise<string> {
  const node = await openNode(url, founded)
  try {
    return bytesOf(node.participant.summary())
  } finally {
    await node.close()
  }
}

/** A node with empty stores: what a wiped device begins with. */
async function openNode(
  url: string,
  { network, person }: Founded,
): Promise<{ readonly participant: Participant; close(): Promise<void> }> {
  const chain = await followChain({ doors: [url], network, store: openMemoryStore() })
  await chain.synced()
  const participant = await openParticipant({
    keys: person.keys,
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
