import { type Hex, purposes } from '@medrec/protocol'
import type { LoggedEntry } from './accessLogFile.ts'
import {
  type AccessLogEntry,
  type ProvenAccessLog,
  type UnprovenAccessLog,
  verifyAccessLog,
} from './verifyAccessLog.ts'

/** An entry of one of several institutions' logs. */
export type Entry = {
  readonly institution: Hex
  readonly name: string
  readonly number: number
  /** One patient at one institution, as the file numbers her: `file/number`; it says nothing outside of these files. */
  readonly patient: string | undefined
  readonly content: LoggedEntry
}

/** How often what happened; reads by purpose, refusals by reason code. */
export type Counts = {
  readonly reads: number
  readonly lists: number
  readonly refusals: number
  readonly emergencies: number
  readonly exports: number
  readonly others: number
  readonly byPurpose: Readonly<Record<string, number>>
  readonly byReason: Readonly<Record<string, number>>
  readonly viewers: number
}

/** Part of an institution's log that no file holds. */
export type Gap = { readonly from: number; readonly to: number; readonly entries: number }

/** What the files say of one institution. */
export type Institution = {
  readonly idTag: Hex
  readonly name: string
  readonly files: readonly { readonly file: string; readonly proven: ProvenAccessLog }[]
  readonly gaps: readonly Gap[]
  /** Two files hold another entry at one place: the institution rewrote its log, or one is of another chain. */
  readonly isContradicted: boolean
  readonly counts: Counts
}

/** Whose entries are wanted: a viewer's by idTag, or those of an emergency. */
export type Followed = { readonly viewer?: Hex; readonly emergency?: Hex }

type Kept = Omit<Entry, 'name'> & { readonly head: Hex }
type Source = { readonly file: string; readonly proven: ProvenAccessLog }

/** An emergency access ends four hours after it was opened (docs/protocol.md 8.1). */
const emergencySeconds = 14_400

/** Several institutions' access logs with proof, side by side (docs/protocol.md section 8.4). Holds every entry. */
export type Audit = {
  /** Proves a file and takes it in; one that proves nothing changes nothing. */
  add(
    file: string,
    lines: AsyncIterable<Uint8Array>,
    options?: {
      readonly onProgress?: (done: number, of: number) => void
      /** Whether the blocks that a whole file rests on are on the chain; false leaves it out. */
      readonly isOnChain?: (proven: ProvenAccessLog) => Promise<boolean>
    },
  ): Promise<ProvenAccessLog | UnprovenAccessLog>
  institutions(): readonly Institution[]
  /** Entries of all institutions by their own clocks, oldest first. */
  entries(followed?: Followed): readonly Entry[]
}

/** Begins with no file. */
export function open(): Audit {
  const sources: Source[] = []
  const kept = new Map<Hex, Map<number, Kept>>()
  const contradicted = new Set<Hex>()
  const take = (proven: ProvenAccessLog, entries: readonly AccessLogEntry[], at: number): void => {
    const institution = proven.institution.idTag
    const known = kept.get(institution) ?? new Map<number, Kept>()
    kept.set(institution, known)
    for (const { number, chain, head, content } of entries) {
      const before = known.get(number)
      if (before && before.head !== head) contradicted.add(institution)
      const patient = chain === undefined ? undefined : `${at}/${chain}`
      if (!before) known.set(number, { institution, number, patient, head, content })
    }
  }
  const ofAll = (): readonly Kept[] => [...kept.values()].flatMap((known) => [...known.values()])
  return {
    async add(file, lines, { onProgress, isOnChain } = {}) {
      const entries: AccessLogEntry[] = []
      const proven = await verifyAccessLog(lines, (entry, { first, size }) => {
        entries.push(entry)
        onProgress?.(entries.length, size - first)
      })
      if (!proven.ok) return proven
      const [other] = sources
      if (other && networkOf(other.proven) !== networkOf(proven))
        return { ok: false, code: 'LOG_OTHER_NETWORK' }
      if (isOnChain && !(await isOnChain(proven))) return { ok: false, code: 'BLOCK_FOREIGN' }
      sources.push({ file, proven })
      take(proven, entries, sources.length)
      return proven
    },
    institutions: () =>
      [...kept].map(([idTag, known]) => {
        const files = sources.filter(({ proven }) => proven.institution.idTag === idTag)
        return {
          ...{ idTag, name: nameIn(files), files, gaps: gapsIn(files) },
          isContradicted: contradicted.has(idTag),
          counts: countsOf([...known.values()]),
        }
      }),
    entries: (followed = {}) => {
      const all = ofAll()
      const isWanted = wanted(all, followed)
      const names = new Map(
        [...kept.keys()].map((idTag) => [
          idTag,
          nameIn(sources.filter(({ proven }) => proven.institution.idTag === idTag)),
        ]),
      )
      return all
        .filter(isWanted)
        .toSorted((a, b) => a.content.time - b.content.time || a.number - b.number)
        .map(({ head: _, ...entry }) => ({ ...entry, name: names.get(entry.institution) ?? '' }))
    },
  }
}

