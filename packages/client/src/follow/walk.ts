import { MedrecError, type Network } from '@medrec/protocol'
import type { ChainState } from '../fold/ChainState.ts'
import type { ChainBlock, ChainUpdate } from '../fold/chainBlock.ts'
import { differing, type Streams } from '../fold/stream.ts'
import { undoDepth } from '../fold/Tables.ts'
import type { Rpc } from '../rpc.ts'
import { RpcRefusedError } from '../rpcErrors.ts'
import {
  ChainMovedError,
  type Header,
  readBlock,
  readBlocks,
  readHeader,
  readSettledBlocks,
} from './blocks.ts'
import type { ChainStore } from './ChainStore.ts'
import { readStreams } from './checkDoor.ts'

/** What a walk along the chain works on. */
export type Walk = {
  readonly rpc: Rpc
  readonly network: Network
  readonly state: ChainState
  readonly store: ChainStore
  readonly emit: (update: ChainUpdate) => void
  readonly progress: (block: number, of: number) => void
}

/**
 * Brings the fold to a door's head, undoing what is no longer on the chain. A door that is only behind changes
 * nothing. Throws HeadMismatchError when the door holds events back, ChainMovedError, Rpc...Error.
 */
export async function walkTo(walk: Walk, target: Header): Promise<'arrived' | 'behind'> {
  try {
    return await walkOnce(walk, target)
  } catch (cause) {
    if (!(cause instanceof HeadMismatchError)) throw cause
    // anvil, asked for one block while it seals the next, may answer with the state of the next. So a door is
    // blamed only if it tells the same while its head stands still.
    await standsStill(walk, target)
    try {
      return await walkOnce(walk, target)
    } catch (again) {
      await standsStill(walk, target)
      throw again
    }
  }
}

/** Throws ChainMovedError unless the door's head is the target. */
async function standsStill({ rpc }: Walk, target: Header): Promise<void> {
  const head = await readHeader(rpc, 'latest')
  if (head?.hash !== target.hash) throw new ChainMovedError(target.number)
}

async function walkOnce(walk: Walk, target: Header): Promise<'arrived' | 'behind'> {
  const { state } = walk
  if (target.hash === state.head.hash) return 'arrived'
  if (target.parent === state.head.hash) {
    await stepTo(walk, target)
    return 'arrived'
  }
  if (isBehind(state, target)) return 'behind'
  const gone = await countGone(walk)
  if (gone > 0 && gone === state.recent.length) {
    await forgetAll(walk)
    return walkOnce(walk, target)
  }
  const last = state.recent.at(-1 - gone)
  const from = Math.max((last?.number ?? -1) + 1, walk.network.startBlock)
  if (target.number - from < undoDepth) {
    await readNear(walk, target, gone, from)
    return 'arrived'
  }
  await commit(walk, gone, [])
  await readSettledBlocks(
    walk.rpc,
    walk.network,
    { from, to: target.number - undoDepth },
    async (blocks, upTo) => {
      await commit(walk, 0, blocks)
      walk.progress(upTo, target.number)
    },
  )
  try {
    await readNear(walk, target, 0, target.number - undoDepth + 1)
  } catch (cause) {
    // What the long way brought was not confirmed by any running head either.
    if (cause instanceof HeadMismatchError) await forgetFrom(walk, from)
    throw cause
  }
  return 'arrived'
}

/** The usual step, by one block: everything is asked for at once, in one message. */
async function stepTo(walk: Walk, target: Header): Promise<void> {
  const { rpc, network } = walk
  const [block, told] = await rpc
    .together(() =>
      Promise.all([readBlock(rpc, network, target), readStreams(rpc, network, target.number)]),
    )
    .catch(moved(target.number))
  await commit(walk, 0, [block], told)
}

/** An older head of the very chain we know, as a door that fell asleep shows it. */
function isBehind(state: ChainState, target: Header): boolean {
  if (target.number >= state.head.number) return false
  const known = state.recent.find(({ number }) => number >= target.number)
  return known?.number !== target.number || known.hash === target.hash
}

/** How many of the newest blocks we know are not on the door's chain. */
async function countGone({ rpc, state }: Walk): Promise<number> {
  const newestFirst = state.recent.toReversed()
  for (const [i, { number, hash }] of newestFirst.entries()) {
    const header = await readHeader(rpc, number)
    if (header?.hash === hash) return i
  }
  return newestFirst.length
}

/** Reads the last blocks before the target and folds them if the running heads agree. */
async function readNear(walk: Walk, target: Header, gone: number, from: number): Promise<void> {
  const { rpc, network, state } = walk
  const [blocks, told] = await Promise.all([
    from > target.number ? [] : readBlocks(rpc, network, { from, to: target.number }),
    readStreams(rpc, network, target.number).catch(moved(target.number)),
  ])
  const base = state.recent.at(-1 - gone)
  const [first, last] = [blocks[0], blocks.at(-1)]
  if (first && base?.number === first.number - 1 && base.hash !== first.parent)
    throw new ChainMovedError(first.number)
  if (last && last.hash !== target.hash) throw new ChainMovedError(target.number)
  await commit(walk, gone, blocks, told)
}

/** A state that the engine no longer has means that the head went on. */
function moved(block: number): (cause: unknown) => never {
  return (cause) => {
    throw cause instanceof RpcRefusedError ? new ChainMovedError(block) : cause
  }
}

/** Undoes, applies, compares with the running heads told, and only then stores and tells. */
async function commit(
  walk: Walk,
  gone: number,
  applied: readonly ChainBlock[],
  told?: Streams,
): Promise<void> {
  const { state, store, network } = walk
  const before = state.recent.slice()
  const undone = Array.from({ length: gone }, () => state.undo()).filter(
    (block) => block !== undefined,
  )
  for (const block of applied) state.apply(block)
  const mismatch = told && differing(state.view().streams, told)
  if (mismatch) {
    for (const _ of applied) state.undo()
    for (const block of undone.toReversed()) state.apply(block)
    throw new HeadMismatchError(walk.rpc.url, network[mismatch], applied.at(-1)?.number ?? 0)
  }
  if (undone.length === 0 && applied.length === 0) return
  const left = new Set(state.recent)
  const old = before.filter((block) => !left.has(block) && !undone.includes(block))
  try {
    const ended = state.rememberedOf(undone.flatMap((block) => state.endingsIn(block)))
    await store.update({ undone, applied, old, streams: state.view().streams, ended })
  } catch (cause) {
    await store.loadInto(state) // the fold must never be ahead of the store, or blocks would be missing
    throw cause
  }
  walk.emit({ undone, applied })
}

async function forgetFrom(walk: Walk, block: number): Promise<void> {
  const undone = walk.state.recent.filter(({ number }) => number >= block).toReversed()
  await walk.store.forget(block)
  await walk.store.loadInto(walk.state)
  walk.emit({ undone, applied: [] })
}

async function forgetAll(walk: Walk): Promise<void> {
  const undone = walk.state.recent.toReversed()
  await walk.store.keepEndings(walk.state)
  walk.state.clear()
  await walk.store.forget()
  walk.emit({ undone, applied: [] })
}

/** The events a door gave do not add up to the running head of the contract: something was held back or added. */
export class HeadMismatchError extends MedrecError {
  readonly code = 'HEAD_MISMATCH'
  constructor(url: string, contract: string, block: number) {
    super('A door told of other events than the contract counts.', {
      facts: [`Address: ${url}`, `Contract: ${contract}`, `Block: ${block}`],
    })
  }
}
