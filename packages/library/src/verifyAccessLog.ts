import { anchorsIn, type ProvenBlock, profileIn, provenBlock } from '@medrec/client'
import {
  blindedLogRoot,
  type Domain,
  fromHex,
  fromUtf8,
  grown,
  type Hex,
  isStatementOf,
  type LogTree,
  logTreeRoot,
  MalformedError,
  nextContent,
  nextLogHead,
  toHex,
} from '@medrec/protocol'
import {
  type AccessLogAnchor,
  type AccessLogHead,
  type LoggedEntry,
  latestTime,
  toAccessLogHead,
  toAccessLogLine,
  toLoggedEntry,
} from './accessLogFile.ts'
import type { UnprovenCode } from './verifyProof.ts'

/** An entry as it stands in the file; nothing is proven before the whole file is. */
export type AccessLogEntry = {
  readonly number: number
  /** Which of the file's patients it is about; undefined: none. */
  readonly chain: number | undefined
  /** Leaf of the log's tree, hex */
  readonly head: Hex
  readonly content: LoggedEntry
}

/** An anchor that the file rests on. */
export type AccessLogEdge = {
  /** Entries of the log that it commits to. */
  readonly size: number
  /** Absent where the log begins. */
  readonly anchor?: { readonly counter: number; readonly block: ProvenPlace }
}

type ProvenPlace = Pick<ProvenBlock, 'number' | 'hash' | 'time'>

/** What an access log with proof proves to somebody who takes its blocks for part of the chain. */
export type ProvenAccessLog = {
  readonly ok: true
  readonly network: AccessLogHead['network']
  readonly institution: { readonly idTag: Hex; readonly name: string; readonly key: Hex }
  /** Unix seconds, `to` exclusive */
  readonly period: { readonly from: number; readonly to: number }
  readonly start: AccessLogEdge
  readonly end: AccessLogEdge
  readonly blocks: readonly ProvenPlace[]
}

export type UnprovenAccessLog = {
  readonly ok: false
  readonly code: UnprovenCode
  /** Number of the entry that does not fit, where it is one. */
  readonly entry?: number
}

type Listener = (
  entry: AccessLogEntry,
  of: { readonly size: number; readonly first: number },
) => void

/**
 * Checks an institution's access log with proof, line by line, without any connection and without trust in the
 * institution (docs/protocol.md section 8.4): each entry, that none is missing between the anchors at both ends, and
 * that the institution signed the file. What `onEntry` heard counts only when this says so. That the blocks belong to
 * the chain is for the caller to compare.
 */
export async function verifyAccessLog(
  lines: AsyncIterable<Uint8Array>,
  onEntry: Listener = () => undefined,
): Promise<ProvenAccessLog | UnprovenAccessLog> {
  const check = new Check(onEntry)
  try {
    for await (const line of lines) {
      const broken = check.line(line)
      if (broken) return broken
    }
    return check.result()
  } catch (error) {
    if (error instanceof MalformedError) return unproven('PROOF_MALFORMED')
    throw error
  }
}

type Opened = {
  readonly head: AccessLogHead
  readonly institution: { readonly name: string; readonly key: Hex }
  readonly profile: ProvenBlock
  readonly first: ProvenBlock | undefined
  readonly last: ProvenBlock
}

const noHead = new Uint8Array(32)

class Check {
  readonly #onEntry: Listener
  #opened: Opened | undefined
  #tree: LogTree = []
  #size = 0
  /** Head of each chain; what no other chain may begin with: all of them, and entries of no patient. */
  readonly #heads: Hex[] = []
  readonly #known = new Set<Hex>()
  #content: Uint8Array = new Uint8Array(32)
  #isSigned: boolean = false

  constructor(onEntry: Listener) {
    this.#onEntry = onEntry
  }

