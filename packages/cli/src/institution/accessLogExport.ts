import { createReadStream } from 'node:fs'
import { lstat, open, rename, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { provenBlock } from '@medrec/client'
import { type AccessLogHead, linesIn, type ProvenAccessLog, toAccessLogHead } from '@medrec/library'
import { fromUtf8, sha256, toHex } from '@medrec/protocol'
import { UsageError } from '../output.ts'
import { isAccessLog, proveAccessLog } from '../participant/accessLogs.ts'
import type { Staff } from './Staff.ts'

/** Unix seconds, `to` exclusive */
type Period = { readonly from: number; readonly to: number }

/** What an export that broke off left. */
type Begun = {
  /** Undefined where not even the first line came whole. */
  readonly head: AccessLogHead | undefined
  /** H of the first line with its end, by which the institution knows the export again */
  readonly hash: string
  /** Whole lines, the first one among them */
  readonly lines: number
  /** Where they end, in bytes */
  readonly end: number
}

const lineEnd = 0x0a
/** Every so many entries it is said how far an export has come. */
const told = 10_000

/**
 * Saves an institution's access log with proof (docs/protocol.md section 8.4). It comes into FILE.part, which the same
 * command goes on with when it broke off, and gets its name once the whole of it is proven. Throws UsageError,
 * ProofBrokenError, RefusedError, InstitutionUnavailableError.
 */
export async function saveAccessLog(
  staff: Staff,
  options: { readonly out: string; readonly period: Period; readonly tell: (text: string) => void },
): Promise<ProvenAccessLog> {
  const { out, period, tell } = options
  const part = { path: resolve(`${out}.part`), name: `${out}.part` }
  await refuseOld(out)
  const begun = await begunIn(part)
  if (begun?.head) {
    refuseOther(part.name, begun.head, period)
    tell(
      `Going on with ${part.name}: ${Math.min(begun.lines - 1, entriesOf(begun.head))} entries are there.`,
    )
  }
  if (!begun?.head || begun.lines < linesOf(begun.head)) {
    const pieces = await staff.pieces(pathOf(period, begun))
    try {
      await append(part.path, begun, counted(pieces, begun?.lines ?? 0, tell))
    } catch (error) {
      tell(`What came is in ${part.name}: the same command goes on with it.`)
      throw error
    }
  }
  const proven = await proveAccessLog(part.path)
  await refuseOld(out)
  await rename(part.path, resolve(out))
  return proven
}

async function refuseOld(out: string): Promise<void> {
  if (await isThere(resolve(out)))
    throw new UsageError(`--out: ${out} is there already; name a new file.`)
}

function refuseOther(name: string, { from, to }: Period, wanted: Period): void {
  if (from !== wanted.from || to > wanted.to)
    throw new UsageError(
      `--out: ${name} is the beginning of another period. Give that period, delete the file, or name another one.`,
    )
}

/** What there is to go on with; undefined when there is no such file. Throws UsageError when it is something else. */
async function begunIn({ path, name }: { path: string; name: string }): Promise<Begun | undefined> {
  if (!(await isThere(path))) return undefined
  if (!(await isOurs(path))) throw notBegun(name)
  let begun: Begun = { head: undefined, hash: '', lines: 0, end: 0 }
  if ((await stat(path)).size === 0) return begun
  if (!(await isAccessLog(path))) throw notBegun(name)
  for await (const line of linesIn(createReadStream(path))) {
    if (line.at(-1) !== lineEnd) break // it was not written to its end
    const head = begun.head ?? headIn(line)
    if (!head) throw notBegun(name)
    const hash = begun.hash || toHex(sha256(line))
    begun = { head, hash, lines: begun.lines + 1, end: begun.end + line.length }
  }
  return begun
}

/** Whoever put a file or link of theirs at this place, as anybody can in /tmp, would read what is written there. */
async function isOurs(path: string): Promise<boolean> {
  const facts = await lstat(path)
  if (!facts.isFile() || facts.nlink !== 1) return false
  return process.getuid === undefined || (facts.uid === process.getuid() && !(facts.mode & 0o077))
}

function notBegun(name: string): UsageError {
  return new UsageError(
    `--out: ${name} is no access log that broke off. Move it away, or name another file.`,
  )
}

function headIn(line: Uint8Array): AccessLogHead | undefined {
  try {
    return toAccessLogHead(JSON.parse(fromUtf8(line)))
  } catch {
    return undefined // no JSON: the caller says so
  }
}

function entriesOf({ start, end }: AccessLogHead): number {
  return end.size - start.size
}

/** The first line, one of each entry, and the signature. */
function linesOf(head: AccessLogHead): number {
  return entriesOf(head) + 2
}

/** What is asked for: a period, or what did not come of it. Throws UsageError. */
function pathOf(period: Period, begun: Begun | undefined): string {
  if (!begun?.head) return `audit/log?from=${period.from}&to=${period.to}`
  const { from, to, start, end } = begun.head
  const asked = {
    ...{ from, to, head: begun.hash, lines: begun.lines },
    ...(start.anchor && { startBlock: blockOf(start.anchor), startSize: start.size }),
    ...{ endBlock: blockOf(end.anchor), endSize: end.size },
  }
  return `audit/log?${Object.entries(asked)
    .map((pair) => pair.join('='))
    .join('&')}`
}

function blockOf({ block }: AccessLogHead['end']['anchor']): number {
  const proven = provenBlock(block)
  if (!proven)
    throw new UsageError('--out: the unfinished file was changed. Delete it and export anew.')
  return proven.number
}

/** Writes behind the last whole line; returns once it is on disk. */
async function append(
  path: string,
  begun: Begun | undefined,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await open(path, begun ? 'r+' : 'wx', 0o600)
  try {
    let place = begun?.end ?? 0
    await file.truncate(place)
    for await (const piece of pieces)
      for (let written = 0; written < piece.length; ) {
        const rest = piece.subarray(written)
        const { bytesWritten } = await file.write(rest, 0, rest.length, place)
        written += bytesWritten
        place += bytesWritten
      }
    await file.sync()
  } finally {
    await file.close()
  }
}

async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  begun: number,
  tell: (text: string) => void,
): AsyncGenerator<Uint8Array> {
  let lines = begun
  for await (const piece of pieces) {
    const before = Math.floor(lines / told)
    for (const byte of piece) if (byte === lineEnd) lines += 1
    if (Math.floor(lines / told) > before) tell(`${Math.floor(lines / told) * told} entries ...`)
    yield piece
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return false
    throw error
  }
}
