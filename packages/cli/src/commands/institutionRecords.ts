import type { Command } from 'commander'
import { type PatientPage, pathOf } from '../institution/PatientPage.ts'
import { atInstitution, type Desk, type DeskOptions, withStaff } from '../institution/signIn.ts'
import { catalogueOf, resourceOf, type Values, valuesOf } from '../institution/values.ts'
import { moment, short, table } from '../participant/table.ts'

type WriteOptions = DeskOptions & { readonly values?: string; readonly reason: string }
type Rows = {
  readonly fields: readonly { readonly name: string }[]
  readonly rows: readonly (readonly (string | null)[])[]
  readonly keys: readonly (readonly (string | null)[])[]
}
type Written = {
  readonly key: string
  readonly pointers: readonly { readonly pointer: string; readonly version: number }[]
}
type Named = { readonly patient: string; readonly resource: string; readonly key: string }

/** Records of one patient: reading, adding, correcting, retracting, and what the patient answered. */
export function addRecords(group: Command): void {
  addReading(group)
  const values = 'JSON object with the values ("-": standard input; asked for when absent)'
  atInstitution(
    group
      .command('add <patient> <kind>')
      .description('add a record; it goes into your own database, the patient is told'),
  )
    .option('--values <file>', values)
    .action((patient: string, resource: string, _, command: Command) => {
      const options = command.optsWithGlobals<WriteOptions>()
      return withStaff(options, (desk) => add(desk, { patient, resource, file: options.values }))
    })
  atInstitution(
    group
      .command('correct <patient> <kind> <record>')
      .description('a new version of a record, with its reason; the old one stays readable'),
  )
    .requiredOption('--reason <text>', 'why; the patient reads it')
    .option('--values <file>', values)
    .action((patient: string, resource: string, key: string, _, command: Command) => {
      const options = command.optsWithGlobals<WriteOptions>()
      return withStaff(options, (desk) => correct(desk, { patient, resource, key }, options))
    })
  atInstitution(
    group
      .command('retract <patient> <kind> <record>')
      .description('mark a record as entered in error; it is never deleted'),
  )
    .requiredOption('--reason <text>', 'why; the patient reads it')
    .action((patient: string, resource: string, key: string, _, command: Command) => {
      const options = command.optsWithGlobals<WriteOptions>()
      return withStaff(options, (desk) => retract(desk, { patient, resource, key }, options.reason))
    })
}

function addReading(group: Command): void {
  atInstitution(
    group
      .command('show <patient>')
      .description('a patient’s records, where they stand, and what the patient answered'),
  ).action((patient: string, _, command: Command) =>
    withStaff(command.optsWithGlobals<DeskOptions>(), (desk) => show(desk, patient)),
  )
  atInstitution(
    group
      .command('history <patient>')
      .description('who did what with a patient’s records, and who looked; newest first'),
  ).action((patient: string, _, command: Command) =>
    withStaff(command.optsWithGlobals<DeskOptions>(), (desk) => history(desk, patient)),
  )
  atInstitution(
    group.command('rows <patient> <kind>').description('a patient’s records of one kind'),
  ).action((patient: string, kind: string, _, command: Command) =>
    withStaff(command.optsWithGlobals<DeskOptions>(), (desk) => rows(desk, patient, kind)),
  )
  atInstitution(
    group.command('forms [kind]').description('which kinds of records there are, and their values'),
  ).action((kind: string | undefined, _, command: Command) =>
    withStaff(command.optsWithGlobals<DeskOptions>(), (desk) =>
      kind === undefined ? kinds(desk) : form(desk, kind),
    ),
  )
}

async function show({ staff, output }: Desk, patient: string): Promise<void> {
  const page = await staff.get<PatientPage>(pathOf(patient))
  const { history: _, ...facts } = page
  output.result(
    facts,
    [
      `${page.patient.name}, born ${page.patient.birthDate}: ${page.status ?? 'no relationship yet'}`,
      ...(page.relationship ? [`Relationship ${page.relationship}`] : []),
      ...(page.policy === 'dualConsent' ? ['What she shares needs your consent, too.'] : []),
      '',
      table(
        ['kind', 'label', 'version', 'changed', 'answer', ''],
        page.pointers.map(({ resource, label, version, updatedAt, seen, unexplained }) => [
          resource,
          label,
          version,
          moment(updatedAt),
          answerOf(seen),
          unexplained ? 'changed without a reason: viewers wait for the patient' : '',
        ]),
        'No records are connected.',
      ),
    ].join('\n'),
  )
}