  line(bytes: Uint8Array): UnprovenAccessLog | undefined {
    if (this.#isSigned) return unproven('LOG_LONGER')
    const text = fromUtf8(bytes)
    if (!text.endsWith('\n')) return unproven(this.#opened ? 'LOG_CUT' : 'PROOF_MALFORMED')
    if (this.#opened && this.#size === this.#opened.head.end.size) return this.#close(text)
    this.#content = nextContent(this.#content, bytes)
    return this.#opened ? this.#entry(text, this.#opened) : this.#open(text)
  }

  result(): ProvenAccessLog | UnprovenAccessLog {
    if (!this.#opened) return unproven('PROOF_MALFORMED')
    if (!this.#isSigned) return unproven('LOG_CUT')
    const { head, institution, profile, first, last } = this.#opened
    return {
      ok: true,
      network: head.network,
      institution: { idTag: head.institution, ...institution },
      period: { from: head.from, to: head.to },
      start: edge(head.start, first),
      end: edge(head.end, last),
      blocks: [profile, ...(first ? [first] : []), last].map(placeOf),
    }
  }

  #open(text: string): UnprovenAccessLog | undefined {
    const head = toAccessLogHead(parsed(text))
    const tree = head && treeOf(head.start)
    if (!head || !tree) return unproven('PROOF_MALFORMED')
    const opened = openedOf(head)
    if (typeof opened === 'string') return unproven(opened)
    const broken = startOf(opened, tree) ?? periodOf(opened)
    if (broken) return unproven(broken)
    this.#opened = opened
    this.#tree = tree
    this.#size = head.start.size
    return undefined
  }

  #entry(text: string, { head: { start, end } }: Opened): UnprovenAccessLog | undefined {
    const line = toAccessLogLine(parsed(text))
    const at = this.#size
    if (!line) return unproven(isSignature(text) ? 'LOG_CUT' : 'LOG_ENTRY_MALFORMED', at)
    if (line.number !== at)
      return unproven(line.number < at ? 'LOG_ENTRY_DOUBLED' : 'LOG_ENTRY_MISSING', at)
    const content = toLoggedEntry(parsed(line.entry))
    if (!content) return unproven('LOG_ENTRY_MALFORMED', at)
    const before = this.#before(line)
    if (!before) return unproven('LOG_CHAIN', at)
    const leaf = nextLogHead(before, line.entry)
    const found = toHex(leaf)
    if (found !== line.head) return unproven('LOG_ENTRY_CHANGED', at)
    if (line.chain !== undefined) {
      this.#known.delete(this.#heads[line.chain] ?? '0x')
      this.#heads[line.chain] = found
    }
    this.#known.add(found)
    this.#tree = grown(this.#tree, leaf)
    this.#size += 1
    const { number, chain } = line
    this.#onEntry({ number, chain, head: found, content }, { size: end.size, first: start.size })
    return undefined
  }

  /** Head that an entry follows: of its chain, which begins once; of no patient, none. */
  #before({ chain, before }: { chain?: number; before?: Hex }): Uint8Array | undefined {
    if (chain === undefined) return before === undefined ? noHead : undefined
    const known = this.#heads[chain]
    if (known) return before === undefined ? fromHex(known, 32) : undefined
    // A chain that goes on from another one's end would pass one patient's entries for two patients', or for nobody's.
    if (before === undefined || chain !== this.#heads.length || this.#known.has(before))
      return undefined
    return fromHex(before, 32)
  }

  #close(text: string): UnprovenAccessLog | undefined {
    const { head, institution, last } = this.#opened as Opened
    const json = parsed(text) as { signature?: unknown } | undefined
    const signature = json?.signature
    if (typeof signature !== 'string')
      return unproven(toAccessLogLine(json) ? 'LOG_LONGER' : 'LOG_CUT')
    // One spelling: no letter of the file can be changed without notice, also not in this line.
    const isExact = text === signatureLine(signature) && /^0x[0-9a-f]{128}$/.test(signature)
    const broken = anchoredAs(this.#tree, { head, anchor: head.end.anchor, block: last })
    if (broken) return unproven(broken)
    const { chainId, ledger, networkId } = head.network
    const domain: Domain = { chainId, verifyingContract: ledger, salt: networkId }
    const value = { institution: fromHex(head.institution, 32), content: this.#content }
    const key = fromHex(institution.key, 20)
    if (!isExact || !isStatementOf(key, fromHex(signature, 64), domain, 'AccessLog', value))
      return unproven('LOG_UNSIGNED')
    this.#isSigned = true
    return undefined
  }
}

/** The blocks of a file, and whom they name. */
function openedOf(head: AccessLogHead): Opened | UnprovenCode {
  const { start, end, network, institution: idTag } = head
  const [profile, last] = [provenBlock(head.profile), provenBlock(end.anchor.block)]
  const first = start.anchor && provenBlock(start.anchor.block)
  if (!profile || !last || (start.anchor && !first)) return 'BLOCK_BROKEN'
  const institution = profileIn(profile, network.registrar, idTag)
  if (!institution) return 'PROFILE_MISSING'
  if (!anchorOf(head, end.anchor, last)) return 'ANCHOR_MISSING'
  return { head, institution, profile, first, last }
}

/** What is wrong with the place where the entries begin: at the log's beginning, or where an anchor says. */
function startOf({ head, first }: Opened, tree: LogTree): UnprovenCode | undefined {
  const { anchor, size } = head.start
  if (!anchor || !first) return size === 0 ? undefined : 'LOG_START'
  const broken = anchoredAs(tree, { head, anchor, block: first })
  return broken === 'LOG_BROKEN' ? 'LOG_START' : broken
}

function periodOf({ head, first, last }: Opened): UnprovenCode | undefined {
  const { start, end, from, to } = head
  if (start.size > end.size || last.time > latestTime) return 'PROOF_MALFORMED'
  const isEnclosed = (first?.time ?? 0) <= from && from < to && to <= last.time
  return isEnclosed ? undefined : 'PERIOD_UNCOVERED'
}

/** The last line of a file. */
export function signatureLine(signature: string): string {
  return `${JSON.stringify({ signature })}\n`
}

/** The subtrees over the entries before the first one; undefined when they are not as many as the size says. */
function treeOf({ size, tree }: AccessLogHead['start']): LogTree | undefined {
  const bits = [...size.toString(2)]
  const sizes = bits.flatMap((bit, i) => (bit === '1' ? [2 ** (bits.length - 1 - i)] : []))
  if (sizes.length !== tree.length) return undefined
  return sizes.map((of, i) => ({ size: of, hash: fromHex(tree[i] as Hex, 32) }))
}

function anchorOf(
  { network, institution }: AccessLogHead,
  { counter }: AccessLogAnchor,
  block: ProvenBlock,
): { readonly logRoot: Hex } | undefined {
  return anchorsIn(block, network.ledger, institution).find((one) => one.counter === counter)
}

/** What is wrong when an anchor does not commit to these entries. */
function anchoredAs(
  tree: LogTree,
  of: { head: AccessLogHead; anchor: AccessLogAnchor; block: ProvenBlock },
): 'ANCHOR_MISSING' | 'LOG_BROKEN' | undefined {
  const anchored = anchorOf(of.head, of.anchor, of.block)
  if (!anchored) return 'ANCHOR_MISSING'
  const blinding = fromHex(of.anchor.blinding, 16)
  const root = blindedLogRoot(logTreeRoot(tree), { blinding })
  return toHex(root) === anchored.logRoot ? undefined : 'LOG_BROKEN'
}

function edge(
  { size, anchor }: { size: number; anchor?: AccessLogAnchor },
  block: ProvenBlock | undefined,
): AccessLogEdge {
  if (!anchor || !block) return { size }
  return { size, anchor: { counter: anchor.counter, block: placeOf(block) } }
}

function placeOf({ number, hash, time }: ProvenPlace): ProvenPlace {
  return { number, hash, time }
}

function isSignature(text: string): boolean {
  return text.startsWith('{"signature":')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no JSON: what is looked for in it is missing
  }
}

function unproven(code: UnprovenCode, entry?: number): UnprovenAccessLog {
  return { ok: false, code, ...(entry !== undefined && { entry }) }
}
