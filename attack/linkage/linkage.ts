import { seeded } from '../random.ts'
import {
  answerToUpdate,
  chronic,
  firstProposalSince,
  knownTimes,
  type Score,
  sameOne,
  topProvider,
} from './Adversary.ts'
import type { Block } from './Block.ts'
import { playPaper } from './paper/play.ts'
import type { Played } from './Sighting.ts'
import { playSealed, type SealedOptions } from './sealed/play.ts'
import { readSealed, type SealedPlayed } from './sealed/Reader.ts'
import { standardError } from './statistics.ts'
import { makeWorld, type World, type WorldSize } from './World.ts'

export type LinkageOptions = WorldSize &
  Omit<SealedOptions, 'progress'> & { readonly progress?: Progress }

/** Told how far a design was played. */
export type Progress = (design: string, done: number, of: number) => void

/** The paper's record of a world. */
export type PaperRecord = Played & {
  /** Unix seconds of the world's beginning. */
  readonly start: number
}

/** One adversary's result on one design. */
export type Result = {
  readonly adversary: string
  readonly score: number
  /** What guessing without looking gets. */
  readonly blind: number
  readonly least: number
  readonly most: number
}

export type Linkage = {
  readonly paper: readonly Result[]
  readonly ours: readonly Result[]
  readonly sealed: SealedPlayed
}

/** Blocks of the paper's design, in seconds. */
const paperPeriod = 300
/** How far chance may carry a score beyond a threshold in a small world: standard errors; beyond it, 2 in ten million. */
const chance = 5.2
/** Thresholds of the research's linkage acceptance test (privacy 2.3). */
const thresholds = { top: 0.03, times: 0.05, pairs: 0.02, area: 0.05, answer: 0.05, paper: 0.99 }

/** Attacks our ledger and the paper's plain design, in the same world. */
export async function linkage(options: LinkageOptions): Promise<Linkage> {
  const world = makeWorld(options)
  const { progress = () => undefined } = options
  const blocks: Block[] = []
  const [paper, acted] = await Promise.all([
    playOnPaper(world, progress),
    playSealed(
      world,
      { ...options, progress: (done, of) => progress('ours', done, of) },
      { block: (block) => void blocks.push(block) },
    ),
  ])
  return attacked(world, paper, readSealed(acted, blocks, options))
}

/** Plays a world on the paper's plain design, from the day after tomorrow on. */
export async function playOnPaper(
  world: World,
  progress: Progress = () => undefined,
): Promise<PaperRecord> {
  const start = Math.ceil(Date.now() / 1_000 / 86_400 + 1) * 86_400
  const told = (done: number, of: number): void => progress("the paper's design", done, of)
  return {
    ...(await playPaper(world, { start, periodSeconds: paperPeriod, progress: told })),
    start,
  }
}

/** Every adversary's result on both records. */
export function attacked(world: World, paper: PaperRecord, sealed: SealedPlayed): Linkage {
  return { paper: attackPaper(world, paper), ours: attackOurs(world, sealed), sealed }
}

/** Whether every adversary's score is where it must be. */
export function isWithin({ score, least, most }: Result): boolean {
  return score >= least && score <= most
}

function attackPaper(world: World, played: PaperRecord): readonly Result[] {
  const random = seeded(world.size.seed + 1)
  const { record, start } = played
  const times = knownTimes(world, record, { sign: 'who sent it', start, random })
  const sure = (adversary: string, score: number, blind: number): Result => {
    return { adversary, score, blind, least: thresholds.paper, most: 1 }
  }
  const top = topProvider(world, played, () => undefined)
  return [
    sure(names.top, top.score, top.blind),
    { ...sure(names.times, times.score, times.blind), least: leastTimes(times.count) },
    sure(names.patient, sameOne(played, 'patient').score, 0),
    sure(names.relation, sameOne(played, 'relation').score, 0),
    sure(names.chronic, chronic(world, played), 0.5),
    sure(names.answer, answerToUpdate(world, played, new Map()), 0),
  ]
}

function attackOurs(world: World, played: SealedPlayed): readonly Result[] {
  const { record, tagsAt, start } = played
  const random = seeded(world.size.seed + 2)
  const near = (adversary: string, score: Score, threshold: number): Result => ({
    ...{ adversary, ...scoreOf(score), least: 0 },
    most: score.blind + threshold + slack(score.blind, score.count),
  })
  const tied = topProvider(world, played, () => undefined)
  const first = topProvider(world, played, firstProposalSince(record))
  const pairs = (adversary: string, what: 'patient' | 'relation'): Result => {
    const { score, by } = sameOne(played, what)
    return { adversary: `${adversary} (${by})`, score, blind: 0, least: 0, most: thresholds.pairs }
  }
  return [
    near(names.top, tied, thresholds.top),
    near(`${names.top}, by the first proposal since she was registered`, first, thresholds.top),
    ...Object.keys(record.activity).map((sign) => {
      const times = knownTimes(world, record, { sign, start, random })
      return near(`${names.times}, by ${sign}`, times, thresholds.times)
    }),
    pairs(names.patient, 'patient'),
    pairs(names.relation, 'relation'),
    areaResult(world, chronic(world, played)),
    {
      ...{ adversary: names.answer, score: answerToUpdate(world, played, tagsAt), blind: 0 },
      ...{ least: 0, most: thresholds.answer },
    },
  ]
}

const names = {
  top: 'top-1 provider of a patient',
  times: 'provider from four known visit times',
  patient: 'things of one patient (F1)',
  relation: 'things of one relationship (F1)',
  chronic: 'who comes three times a week (AUC)',
  answer: 'which update an acknowledgement answers',
} as const

function scoreOf({ score, blind }: Score): { score: number; blind: number } {
  return { score, blind }
}

function areaResult(world: World, score: number): Result {
  const chronics = world.relations.filter(({ isChronic }) => isChronic).length
  // Standard error of an area of one half (Hanley and McNeil, 1982).
  const error = 1 / Math.sqrt(12 * chronics)
  const width = world.relations.length >= fullRelations ? thresholds.area : chance * error
  return { adversary: names.chronic, score, blind: 0.5, least: 0.5 - width, most: 0.5 + width }
}

/** From so many patients on, thresholds hold as they stand; below, chance alone may carry a score beyond them. */
const fullPatients = 1_000
const fullRelations = 2_500

/** In few days the same visits lie so close together that four of them fit several relationships. */
function leastTimes(count: number): number {
  return count >= fullPatients ? thresholds.paper : 0.9
}

function slack(blind: number, count: number): number {
  return count >= fullPatients ? 0 : chance * standardError(blind, count)
}
