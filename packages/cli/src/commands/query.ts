import { Query, Share, type Wire } from '@medrec/library'
import { origins, purposes } from '@medrec/protocol'
import type { Command } from 'commander'
import { UsageError } from '../output.ts'
import { RefusedError } from '../participant/errors.ts'
import { recordOf, recordsOf, relationshipOf } from '../participant/lookups.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { purposeOf } from '../participant/purpose.ts'
import { moment, scriptable, short, table } from '../participant/table.ts'
import { addChanges } from './changes.ts'

type ReadOptions = PersonOptions & { readonly purpose?: string; readonly recordVersion?: string }
type LogOptions = PersonOptions & { readonly from?: string }

/** `medrec query`: reads at the institution's gatekeeper and checks every proof (paper III-C.3). */
export function addQuery(program: Command): void {
  const group = program.command('query').description('read records, proven unchanged')
  personal(
    group
      .command('read <source> <resource> [fields]', { isDefault: true })
      .description('read a record of a relationship (yours) or share; fields: a,b,c'),
  )
    .option('--purpose <name>', `what for: ${purposes.join(', ')}`)
    .option('--record-version <number>', 'a former version, of your own records')
    .action((source: string, resource: string, fields: string | undefined, _, command: Command) => {
      const options = command.optsWithGlobals<ReadOptions>()
      return withPerson(options, (person) => read(person, { source, resource, fields, options }))
    })
  personal(
    group.command('index <source>').description('which records and fields there are'),
  ).action((source: string, _, command: Command) =>
    withPerson(command.optsWithGlobals<PersonOptions>(), (person) => index(person, source)),
  )
  addChanges(group)
  personal(group.command('log <relationship>').description('who looked at your records'))
    .option('--from <number>', 'first entry', '0')
    .action((source: string, _, command: Command) => {
      const options = command.optsWithGlobals<LogOptions>()
      return withPerson(options, (person) => log(person, source, numberOf('--from', options.from)))
    })
}

type Asked = {
  readonly source: string
  readonly resource: string
  readonly fields: string | undefined
  readonly options: ReadOptions
}

async function read(person: Person, asked: Asked): Promise<void> {
  const source = sourceOf(person, asked.source)
  const { pointer } = recordOf(await recordsOf(person, source), asked.resource)
  const { recordVersion } = asked.options
  const elements = asked.fields?.split(',').map((name) => name.trim())
  const answer = await Query.read(person.participant, {
    ...source,
    pointer,
    purpose: purposeOf(asked.options.purpose, purposeNeeded(person, source)),
    ...(elements && { elements }),
    ...(recordVersion !== undefined && { version: numberOf('--record-version', recordVersion) }),
  })
  if (!answer.ok) throw refused(answer)
  const { result } = answer
  const proof = proofOf(result)
  person.output.result(
    {
      ok: true,
      resource: result.resource,
      pointer,
      version: result.version,
      origin: originOf(result.origin),
      reason: result.reason,
      time: result.time,
      rows: scriptable(Query.rowsOf(result)),
      proof: scriptable(result.commitment),
    },
    [
      `${result.label} (version ${result.version}, ${originOf(result.origin)}, ${moment(result.time)})`,
      ...(result.reason === null ? [] : [`Reason given: ${result.reason}`]),
      '',
      table(
        result.columns.map(({ name }) => name),
        Query.rowsOf(result).map((row) => result.columns.map(({ name }) => row[name])),
        'No rows.',
      ),
      '',
      ...proof,
    ].join('\n'),
  )
}

async function index(person: Person, text: string): Promise<void> {
  const source = sourceOf(person, text)
  const answer = await Query.index(person.participant, source)
  if (!answer.ok) throw refused(answer)
  const { pointers, missingTags, commitment } = answer.index
  person.output.result(
    {
      ok: true,
      records: pointers.map(({ pointer, version, origin, time, catalogue }) => ({
        pointer,
        resource: catalogue.resource,
        version,
        origin: originOf(origin),
        time,
        fields: catalogue.fields.map(({ name }) => name),
      })),
      missingTags,
      proof: scriptable(commitment),
    },
    [
      table(
        ['record', 'resource', 'label', 'version', 'changed by', 'fields'],
        pointers.map(({ pointer, version, origin, catalogue }) => [
          short(pointer),
          catalogue.resource,
          catalogue.label,
          version,
          originOf(origin),
          catalogue.fields.map(({ name }) => name).join(','),
        ]),
        'No records.',
      ),
      '',
      'Proven: this list is the one the institution committed to, and follows from the one seen last.',
      ...(missingTags
        ? ['Warning: the institution counts more changes than it announced on the chain.']
        : []),
    ].join('\n'),
  )
}

async function log(person: Person, text: string, from: number): Promise<void> {
  const { id: relationship } = relationshipOf(person, text, ({ role }) => role === 'subject')
  const answer = await Query.readLog(person.participant, { relationship, from })
  if (!answer.ok) throw refused(answer)
  person.output.result(
    { ok: true, lines: answer.lines, proof: scriptable(answer.commitment) },
    [
      table(
        ['entry', 'what stands there', 'proven'],
        answer.lines.map(({ position, text: line, committed }) => [
          position,
          line,
          committed ? 'yes' : 'newer than the last commitment',
        ]),
        'Nobody looked yet.',
      ),
      '',
      'Proven: entries marked "yes" cannot be changed or left out any more.',
    ].join('\n'),
  )
}

function sourceOf(person: Person, text: string): Query.Source {
  const digits = text.toLowerCase()
  const shares = Share.listSharedWithMe(person.participant).filter(({ grant }) =>
    grant.startsWith(digits),
  )
  const [share] = shares
  if (/^0x[0-9a-f]{4,}$/.test(digits) && shares.length === 1 && share) return { grant: share.grant }
  return { relationship: relationshipOf(person, text, ({ role }) => role === 'subject').id }
}

/** A share tells its purpose itself; of one's own records any purpose will do. */
function purposeNeeded(person: Person, source: Query.Source): number {
  if (!('grant' in source)) return 0
  const share = Share.listSharedWithMe(person.participant).find(
    ({ grant }) => grant === source.grant,
  )
  const bits = share?.scope.purposes ?? 1
  return Math.max(
    0,
    purposes.findIndex((_, bit) => ((bits >> bit) & 1) === 1),
  )
}

function proofOf(result: Query.Result): readonly string[] {
  const { commitment } = result
  const common = `Proven: these are exactly the values that the institution committed to as version ${result.version}`
  if (commitment.is === 'anchored')
    return [
      `${common}, anchored in block ${commitment.anchor.block.number} (anchor ${commitment.anchor.counter}).`,
    ]
  return [`${common}; it signed a promise to anchor them until ${moment(commitment.until)}.`]
}

function refused({
  code,
  words,
  signed,
}: {
  code: string
  words: string
  signed: boolean
}): RefusedError {
  return new RefusedError(code, [
    words,
    ...(signed ? ['The institution signed this answer; it stands in its log.'] : []),
  ])
}

function originOf(origin: Wire.IndexedPointer['origin']): string {
  const names = Object.entries(origins).find(([, number]) => number === origin)
  return names?.[0] ?? String(origin)
}

function numberOf(option: string, text: string | undefined): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0)
    throw new UsageError(`${option}: write a whole number.`)
  return number
}
