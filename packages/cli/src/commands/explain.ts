import { purposes } from '@medrec/protocol'
import type { Command } from 'commander'
import { atInstitution, type Desk, type DeskOptions, withStaff } from '../institution/signIn.ts'
import { UsageError } from '../output.ts'
import { NotFoundError } from '../participant/errors.ts'
import { textFrom } from '../participant/input.ts'
import { purposeOf } from '../participant/purpose.ts'
import { moment, short, table } from '../participant/table.ts'

type ExplainOptions = DeskOptions & {
  readonly relationship?: string
  readonly viewer?: string
  readonly resource?: string
  readonly fields?: string
  readonly list?: boolean
  readonly log?: boolean
  readonly purpose?: string
  readonly block?: string
  readonly delegation?: string
  readonly emergency?: string
}
type Explained = {
  readonly grant?: string
  readonly decision: string
  readonly rule: number
  readonly text: string
  readonly basis: { readonly kind: string; readonly id: string; readonly says: string }
  readonly exception?: { readonly section: string; readonly name: string } | null
}
type Explanation = {
  readonly at: { readonly block: number; readonly time: number }
  readonly viewer: string
  readonly outcome: Explained
  readonly shares: readonly Explained[]
}
type Choice = {
  readonly id: string
  readonly viewers: readonly { readonly idTag: string; readonly name: string }[]
}

/** `medrec explain`: what the gatekeeper would decide, by which rule and statement. */
export function addExplain(program: Command): void {
  atInstitution(
    program
      .command('explain [entry]')
      .description(
        'why your gatekeeper would answer a request or not: an entry of "institution log", or one you name (roles it and auditor); shows nothing of the data and is noted in the log',
      ),
  )
    .option('--relationship <id>', 'the relationship, by its first digits')
    .option('--viewer <id>', 'who would ask: idTag by its first digits, or "patient"')
    .option('--resource <name>', 'the record that would be asked for')
    .option('--fields <a,b,c>', 'its fields (all when absent)')
    .option('--list', 'the list of records instead of one')
    .option('--log', '"who looked" instead of a record')
    .option('--purpose <name>', `what for: ${purposes.join(', ')}`)
    .option('--delegation <file>', 'the delegation by which somebody acts ("medrec delegate show")')
    .option('--emergency <id>', 'the emergency access by which somebody would read')
    .option('--block <number>', 'as it was at this block (default: now)')
    .action((entry: string | undefined, _, command: Command) => {
      const options = command.optsWithGlobals<ExplainOptions>()
      return withStaff(options, (desk) => explain(desk, entry, options))
    })
}

async function explain(
  desk: Desk,
  entry: string | undefined,
  options: ExplainOptions,
): Promise<void> {
  const block = options.block === undefined ? {} : { block: numberOf('--block', options.block) }
  const delegation = await delegationOf(options.delegation)
  const question =
    entry === undefined
      ? { ...(await named(desk, options)), ...delegation, ...block }
      : { entry: numberOf('entry', entry), ...delegation, ...block }
  const explanation = await desk.staff.post<Explanation>('explain', question)
  desk.output.result({ ok: true, ...explanation }, textOf(explanation))
}

async function named({ staff }: Desk, options: ExplainOptions): Promise<object> {
  const { resource, fields } = options
  if (!options.relationship || !options.viewer)
    throw new UsageError('Name an entry of the log, or --relationship and --viewer.')
  const kind = options.list ? 'index' : options.log ? 'log' : 'query'
  if (kind === 'query' && !resource)
    throw new UsageError('Name --resource, or use --list or --log.')
  const { relationships } = await staff.get<{ relationships: readonly Choice[] }>('explain')
  const relationship = relationships.find(({ id }) => id.startsWith(options.relationship ?? ''))
  if (!relationship) throw new NotFoundError('relationship', { found: 0, see: 'medrec explain' })
  const viewer =
    options.viewer === 'patient'
      ? relationship.viewers[0]
      : relationship.viewers.find(({ idTag }) => idTag.startsWith(options.viewer ?? ''))
  const isWhole = /^0x[0-9a-f]{64}$/.test(options.viewer)
  if (!viewer && !isWhole)
    throw new UsageError('--viewer: nobody with a share begins so; write the whole idTag.')
  const about =
    kind === 'query'
      ? { resource, purpose: purposeOf(options.purpose, 0), elements: fields?.split(',') }
      : {}
  const who = viewer?.idTag ?? options.viewer
  return { relationship: relationship.id, viewer: who, kind, ...about, ...emergencyOf(options) }
}

function emergencyOf({ emergency }: ExplainOptions): object {
  if (emergency !== undefined && !/^0x[0-9a-f]{32}$/.test(emergency))
    throw new UsageError(
      '--emergency: 0x and 32 hex digits, as "institution emergencies" names it.',
    )
  return emergency === undefined ? {} : { emergency }
}

async function delegationOf(file: string | undefined): Promise<object> {
  if (file === undefined) return {}
  try {
    return { delegation: JSON.parse(await textFrom(file)) as unknown }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    throw new UsageError('--delegation: this file is no delegation.') // its text stays out of the message
  }
}

function textOf({ at, viewer, outcome, shares }: Explanation): string {
  const { decision, rule, basis, exception } = outcome
  return [
    `${viewer}, at block ${at.block} (${moment(at.time)}): ${decision === 'allow' ? 'would be answered' : `would be refused with ${decision}`}.`,
    outcome.text,
    ...(rule === 0 ? [] : [`Rule ${rule} of docs/protocol.md section 8.1.`]),
    `Statement: ${basis.kind} ${short(basis.id)}: ${basis.says}.`,
    ...(exception
      ? [`Information-blocking exception: ${exception.section} ${exception.name}.`]
      : []),
    ...(shares.length > 1
      ? [
          '',
          table(
            ['grant', 'outcome', 'statement'],
            shares.map((one) => [short(one.grant ?? ''), one.decision, one.basis.says]),
          ),
        ]
      : []),
  ].join('\n')
}

function numberOf(option: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0)
    throw new UsageError(`${option}: write a whole number.`)
  return number
}
