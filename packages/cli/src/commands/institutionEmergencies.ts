import type { Hex } from '@medrec/protocol'
import type { Command } from 'commander'
import { atInstitution, type Desk, type DeskOptions, withStaff } from '../institution/signIn.ts'
import { NotFoundError } from '../participant/errors.ts'
import { moment, short, table } from '../participant/table.ts'

type ReviewOptions = DeskOptions & { readonly outcome: string; readonly remark?: string }
type Emergency = {
  readonly id: Hex
  readonly name: string
  readonly registeredBy: string | null
  readonly opened: number
  readonly expires: number
  readonly isNoted: boolean
  readonly review: {
    readonly outcome: string
    readonly reviewer: string
    readonly remark: string
  } | null
}

type Examined = { readonly subject: string | null; readonly reason: string }

/** Emergency accesses at an institution, and their reviews. */
export function addEmergencies(group: Command): void {
  atInstitution(
    group
      .command('emergencies')
      .description('emergency accesses, those without a review first (roles it and auditor)'),
  ).action((_, command: Command) => withStaff(command.optsWithGlobals<DeskOptions>(), emergencies))
  atInstitution(
    group
      .command('emergency <access>')
      .description('whose records one opened and why; the patient sees that you looked'),
  ).action((text: string, _, command: Command) =>
    withStaff(command.optsWithGlobals<DeskOptions>(), (desk) => examine(desk, text)),
  )
  atInstitution(group.command('review <access>').description('say what an emergency access was'))
    .requiredOption('--outcome <word>', 'justified, misused or unclear')
    .option('--remark <text>', 'what was found')
    .action((text: string, _, command: Command) => {
      const options = command.optsWithGlobals<ReviewOptions>()
      return withStaff(options, (desk) => review(desk, text, options))
    })
}

async function all({ staff }: Desk): Promise<readonly Emergency[]> {
  return (await staff.get<{ emergencies: readonly Emergency[] }>('emergencies')).emergencies
}

async function emergencies(desk: Desk): Promise<void> {
  const found = await all(desk)
  desk.output.result(
    { emergencies: found },
    table(
      ['access', 'when', 'who', 'registered at', 'review'],
      found.map(({ id, opened, name, registeredBy, review: said }) => [
        short(id),
        moment(opened),
        name,
        registeredBy,
        said ? `${said.outcome}, ${said.reviewer}${said.remark && `: ${said.remark}`}` : 'waits',
      ]),
      'No emergency accesses.',
    ),
  )
}

async function examine(desk: Desk, text: string): Promise<void> {
  const { id, name } = await accessOf(desk, text)
  const { subject, reason } = await desk.staff.post<Examined>(`emergencies/${id}/examine`, {})
  desk.output.result(
    { emergency: id, name, subject, reason },
    `${name} opened the records of ${subject ?? 'nobody known here'}: ${reason}`,
  )
}

async function accessOf(desk: Desk, text: string): Promise<Emergency> {
  const digits = text.toLowerCase()
  const fitting = (await all(desk)).filter(({ id }) => id.startsWith(digits))
  const [only] = fitting
  if (fitting.length !== 1 || !only || !/^0x[0-9a-f]{4,}$/.test(digits))
    throw new NotFoundError('emergency access', {
      found: fitting.length,
      see: 'medrec institution emergencies',
    })
  return only
}

async function review(desk: Desk, text: string, options: ReviewOptions): Promise<void> {
  const only = await accessOf(desk, text)
  const { outcome, remark = '' } = options
  await desk.staff.post(`emergencies/${only.id}`, { outcome, remark })
  desk.output.result({ ok: true, emergency: only.id, outcome }, 'The review is kept.')
}
