import { resolve } from 'node:path'
import type { ProvenAccessLog } from '@medrec/library'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { openOutput, UsageError } from '../output.ts'
import { proveAccessLog } from '../participant/accessLogs.ts'
import {
  type Compared,
  type Confirmed,
  comparedClaims,
  confirmedBlocks,
} from '../participant/confirmedBlocks.ts'
import { moment, oneLine, table } from '../participant/table.ts'

type Counts = ReadonlyMap<string, number>

/** `medrec verify` of an institution's access log: what it proves, and what not. */
export async function verifyLogFile(
  file: string,
  options: GlobalOptions & Compared & { readonly rows?: string },
): Promise<void> {
  if (options.rows !== undefined)
    throw new UsageError('--rows: an access log holds no records. See "medrec audit merge".')
  const counts = new Map<string, number>()
  const proven = await proveAccessLog(resolve(file), ({ content }) => {
    counts.set(content.kind, (counts.get(content.kind) ?? 0) + 1)
  })
  const confirmed = await confirmedBlocks(proven, options)
  const entries = proven.end.size - proven.start.size
  const claims = claimsOf(proven, confirmed)
  openOutput(options.json ?? false).result(
    { ...proven, entries, counts: Object.fromEntries(counts), ...claims },
    textOf(counts, claims),
  )
}

type Claims = { readonly proven: readonly string[]; readonly notProven: readonly string[] }

function claimsOf(proven: ProvenAccessLog, confirmed: Confirmed): Claims {
  const { institution, period, start, end } = proven
  const compared = comparedClaims(proven, confirmed)
  const since = start.anchor ? `after ${anchorWords(start.anchor)}` : 'since its log began'
  const until = end.anchor ? ` and by ${anchorWords(end.anchor)}` : ''
  return {
    proven: [
      `${oneLine(institution.name)} (${institution.idTag}) signed this file with the key it published.`,
      `These ${end.size - start.size} entries (number ${start.size} to ${end.size - 1} of its log) are all that it committed to ${since}${until}: none altered, left out or added.`,
      `Between these lies the period from ${moment(period.from)} until ${moment(period.to)}.`,
      ...compared.proven,
    ],
    notProven: [
      ...compared.notProven,
      'That keys or names were not changed after these blocks, or that a key was not lost.',
      'That this is the institution you mean: anybody may register under any name. Compare the number after its name.',
      'That the anchors between these committed to the same log: who wrote a log anew is found out by a file that ends in between, or by a patient’s own proof.',
      'That nothing was read past the institution’s log, or written down late: what came after the last anchor stands in a later file.',
    ],
  }
}

function anchorWords({ counter, block }: NonNullable<ProvenAccessLog['start']['anchor']>): string {
  return `anchor ${counter} in block ${block.number} (${moment(block.time)})`
}

function textOf(counts: Counts, { proven, notProven }: Claims): string {
  return [
    table(['entries', 'number'], [...counts], 'No entries.'),
    '',
    'Proven:',
    ...proven.map((line) => `  ${line}`),
    'Not proven:',
    ...notProven.map((line) => `  ${line}`),
  ].join('\n')
}