function answerOf(seen: PatientPage['pointers'][number]['seen']): string {
  if (!seen) return 'none yet'
  return seen.reason ? `${seen.verdict}: “${seen.reason}”` : seen.verdict
}

async function history({ staff, output }: Desk, patient: string): Promise<void> {
  const { history: lines } = await staff.get<PatientPage>(pathOf(patient))
  output.result(
    { history: lines },
    table(
      ['when', 'what', 'about', 'by', 'reason'],
      lines.map(({ at, kind, text, by, reason }) => [moment(at), kind, text, by, reason]),
      'Nothing happened yet.',
    ),
  )
}

async function rows({ staff, output }: Desk, patient: string, kind: string): Promise<void> {
  const found = await staff.get<Rows>(`${pathOf(patient)}/rows/${encodeURIComponent(kind)}`)
  output.result(
    found,
    table(
      ['record', ...found.fields.map(({ name }) => name)],
      found.rows.map((row, i) => [found.keys[i]?.join(' '), ...row]),
      'No records of this kind.',
    ),
  )
}

async function kinds({ staff, output }: Desk): Promise<void> {
  const resources = await catalogueOf(staff)
  const can = (form: unknown): string => (form ? 'yes' : '')
  output.result(
    { resources },
    table(
      ['kind', 'label', 'add', 'correct', 'retract'],
      resources.map(({ name, label, insert, update, retract: take }) => [
        name,
        label,
        can(insert),
        can(update),
        can(take),
      ]),
    ),
  )
}

async function form({ staff, output }: Desk, kind: string): Promise<void> {
  const resource = await resourceOf(staff, kind)
  const parameters = resource.insert?.parameters ?? []
  output.result(
    { resource },
    table(
      ['value', 'label', 'type', 'required', 'one of'],
      parameters.map(({ name, label, type, required, options }) => [
        name,
        label,
        type,
        required ? 'yes' : '',
        options?.join(', '),
      ]),
      'Records of this kind cannot be added here.',
    ),
  )
}

async function add(
  desk: Desk,
  { patient, resource, file }: { patient: string; resource: string; file: string | undefined },
): Promise<void> {
  const { name, insert } = await resourceOf(desk.staff, resource)
  const values = await valuesOf(insert, file)
  const body = { resource: name, values }
  tell(desk, await desk.staff.post<Written>(`${pathOf(patient)}/records`, body), 'Added')
}

async function correct(desk: Desk, of: Named, options: WriteOptions): Promise<void> {
  const { name, update } = await resourceOf(desk.staff, of.resource)
  const values: Values = await valuesOf(update, options.values)
  const { reason } = options
  const body = { resource: name, key: of.key, values, reason }
  const path = `${pathOf(of.patient)}/corrections`
  tell(desk, await desk.staff.post<Written>(path, body), 'Corrected')
}

async function retract(desk: Desk, of: Named, reason: string): Promise<void> {
  const { name } = await resourceOf(desk.staff, of.resource)
  const body = { resource: name, key: of.key, reason }
  const path = `${pathOf(of.patient)}/retractions`
  tell(desk, await desk.staff.post<Written>(path, body), 'Marked as entered in error')
}

function tell(desk: Desk, { key, pointers }: Written, done: string): void {
  const told = pointers.map(({ pointer, version }) => `${short(pointer)} (version ${version})`)
  desk.output.result(
    { ok: true, key, pointers },
    [
      `${done}: record ${key}, in your own database.`,
      told.length > 0
        ? `The patient is told: ${told.join(', ')}.`
        : 'Nobody is told: this patient has no relationship with you yet.',
    ].join('\n'),
  )
}
