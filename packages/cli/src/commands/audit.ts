import { createReadStream, createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  Audit,
  AuditFile,
  linesIn,
  type ProvenAccessLog,
  type UnprovenAccessLog,
  unprovenWords,
} from '@medrec/library'
import { type Hex, MedrecError } from '@medrec/protocol'
import type { Command } from 'commander'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { type Output, openOutput, UsageError } from '../output.ts'
import { isAccessLog } from '../participant/accessLogs.ts'
import { type Compared, confirmedBlocks } from '../participant/confirmedBlocks.ts'
import { ProofBrokenError } from '../participant/errors.ts'
import { moment, oneLine, short, table } from '../participant/table.ts'

type MergeOptions = GlobalOptions &
  Compared & {
    readonly viewer?: Hex
    readonly emergency?: Hex
    readonly out?: string
    readonly form: string
  }
type Result = { readonly file: string; readonly proven: ProvenAccessLog | UnprovenAccessLog }

const forms = ['csv', 'json', 'fhir'] as const
/** Entries shown at the terminal; all of them are in what --out writes. */
const shown = 50
const progressEvery = 10_000

/** `medrec audit`: several institutions' access logs side by side, for a regulator. */
export function addAudit(program: Command): void {
  const group = program
    .command('audit')
    .description('access logs with proof of several institutions, for a regulator')
  group
    .command('merge <file...>')
    .description(
      'check logs ("institution access-log") and show institutions side by side; needs no connection',
    )
    .option('--network <file>', 'compare their blocks with the chain, as a door tells it')
    .option('--block <hash...>', 'hashes of blocks that you know to be part of the chain')
    .option('--viewer <idTag>', 'only what this one did, over all institutions')
    .option('--emergency <id>', 'only this emergency, over all institutions')
    .option('--out <file>', 'write the entries to a new file')
    .option('--form <csv|json|fhir>', 'how they are written', 'csv')
    .action((files: readonly string[], _, command: Command) =>
      merge(files, command.optsWithGlobals<MergeOptions>()),
    )
}

async function merge(files: readonly string[], options: MergeOptions): Promise<void> {
  const followed = followedIn(options)
  const output = openOutput(options.json ?? false)
  const audit = Audit.open()
  const results: Result[] = []
  for (const file of files) results.push(await take(audit, file, { output, options }))
  const institutions = audit.institutions()
  const entries = audit.entries(followed)
  if (options.out !== undefined) await write(options.out, options.form, entries)
  const isFollowing = options.viewer !== undefined || options.emergency !== undefined
  const listed = isFollowing ? entries.slice(0, shown) : []
  output.result(
    {
      ok: results.every(({ proven }) => proven.ok) && !institutions.some(isDoubtful),
      files: results.map(factsOf),
      isCompared: isCompared(options),
      institutions: institutions.map(({ files: of, ...one }) => ({ ...one, files: of.length })),
      ...(isFollowing && { entries }),
    },
    [
      resultsText(results),
      ...(isCompared(options) ? [] : [uncompared]),
      ...(options.network === undefined ? [uncomparedContracts] : []),
      ...institutions.map(institutionText),
      ...(isFollowing ? [entriesText(listed, entries.length)] : []),
    ].join('\n\n'),
  )
  const broken = results.filter(({ proven }) => !proven.ok).length
  if (broken > 0) throw new AuditIncompleteError(broken, results.length)
}

function isCompared({ network, block }: MergeOptions): boolean {
  return network !== undefined || block !== undefined
}

const uncompared =
  'NOT PROVEN: that the blocks in these files belong to the chain. Use --network or --block; "medrec verify FILE" lists them.'

const uncomparedContracts =
  'NOT PROVEN: that their contracts are those of the network you mean; anybody may put others on the same chain. Use --network.'

/** A contradiction is told by itself; gaps are for the reader to judge. */
function isDoubtful({ isContradicted }: Audit.Institution): boolean {
  return isContradicted
}

function followedIn({ viewer, emergency, form }: MergeOptions): Audit.Followed {
  if (!forms.some((one) => one === form)) throw new UsageError(`--form: ${forms.join(', ')}.`)
  if (viewer !== undefined && !/^0x[0-9a-f]{64}$/.test(viewer))
    throw new UsageError('--viewer: an idTag, 0x and 64 hex digits.')
  if (emergency !== undefined && !/^0x[0-9a-f]{32}$/.test(emergency))
    throw new UsageError('--emergency: 0x and 32 hex digits.')
  return { ...(viewer && { viewer }), ...(emergency && { emergency }) }
}