function networkOf({ network }: ProvenAccessLog): string {
  return [network.networkId, network.chainId, network.registrar, network.ledger].join()
}

/** The name that the newest file's block gives. */
function nameIn(files: readonly Source[]): string {
  const newest = files.toSorted((a, b) => a.proven.end.size - b.proven.end.size).at(-1)
  return newest?.proven.institution.name ?? ''
}

/** Places of the log between files that no file holds. */
function gapsIn(files: readonly Source[]): readonly Gap[] {
  const sorted = files.map(({ proven }) => proven).toSorted((a, b) => a.start.size - b.start.size)
  let [size, from] = [sorted[0]?.start.size ?? 0, 0]
  return sorted.flatMap(({ start, end, period }) => {
    const gap = { from, to: period.from, entries: start.size - size }
    if (end.size >= size) [size, from] = [end.size, period.to]
    return gap.entries > 0 ? [gap] : []
  })
}

function countsOf(entries: readonly Kept[]): Counts {
  const of = (kind: string): readonly Kept[] =>
    entries.filter(({ content }) => content.kind === kind)
  const [reads, refused] = [of('read'), of('refused')]
  const named = [reads, of('index'), of('emergency'), of('exported')]
  const refusals = (all: readonly Kept[]): number =>
    all.reduce((sum, { content }) => sum + (content.count ?? 1), 0)
  const [, lists, emergencies, exports] = named.map(({ length }) => length) as [
    ...[number, number, number, number],
  ]
  return {
    ...{ reads: reads.length, lists, refusals: refusals(refused), emergencies, exports },
    others: entries.length - refused.length - reads.length - lists - emergencies - exports,
    byPurpose: grouped(reads, purposeOf, (all) => all.length),
    byReason: grouped(refused, ({ content }) => content.code ?? 'other', refusals),
    viewers: new Set(entries.flatMap(({ content }) => content.who.idTag ?? [])).size,
  }
}

function grouped(
  entries: readonly Kept[],
  nameOf: (entry: Kept) => string,
  count: (entries: readonly Kept[]) => number,
): Readonly<Record<string, number>> {
  const groups = new Map<string, Kept[]>()
  for (const entry of entries) {
    const group = groups.get(nameOf(entry)) ?? []
    group.push(entry)
    groups.set(nameOf(entry), group)
  }
  return Object.fromEntries([...groups].toSorted().map(([name, all]) => [name, count(all)]))
}

function purposeOf({ content: { purpose } }: Pick<Entry, 'content'>): string {
  return purpose === undefined ? 'none' : (purposes[purpose] ?? 'other')
}

function wanted(all: readonly Kept[], { viewer, emergency }: Followed): (entry: Kept) => boolean {
  const ids = emergency === undefined ? undefined : together(all, emergency)
  return ({ content }) =>
    (viewer === undefined || content.who.idTag === viewer || content.delegate === viewer) &&
    (ids === undefined || (content.emergency !== undefined && ids.has(content.emergency)))
}

/** Accesses that one clinician opened within four hours of each other: one emergency, whatever each institution names it. */
function together(all: readonly Kept[], emergency: Hex): ReadonlySet<Hex> {
  const opened = all.filter(({ content }) => content.kind === 'emergency')
  const first = opened.find(({ content }) => content.emergency === emergency)?.content
  const ids = opened.flatMap(({ content }) => {
    const isNear = Math.abs(content.time - (first?.time ?? 0)) <= emergencySeconds
    const isHers = first?.who.idTag !== undefined && content.who.idTag === first.who.idTag
    return isHers && isNear && content.emergency ? [content.emergency] : []
  })
  return new Set([emergency, ...ids])
}
