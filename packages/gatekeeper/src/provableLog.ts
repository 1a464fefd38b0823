import { setImmediate } from 'node:timers/promises'
import { anchorsIn, provenBlock, readBlockEvidence } from '@medrec/client'
import { type AccessLogHead, accessLogForm, signatureLine } from '@medrec/library'
import {
  blindedLogRoot,
  equal,
  fromHex,
  grown,
  type Hex,
  type LogTree,
  logTreeRoot,
  MedrecError,
  nextContent,
  RetryableError,
  sha256,
  signStatement,
  toHex,
  utf8,
} from '@medrec/protocol'
import { AccessTables, AnchorTables } from '@medrec/records/node'
import type { Core, Staff } from './Core.ts'

/** An access log with proof, written as it is read (docs/protocol.md section 8.4). */
export type ProvableLog = {
  readonly period: Span
  /** Of the whole export. */
  readonly entries: number
  readonly lines: AsyncIterable<string>
}

/** What came of an export that broke off, by its first line. */
export type BrokenLog = {
  /** H of the first line with its end */
  readonly head: Hex
  /** Whole lines that came, the first one among them */
  readonly lines: number
  /** Where the anchors of both ends are; `start` is absent where the log begins. */
  readonly start?: Place
  readonly end: Place
}

type Place = { readonly block: number; readonly size: number }
type Anchor = AnchorTables.LogAnchorRow
type Span = { readonly from: number; readonly to: number }
type Heads = Pick<AccessLogHead, 'start' | 'end'>

/** Anchors looked at for each end, since a reorganisation or a crash may have left one that proves nothing. */
const candidates = 3
const page = 1_000
const zeros: Hex = `0x${'00'.repeat(32)}`

/**
 * The log of a period (unix seconds, `to` exclusive) with what proves that it is whole. The period ends no later than
 * what is anchored: `commit` anchors the log, and is left out where anchors keep a rhythm. Of an export that broke off
 * the lines that did not come; its period is what its first line says. That it is exported stands in the log first.
 * Throws LogUnavailableError, LogUnanchoredError, LogExportChangedError, Rpc...Error.
 */
export async function provableLog(
  core: Core,
  {
    by,
    commit,
    broken,
    ...span
  }: Span & {
    readonly by: Staff
    readonly commit: (() => Promise<void>) | undefined
    readonly broken?: BrokenLog
  },
): Promise<ProvableLog> {
  const staff = { id: by.id, role: by.role }
  await core.log.append(undefined, { time: core.clock(), kind: 'exported', who: {}, staff })
  const head = broken ? await sameHead(core, span, broken) : await newHead(core, span, commit)
  const { from, to, start, end } = head
  const entries = end.size - start.size
  // All but the signature may have come.
  if (broken && broken.lines > entries + 1) throw new LogExportChangedError()
  return { period: { from, to }, entries, lines: signed(core, head, broken?.lines ?? 0) }
}

async function newHead(
  core: Core,
  span: Span,
  commit: (() => Promise<void>) | undefined,
): Promise<AccessLogHead> {
  if (endings(core, span.to).length === 0) await commit?.()
  const { before } = AccessTables.placesOf(core.database, span.from)
  const starts = AnchorTables.logAnchorsUntil(core.database, {
    ...{ time: span.from, size: before, limit: candidates },
  }).filter((anchor) => isDeep(core, anchor))
  const covered = endings(core, span.to)
  const ends = covered.length > 0 ? covered : newestDeep(core)
  const { start, end, last } = await edges(core, { starts, ends })
  const late = AccessTables.earliestAfter(core.database, last.logSize) ?? span.to
  const to = Math.min(span.to, last.blockTime, late)
  if (to <= span.from) throw new LogUnanchoredError()
  return headOf(core, { start, end }, { from: span.from, to })
}

/** The first line of an export that broke off, made anew between the same anchors. */
async function sameHead(core: Core, span: Span, broken: BrokenLog): Promise<AccessLogHead> {
  const anchors = (at: Place | undefined): readonly Anchor[] =>
    at ? AnchorTables.logAnchorsIn(core.database, at).filter((one) => isDeep(core, one)) : []
  const { before } = AccessTables.placesOf(core.database, span.from)
  const starts = anchors(broken.start).filter(
    ({ blockTime, logSize }) => blockTime <= span.from && logSize <= before,
  )
  // What was written down late since stands in the next file, which begins no later than this anchor.
  const ends = anchors(broken.end).filter(({ blockTime }) => blockTime >= span.to)
  if (ends.length === 0 || (broken.start && starts.length === 0)) throw new LogExportChangedError()
  const { start, end } = await edges(core, { starts, ends })
  if (broken.start && !start.anchor) throw new LogUnanchoredError()
  const head = await headOf(core, { start, end }, span)
  if (toHex(sha256(utf8(lineFor(head)))) !== broken.head) throw new LogExportChangedError()
  return head
}

/** Anchors that cover a period until a time, oldest first. */
function endings(core: Core, to: number): readonly Anchor[] {
  const { until: size } = AccessTables.placesOf(core.database, to)
  return AnchorTables.logAnchorsFrom(core.database, { time: to, size, limit: candidates }).filter(
    (anchor) => isDeep(core, anchor),
  )
}

function newestDeep(core: Core): readonly Anchor[] {
  const all = { time: Number.MAX_SAFE_INTEGER, size: Number.MAX_SAFE_INTEGER }
  return AnchorTables.logAnchorsUntil(core.database, {
    ...all,
    limit: candidates + core.network.confirmations,
  }).filter((anchor) => isDeep(core, anchor))
}