async function take(
  audit: Audit.Audit,
  file: string,
  { output, options }: { output: Output; options: MergeOptions },
): Promise<Result> {
  const path = resolve(file)
  if (!(await isAccessLog(path))) return { file, proven: { ok: false, code: 'PROOF_MALFORMED' } }
  const proven = await audit.add(file, linesIn(createReadStream(path)), {
    onProgress: (done, of) => {
      if (done % progressEvery === 0) output.aside(`${file}: ${done} of ${of} entries`)
    },
    ...(isCompared(options) && { isOnChain: (whole) => isOnChain(whole, options) }),
  })
  return { file, proven }
}

async function isOnChain(proven: ProvenAccessLog, options: MergeOptions): Promise<boolean> {
  try {
    if ((await confirmedBlocks(proven, options)).blocks !== undefined) return true
  } catch (error) {
    if (error instanceof ProofBrokenError && error.reason === 'BLOCK_FOREIGN') return false
    throw error
  }
  throw new UsageError('--block: not all blocks of the files were named.')
}

async function write(out: string, form: string, entries: readonly Audit.Entry[]): Promise<void> {
  const pieces =
    form === 'csv'
      ? AuditFile.csvOf(entries)
      : form === 'fhir'
        ? AuditFile.bundleOf(entries)
        : entries.map((entry) => `${JSON.stringify(entry)}\n`)
  try {
    const file = createWriteStream(resolve(out), { flags: 'wx', mode: 0o600 })
    await pipeline(Readable.from(pieces), file)
  } catch (error) {
    const isThere = (error as { code?: string }).code === 'EEXIST'
    throw isThere ? new UsageError(`--out: ${out} is there already; name a new file.`) : error
  }
}

function factsOf({ file, proven }: Result): object {
  if (!proven.ok) return { file, ...proven, words: unprovenWords[proven.code] }
  const { institution, period, start, end } = proven
  return { file, ok: true, institution, period, entries: end.size - start.size }
}

function resultsText(results: readonly Result[]): string {
  const rows = results.map(({ file, proven }) => {
    if (!proven.ok) {
      const place = proven.entry === undefined ? '' : ` (at entry ${proven.entry})`
      return [file, `PROVES NOTHING: ${unprovenWords[proven.code]}${place}`, '', '']
    }
    const { institution, period } = proven
    return [file, `whole: ${institution.name}`, moment(period.from), moment(period.to)]
  })
  return table(['file', 'checked', 'from', 'until'], rows)
}

function institutionText({ name, idTag, gaps, isContradicted, counts }: Audit.Institution): string {
  const { reads, lists, refusals, emergencies, exports, others, viewers } = counts
  const lines = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([what, times]) => `${oneLine(what)} ${times}`)
      .join(', ') || 'none'
  return [
    `${oneLine(name)} (${short(idTag)})`,
    `  ${reads} reads, ${lists} lists of records, ${refusals} refusals, ${emergencies} emergencies opened, ${exports} exports, ${others} others; ${viewers} people asked`,
    `  Reads by purpose: ${lines(counts.byPurpose)}`,
    `  Refusals by reason: ${lines(counts.byReason)}`,
    ...gaps.map(
      ({ from, to, entries }) =>
        `  NOT COVERED: ${entries} entries of the log between ${moment(from)} and ${moment(to)}`,
    ),
    ...(isContradicted ? ['  CONTRADICTION: two files hold different entries at one place.'] : []),
  ].join('\n')
}

function entriesText(entries: readonly Audit.Entry[], all: number): string {
  const rows = entries.map(({ name, content, patient }) => [
    ...[moment(content.time), name, content.kind, short(AuditFile.whoOf(content))],
    ...[patient ?? '', AuditFile.purposeOf(content), content.code ?? content.outcome ?? ''],
  ])
  const head = ['when', 'where', 'what', 'who', 'patient', 'purpose', 'reason']
  const rest =
    all > entries.length ? `\n... and ${all - entries.length} more; --out writes all.` : ''
  return `${table(head, rows, 'Nothing fits.')}${rest}`
}

/** Some of the files prove nothing; what is shown is of the others. */
export class AuditIncompleteError extends MedrecError {
  readonly code = 'AUDIT_INCOMPLETE'
  constructor(broken: number, all: number) {
    super(`${broken} of ${all} files prove nothing and were left out.`, {
      facts: ['What is shown above is of the others alone.'],
    })
  }
}
