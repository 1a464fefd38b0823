import { type Hex, purposes } from '@medrec/protocol'
import type { Command } from 'commander'
import { stands } from '../institution/sending.ts'
import { atInstitution, type Desk, type DeskOptions, withStaff } from '../institution/signIn.ts'
import { NotFoundError } from '../participant/errors.ts'
import { sentence } from '../participant/sending.ts'
import { moment, short, table } from '../participant/table.ts'

type DeclineOptions = DeskOptions & { readonly reason?: string }
type Waiting = {
  readonly grant: Hex
  readonly subject: string
  readonly viewer: string
  readonly labels: readonly string[]
  readonly purposes: readonly number[]
  readonly until: number
}
type LogLine = {
  readonly sequence: number
  readonly at: number
  readonly who: string
  readonly outcome: string
  readonly kind: string
  readonly resource: string | null
  readonly reason: string | null
}

/** Shares that wait for the institution (dual consent), and its access log. */
export function addConsents(group: Command): void {
  atInstitution(group.command('consents').description('shares that need your consent, too')).action(
    (_, command: Command) => withStaff(command.optsWithGlobals<DeskOptions>(), consents),
  )
  atInstitution(
    group.command('consent <share>').description('consent to a share that waits for you'),
  ).action((share: string, _, command: Command) =>
    withStaff(command.optsWithGlobals<DeskOptions>(), (desk) =>
      answer(desk, share, { consent: true }),
    ),
  )
  atInstitution(group.command('decline <share>').description('do not consent; the patient is told'))
    .option('--reason <text>', 'why; the patient reads it, the viewer does not')
    .action((share: string, _, command: Command) => {
      const options = command.optsWithGlobals<DeclineOptions>()
      const { reason } = options
      const body = { consent: false, ...(reason !== undefined && { reason }) }
      return withStaff(options, (desk) => answer(desk, share, body))
    })
  atInstitution(
    group.command('log').description('every request at your gatekeeper (roles it and auditor)'),
  ).action((_, command: Command) => withStaff(command.optsWithGlobals<DeskOptions>(), log))
}

async function waiting({ staff }: Desk): Promise<readonly Waiting[]> {
  return (await staff.get<{ consents: readonly Waiting[] }>('consents')).consents
}

async function consents(desk: Desk): Promise<void> {
  const found = await waiting(desk)
  desk.output.result(
    { consents: found },
    table(
      ['share', 'patient', 'viewer', 'records', 'why', 'until'],
      found.map(({ grant, subject, viewer, labels, purposes: why, until }) => [
        short(grant),
        subject,
        viewer,
        labels.join('; '),
        why.map((bit) => purposes[bit]).join(', '),
        moment(until),
      ]),
      'Nothing waits for your consent.',
    ),
  )
}

async function answer(
  desk: Desk,
  text: string,
  body: { readonly consent: boolean; readonly reason?: string },
): Promise<void> {
  const grant = await grantOf(desk, text.toLowerCase())
  const { submission } = await desk.staff.post<{ submission: string }>(`consents/${grant}`, body)
  const facts = await stands(desk, submission)
  const done = body.consent ? 'You consented to this share.' : 'You declined. The patient is told.'
  desk.output.result({ ok: true, grant, ...facts }, sentence(done, facts))
}

/** A share by its first digits; one that waits for nothing is asked for in full, so that the node says why. */
async function grantOf(desk: Desk, digits: string): Promise<string> {
  if (/^0x[0-9a-f]{40}$/.test(digits)) return digits
  const fitting = (await waiting(desk)).filter(({ grant }) => grant.startsWith(digits))
  const [only] = fitting
  if (fitting.length === 1 && only && /^0x[0-9a-f]{4,}$/.test(digits)) return only.grant
  throw new NotFoundError('share that waits', {
    found: fitting.length,
    see: 'medrec institution consents',
  })
}

async function log({ staff, output }: Desk): Promise<void> {
  const { entries } = await staff.get<{ entries: readonly LogLine[] }>('log')
  output.result(
    { entries },
    table(
      ['entry', 'when', 'who', 'outcome', 'kind', 'record', 'reason'],
      entries.map(({ sequence, at, who, outcome, kind, resource, reason }) => [
        sequence,
        moment(at),
        who,
        outcome,
        kind,
        resource,
        reason,
      ]),
      'Nobody asked yet.',
    ),
  )
}