function isDeep({ chain, network }: Core, { block }: Anchor): boolean {
  return block + network.confirmations <= chain.view().head.number
}

/** The first anchors of each end that commit to the log as it stands and are on the chain. */
async function edges(
  core: Core,
  { starts, ends }: { starts: readonly Anchor[]; ends: readonly Anchor[] },
): Promise<Heads & { readonly last: Anchor }> {
  const trees = await treesAt(core, [...starts, ...ends])
  const fitting = async (
    anchors: readonly Anchor[],
  ): Promise<{ anchor: Anchor; proof: Heads['end']['anchor']; tree: LogTree } | undefined> => {
    for (const anchor of anchors) {
      const tree = trees.get(anchor.logSize)
      const filler = core.map.filler(anchor.counter)
      if (!tree || !equal(blindedLogRoot(logTreeRoot(tree), filler), anchor.logRoot)) continue
      const block = await readBlockEvidence(core.wishes.rpc(), anchor.block).catch(() => undefined)
      const proven = block && provenBlock(block)
      const found = proven && anchorsIn(proven, core.network.ledger, core.steward)
      // The chain's own counter: ours begins anew when the node's database was lost.
      const counter = found?.find(({ logRoot }) => logRoot === toHex(anchor.logRoot))?.counter
      if (!block || counter === undefined) continue
      return { anchor, tree, proof: { counter, blinding: toHex(filler.blinding), block } }
    }
    return undefined
  }
  const last = await fitting(ends)
  if (!last) throw new LogUnanchoredError()
  const first = await fitting(starts)
  return {
    start: {
      size: first?.anchor.logSize ?? 0,
      tree: (first?.tree ?? []).map(({ hash }) => toHex(hash)),
      ...(first && { anchor: first.proof }),
    },
    end: { size: last.anchor.logSize, anchor: last.proof },
    last: last.anchor,
  }
}

/** The log's tree as it was at each of these sizes; other work goes on between pages. */
async function treesAt(
  { database }: Core,
  anchors: readonly Anchor[],
): Promise<ReadonlyMap<number, LogTree>> {
  const sizes = new Set(anchors.map(({ logSize }) => logSize))
  const largest = Math.max(0, ...sizes)
  const trees = new Map<number, LogTree>()
  let tree: LogTree = []
  let size = 0
  for (;;) {
    if (sizes.has(size)) trees.set(size, tree)
    const heads = AccessTables.headsAfter(database, size, Math.min(page, largest - size))
    if (heads.length === 0) return trees
    for (const { head } of heads) {
      tree = grown(tree, head)
      size += 1
      if (sizes.has(size)) trees.set(size, tree)
    }
    await setImmediate()
  }
}

async function headOf(
  { network, steward, wishes }: Core,
  ends: Heads,
  { from, to }: Span,
): Promise<AccessLogHead> {
  const { networkId, chainId, registrar, ledger } = network
  const block = wishes.profileBlock()
  if (block === undefined) throw new LogUnanchoredError()
  return {
    medrec: accessLogForm,
    network: { networkId, chainId, registrar, ledger },
    institution: steward,
    ...{ from, to },
    profile: await readBlockEvidence(wishes.rpc(), block),
    ...ends,
  }
}

/** All lines but the first ones; the last one signs all others. */
async function* signed(core: Core, head: AccessLogHead, without: number): AsyncGenerator<string> {
  let content: Uint8Array = new Uint8Array(32)
  let lines = 0
  for await (const value of values(core, head)) {
    const line = lineFor(value)
    content = nextContent(content, utf8(line))
    lines += 1
    if (lines > without) yield line
  }
  const statement = { institution: fromHex(head.institution, 32), content }
  const signature = signStatement(core.anchorAccount, core.domain, 'AccessLog', statement)
  yield signatureLine(toHex(signature))
}

function lineFor(value: object): string {
  return `${JSON.stringify(value)}\n`
}

async function* values(core: Core, head: AccessLogHead): AsyncGenerator<object> {
  yield head
  const chains = new Map<Hex, number>()
  for (let after = head.start.size; after < head.end.size; ) {
    const limit = Math.min(page, head.end.size - after)
    const rows = AccessTables.entriesAfter(core.database, {
      ...{ from: 0, to: Number.MAX_SAFE_INTEGER, after, limit },
    })
    for (const row of rows) yield entryLine(core, chains, row)
    after += rows.length
    await setImmediate()
  }
}

function entryLine(
  { database }: Core,
  chains: Map<Hex, number>,
  { sequence, relationship, number, text, head }: AccessTables.LogRow,
): object {
  const place = { number: sequence - 1, head: toHex(head) }
  if (!relationship) return { ...place, entry: text }
  const id = toHex(relationship)
  const known = chains.get(id)
  if (known !== undefined) return { ...place, chain: known, entry: text }
  const chain = chains.size
  chains.set(id, chain)
  const [former] = number ? AccessTables.entriesOf(database, relationship, number - 1, 1) : []
  return { ...place, chain, before: former ? toHex(former.head) : zeros, entry: text }
}

/** No anchor on the chain covers any of the period yet. */
export class LogUnanchoredError extends RetryableError {
  readonly code = 'LOG_UNANCHORED'
  constructor() {
    super('No part of the access log in this period is anchored on the chain yet.')
  }
}

/** An export that broke off would not be the same today: what was anchored, published or written down has changed. */
export class LogExportChangedError extends MedrecError {
  readonly code = 'LOG_EXPORT_CHANGED'
  constructor() {
    super('This export of the access log cannot be gone on with.')
  }
}
