import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Block } from './Block.ts'
import { dropCheckpoints, keepCheckpoint, lastCheckpoint } from './checkpoints.ts'
import { blocksOf, openDump } from './Dump.ts'
import { keepFile, keptFile } from './keptFile.ts'
import {
  attacked,
  type Linkage,
  type LinkageOptions,
  type PaperRecord,
  playOnPaper,
} from './linkage.ts'
import { type Acted, playSealed, type Watch } from './sealed/play.ts'
import { readSealed } from './sealed/Reader.ts'
import { makeWorld } from './World.ts'

/** What a folder keeps of a run: what was played stays, so that strangers may look again. */
const files = {
  paper: 'paper.v8',
  ours: 'ours.v8',
  blocks: 'ours.blocks',
  /** Of a play that goes on. */
  soFar: 'ours-so-far.v8',
}

type SoFar = {
  readonly acted: Acted
  /** Unix seconds of the last midnight. */
  readonly until: number
}

/** Plays what the folder does not hold yet, each design in a process of its own, and attacks both. */
export async function recorded(
  options: LinkageOptions,
  folder: string,
  command: readonly string[],
): Promise<Linkage> {
  mkdirSync(folder, { recursive: true })
  const paper = elsewhere(folder, command)
  try {
    await recordOurs(options, folder)
    await paper.done
  } finally {
    paper.stop()
  }
  const world = makeWorld(options)
  const acted = keptFile<Acted>(join(folder, files.ours))
  const sealed = readSealed(acted, blocksOf(join(folder, files.blocks)), options)
  return attacked(world, keptFile<PaperRecord>(join(folder, files.paper)), sealed)
}

/** Attacks what a run that goes on has played up to its last midnight, and the paper's design up to then. */
export function recordedSoFar(options: LinkageOptions, folder: string): Linkage {
  for (const name of [files.soFar, files.paper])
    if (!existsSync(join(folder, name)))
      throw new Error(`--so-far needs ${name} in ${folder}: let the run with --resume go on`)
  const { acted, until } = keptFile<SoFar>(join(folder, files.soFar))
  const span = until - acted.start
  const whole = makeWorld(options)
  const world = {
    ...whole,
    size: { ...whole.size, days: span / 86_400 },
    visits: whole.visits.filter(({ at }) => at < span),
  }
  const sealed = readSealed(acted, upTo(until, blocksOf(join(folder, files.blocks))), options)
  return attacked(world, cut(keptFile<PaperRecord>(join(folder, files.paper)), span), sealed)
}

function* upTo(until: number, blocks: Iterable<Block>): Iterable<Block> {
  for (const block of blocks) {
    if (block.time > until) return
    yield block
  }
}

function cut(paper: PaperRecord, span: number): PaperRecord {
  const { record, start } = paper
  const isBefore = ({ at }: { readonly at: number }): boolean => at <= start + span
  const activity = Object.entries(record.activity).map(([sign, all]) => [
    sign,
    all.filter(isBefore),
  ])
  const sightings = record.sightings.filter(isBefore)
  return { ...paper, record: { ...record, sightings, activity: Object.fromEntries(activity) } }
}

/** Plays the paper's design into a folder, unless it is there. */
export async function recordPaper(options: LinkageOptions, folder: string): Promise<void> {
  if (existsSync(join(folder, files.paper))) return
  keepFile(join(folder, files.paper), await playOnPaper(makeWorld(options), options.progress))
}

/** Days of the world between checkpoints. */
const checkpointDays = 5

/** Plays ours into a folder, on from its last checkpoint, unless it is there. */
export async function recordOurs(options: LinkageOptions, folder: string): Promise<void> {
  if (existsSync(join(folder, files.ours))) return
  const from = lastCheckpoint(folder)
  const dump = openDump(join(folder, files.blocks), from?.dumpSize)
  const { progress = () => undefined } = options
  const told = (done: number, of: number): void => progress('ours', done, of)
  const midnight: Watch['midnight'] = async (acted, until, save) => {
    keepFile(join(folder, files.soFar), { acted, until } satisfies SoFar)
    if (((until - acted.start) / 86_400) % checkpointDays !== 0) return
    await keepCheckpoint(folder, until, { dumpSize: dump.size(), save })
  }
  try {
    const world = makeWorld(options)
    const watch = { block: dump.write, midnight }
    const acted = await playSealed(world, { ...options, progress: told }, watch, from)
    keepFile(join(folder, files.ours), acted)
    rmSync(join(folder, files.soFar), { force: true })
    dropCheckpoints(folder)
  } finally {
    dump.close()
  }
}

/** Runs a command of this program in another process. */
function elsewhere(
  folder: string,
  command: readonly string[],
): { readonly done: Promise<void>; stop(): void } {
  if (existsSync(join(folder, files.paper)))
    return { done: Promise.resolve(), stop: () => undefined }
  const child = spawn(
    process.execPath,
    [...process.execArgv, process.argv[1] as string, ...command],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const done = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`playing the paper's design ended with ${code}`)
  })
  done.catch(() => undefined) // heard when it is awaited
  return { done, stop: () => void child.kill() }
}
