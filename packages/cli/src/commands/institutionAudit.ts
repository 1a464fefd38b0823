import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { saveAccessLog } from '../institution/accessLogExport.ts'
import { atInstitution, type Desk, type DeskOptions, withStaff } from '../institution/signIn.ts'
import { UsageError } from '../output.ts'
import { moment } from '../participant/table.ts'

type PeriodOptions = DeskOptions & {
  readonly from?: string
  readonly to?: string
  readonly out?: string
}
type AccountingOptions = PeriodOptions & {
  readonly relationship?: string
  readonly form: string
}

const secondsPerDay = 86_400

/** The access log for auditors, exported. */
export function addAudit(group: Command): void {
  period(
    group
      .command('audit-events')
      .description('the access log as FHIR R4 AuditEvents, one a line (roles it and auditor)'),
  ).action((_, command: Command) => {
    const options = command.optsWithGlobals<PeriodOptions>()
    return withStaff(options, (desk) => save(desk, `audit/events?${span(options)}`, options.out))
  })
  period(
    group
      .command('access-log')
      .description(
        'the access log with proof, for a regulator: "verify" checks it, "audit merge" joins several',
      ),
  ).action((_, command: Command) => {
    const options = command.optsWithGlobals<PeriodOptions>()
    return withStaff(options, (desk) => saveLog(desk, options))
  })
  period(
    group
      .command('disclosures')
      .description('what was given to others than the patient (HIPAA accounting of disclosures)'),
  )
    .option('--relationship <id>', 'of one patient: her relationship, in full')
    .option('--form <csv|json>', 'how it is written', 'csv')
    .action((_, command: Command) => {
      const options = command.optsWithGlobals<AccountingOptions>()
      const { relationship, form } = options
      if (form !== 'csv' && form !== 'json') throw new UsageError('--form: csv or json.')
      if (relationship !== undefined && !/^0x[0-9a-f]{64}$/.test(relationship))
        throw new UsageError('--relationship: 0x and 64 hex digits.')
      const only = relationship === undefined ? '' : `&relationship=${relationship}`
      const path = `audit/disclosures?${span(options)}&form=${form}${only}`
      return withStaff(options, (desk) => save(desk, path, options.out))
    })
}

function period(command: Command): Command {
  return atInstitution(command)
    .option('--from <day>', 'first day (2026-01-31, UTC)')
    .option('--to <day>', 'last day')
    .option('--out <file>', 'write to a new file (default: standard output)')
}

/** Unix seconds, `to` exclusive. Throws UsageError. */
function periodOf({ from, to }: PeriodOptions): { readonly from: number; readonly to: number } {
  return {
    from: from === undefined ? 0 : dayOf('--from', from),
    to: to === undefined ? Number.MAX_SAFE_INTEGER : dayOf('--to', to) + secondsPerDay,
  }
}

function span(options: PeriodOptions): string {
  const { from, to } = periodOf(options)
  return `from=${from}&to=${to}`
}

function dayOf(option: string, text: string): number {
  const seconds = Date.parse(`${text}T00:00:00Z`) / 1_000
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || !Number.isFinite(seconds))
    throw new UsageError(`${option}: a day as 2026-01-31.`)
  return seconds
}

/** Saves the log with proof, and says how far it has come. */
async function saveLog({ staff, output }: Desk, options: PeriodOptions): Promise<void> {
  const { out } = options
  if (out === undefined) throw new UsageError('--out: name a new file for the log.')
  const wanted = { out, period: periodOf(options), tell: output.aside }
  const { period, start, end } = await saveAccessLog(staff, wanted)
  const entries = end.size - start.size
  output.result(
    { ok: true, file: out, entries, period },
    `Saved ${out}: ${entries} entries, from ${moment(period.from)} until ${moment(period.to)}. Checked: whole and as anchored.`,
  )
}

async function write(pieces: AsyncIterable<Uint8Array>, out: string): Promise<void> {
  const path = resolve(out)
  try {
    await pipeline(Readable.from(pieces), createWriteStream(path, { flags: 'wx', mode: 0o600 }))
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST')
      throw new UsageError(`--out: ${out} is there already; name a new file.`)
    await rm(path, { force: true }) // a part of an export proves nothing
    throw error
  }
}

async function save({ staff, output }: Desk, path: string, out: string | undefined): Promise<void> {
  const pieces = await staff.pieces(path)
  if (out === undefined) {
    for await (const piece of pieces) process.stdout.write(Buffer.from(piece).toString())
    return
  }
  await write(pieces, out)
  output.result({ ok: true, file: out }, `Saved ${out}.`)
}
