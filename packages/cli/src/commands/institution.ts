import { Contact } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import type { Command } from 'commander'
import { pathOf } from '../institution/PatientPage.ts'
import { stands } from '../institution/sending.ts'
import { atInstitution, type Desk, type DeskOptions, withStaff } from '../institution/signIn.ts'
import { UsageError } from '../output.ts'
import { NotFoundError } from '../participant/errors.ts'
import { textFrom } from '../participant/input.ts'
import { sentence } from '../participant/sending.ts'
import { moment, short, table } from '../participant/table.ts'
import { addAudit } from './institutionAudit.ts'
import { addConsents } from './institutionConsents.ts'
import { addEmergencies } from './institutionEmergencies.ts'
import { addRecords } from './institutionRecords.ts'

type LookupOptions = DeskOptions & {
  readonly numberFile?: string
  readonly type: string
  readonly country: string
  readonly birthDate?: string
}
type ProposeOptions = DeskOptions & { readonly dualConsent?: boolean }
type Match = {
  readonly idTag: Hex
  readonly verifiedBy: readonly string[]
  readonly since: number
  readonly mayPropose: boolean
}
type Listed = {
  readonly id: string
  readonly name: string
  readonly birthDate: string
  readonly status: string | null
}

/** `medrec institution`: what staff does in the institution's screens (paper, Figure 2, 1-3). */
export function addInstitution(program: Command): void {
  const group = program
    .command('institution')
    .description('work at an institution, as its staff does in the browser')
    .addHelpText('after', examples)
  atInstitution(
    group.command('people [search]').description('your patients, by name, number or record id'),
  ).action((search: string | undefined, _, command: Command) =>
    withStaff(command.optsWithGlobals<DeskOptions>(), (desk) => people(desk, search ?? '')),
  )
  atInstitution(
    group
      .command('lookup [patient]')
      .description('ask the registrar for a person: by the number in your records, or by a card'),
  )
    .option(
      '--number-file <file>',
      'the number on a card, instead of a patient ("-": standard input)',
    )
    .option('--birth-date <day>', 'with --number-file: 1975-08-13')
    .option('--type <type>', 'with --number-file: kind of number', 'national-id')
    .option('--country <code>', 'with --number-file: who issued it', 'US')
    .action((patient: string | undefined, _, command: Command) => {
      const options = command.optsWithGlobals<LookupOptions>()
      return withStaff(options, (desk) => lookup(desk, patient, options))
    })
  atInstitution(
    group.command('invite <patient>').description('a code with which a person registers her keys'),
  ).action((patient: string, _, command: Command) =>
    withStaff(command.optsWithGlobals<DeskOptions>(), (desk) => invite(desk, patient)),
  )
  atInstitution(
    group
      .command('card <patient> <file>')
      .description('bind the card that a person shows at your desk ("-": standard input)'),
  ).action((patient: string, file: string, _, command: Command) =>
    withStaff(command.optsWithGlobals<DeskOptions>(), (desk) => card(desk, patient, file)),
  )
  atInstitution(
    group
      .command('propose <patient>')
      .description('propose to keep a patient’s records with her (looks her up first)'),
  )
    .option('--dual-consent', 'what she shares needs your consent, too')
    .action((patient: string, _, command: Command) => {
      const options = command.optsWithGlobals<ProposeOptions>()
      return withStaff(options, (desk) => propose(desk, patient, options.dualConsent ?? false))
    })
  addRecords(group)
  addConsents(group)
  addEmergencies(group)
  addAudit(group)
}

const examples = `
Examples (of the demonstration, which signs its own staff in):
  medrec --as amara.okafor institution people
  medrec --as amara.okafor institution propose PATIENT
  medrec --as amara.okafor institution add PATIENT labs --values result.json
  medrec --as c.adams --url https://mercy.example institution consents
A patient is named by the record id that "people" shows.`

async function people({ staff, output }: Desk, search: string): Promise<void> {
  const { people: found } = await staff.get<{ people: readonly Listed[] }>(
    `people?search=${encodeURIComponent(search)}`,
  )
  output.result(
    { people: found },
    table(
      ['patient', 'name', 'born', 'relationship'],
      found.map(({ id, name, birthDate, status }) => [id, name, birthDate, status ?? 'none']),
      'Nobody fits.',
    ),
  )
}

async function lookup(
  desk: Desk,
  patient: string | undefined,
  options: LookupOptions,
): Promise<void> {
  const body = await lookupBody(patient, options)
  const { match } = await desk.staff.post<{ match: Match | null }>('lookup', body)
  if (!match)
    return desk.output.result(
      { match: null },
      'Nobody registered with this number. Invite the person: "medrec institution invite PATIENT".',
    )
  const may = match.mayPropose
    ? 'You may propose to keep this person’s records with her.'
    : 'Before you may propose, she shows her card at your desk: "medrec institution card".'
  desk.output.result({ match }, [registered(match), may].join('\n'))
}

function registered({ idTag, verifiedBy, since }: Match): string {
  return `Registered since ${moment(since)} as ${short(idTag)}, verified by ${verifiedBy.length} institution(s).`
}

async function lookupBody(
  patient: string | undefined,
  { numberFile, birthDate, type, country }: LookupOptions,
): Promise<unknown> {
  if ((patient === undefined) === (numberFile === undefined))
    throw new UsageError(
      'Name a patient of yours, or a number with --number-file and --birth-date.',
    )
  if (numberFile === undefined) return { localPatient: patient }
  if (birthDate === undefined) throw new UsageError('--number-file needs --birth-date, too.')
  return { type, country, birthDate, value: await textFrom(numberFile) }
}

async function invite({ staff, output }: Desk, localPatient: string): Promise<void> {
  const invitation = await staff.post<{ code: string; url: string; expires: number }>(
    'invitations',
    { localPatient },
  )
  const { code, url, expires } = invitation
  output.result(
    invitation,
    [
      `Code ${code}, good once and until ${moment(expires)}. Hand it over after you checked a document.`,
      `In the app: ${url}`,
      `On the command line: medrec --as NAME identity register '${url}'`,
    ].join('\n'),
  )
}

async function card({ staff, output }: Desk, localPatient: string, file: string): Promise<void> {
  const { network, idTag, identity } = Contact.fromText(await textFrom(file))
  await staff.post('cards', { localPatient, card: { network, idTag, identity } })
  output.result({ ok: true, idTag }, 'The card belongs to this patient. You may propose now.')
}

async function propose(desk: Desk, patient: string, isDual: boolean): Promise<void> {
  const { staff, output } = desk
  const { match } = await staff.post<{ match: Match | null }>('lookup', { localPatient: patient })
  if (!match)
    throw new NotFoundError('registered person', {
      found: 0,
      see: 'medrec institution lookup PATIENT',
    })
  const { submission, relationship } = await staff.post<{ submission: string; relationship: Hex }>(
    `${pathOf(patient)}/relationship`,
    { idTag: match.idTag, policy: isDual ? 'dualConsent' : 'subjectOnly' },
  )
  const facts = await stands(desk, submission)
  output.result(
    { ok: true, relationship, idTag: match.idTag, ...facts },
    [
      registered(match),
      sentence('Proposed. The patient is asked to accept.', facts),
      `Relationship ${relationship}`,
    ].join('\n'),
  )
}
