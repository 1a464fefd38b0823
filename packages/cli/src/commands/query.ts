import {
  Delegation,
  Emergency,
  History,
  Parts,
  Query,
  type Refusal,
  Share,
  type Wire,
} from '@medrec/library'
import { origins, purposes } from '@medrec/protocol'
import type { Command } from 'commander'
import { UsageError } from '../output.ts'
import { RefusedError } from '../participant/errors.ts'
import { recordOf, recordsOf, relationshipOf } from '../participant/lookups.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { purposeOf } from '../participant/purpose.ts'
import { saveProof } from '../participant/saving.ts'
import { goOn, newPartsFile, reopenParts, saveParts } from '../participant/savingParts.ts'
import { moment, scriptable, short, table } from '../participant/table.ts'
import { addChanges } from './changes.ts'
import { happened } from './history.ts'

type ReadOptions = PersonOptions & {
  readonly purpose?: string
  readonly recordVersion?: string
  readonly save?: string
  readonly resume?: string
}
type LogOptions = PersonOptions & { readonly from?: string; readonly save?: string }

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
    .option('--save <file>', saveHelp)
    .option('--resume <file>', 'go on with a large record that was not saved to its end')
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
    .option('--save <file>', saveHelp)
    .action((source: string, _, command: Command) => {
      const options = command.optsWithGlobals<LogOptions>()
      return withPerson(options, (person) => log(person, source, options))
    })
}

const saveHelp = 'keep the proof in a new file, for "medrec verify"; it holds the values'

type Asked = {
  readonly source: string
  readonly resource: string
  readonly fields: string | undefined
  readonly options: ReadOptions
}

async function read(person: Person, asked: Asked): Promise<void> {
  const source = await sourceOf(person, asked.source)
  const { pointer } = recordOf(await recordsOf(person, source), asked.resource)
  const { recordVersion } = asked.options
  const elements = asked.fields?.split(',').map((name) => name.trim())
  const wanted: Query.Wanted = {
    pointer,
    purpose: purposeOf(asked.options.purpose, purposeNeeded(person, source)),
    ...(elements && { elements }),
    ...(recordVersion !== undefined && { version: numberOf('--record-version', recordVersion) }),
  }
  const found = await answerTo(person, { source, wanted, options: asked.options })
  if (!found) return // in parts, and told
  const { answer, saved } = found
  if (!answer.ok) throw refused(answer, saved)
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
      `${result.label} (version ${result.version}, ${originWords(result.origin)}, ${moment(result.time)})`,
      ...(result.reason === null ? [] : [`Reason given: ${result.reason}`]),
      '',
      table(
        result.columns.map(({ name }) => name),
        Query.rowsOf(result).map((row) => result.columns.map(({ name }) => row[name])),
        'No rows.',
      ),
      '',
      ...restOf(result),
      ...proof,
      ...saved,
    ].join('\n'),
  )
}

/** Names of fields in a line; --json has them all. */
function fieldsText(names: readonly string[]): string {
  const few = 12
  if (names.length <= few) return names.join(',')
  return `${names.slice(0, few).join(',')} and ${names.length - few} more`
}

/** Of a record in parts one is shown; a file takes all of them. */
function restOf({ part, rows }: Query.Result): readonly string[] {
  if (!part) return []
  return [
    `Rows ${part.from + 1} to ${part.from + rows} of ${part.total}. --save FILE keeps all of them, with their proof.`,
  ]
}

type Answered = { readonly answer: Query.Read; readonly saved: readonly string[] }

/** The answer, kept with its proof where that is wanted; undefined when it came in parts, which was told. */
async function answerTo(
  person: Person,
  { source, wanted, options }: { source: Query.Source; wanted: Query.Wanted; options: ReadOptions },
): Promise<Answered | undefined> {
  const { save, resume } = options
  if (save !== undefined && resume !== undefined)
    throw new UsageError('--save begins a file, --resume goes on with one: use one of them.')
  const path = save ?? resume
  if (path === undefined)
    return { answer: await Query.read(person.participant, { ...source, ...wanted }), saved: [] }
  const to = resume === undefined ? newPartsFile(path) : await reopenParts(path)
  if (to.pointer !== undefined && to.pointer !== wanted.pointer)
    throw new UsageError(`--resume: ${path} holds parts of another record.`)
  const { elements = wanted.elements } = to
  const saved = await saveParts(person, to, {
    ...{ source, wanted: { ...wanted, ...(elements && { elements }) } },
    told: person.output.aside,
  })
  const { answer, progress } = saved
  if (!progress && answer) {
    const { exchange } = answer
    return { answer, saved: await saveProof(person, { file: path, source, exchange }) }
  }
  if (!progress || !Parts.isComplete(progress))
    return answer && { answer, saved: [goOn(progress, path)] }
  tellWhole(person, { path, progress, result: answer?.ok ? answer.result : undefined })
  return undefined
}

function tellWhole(
  { output }: Person,
  {
    path,
    progress,
    result,
  }: { path: string; progress: Parts.Progress; result: Query.Result | undefined },
): void {
  const { rows, parts, of } = progress
  const facts = result && {
    ...{ resource: result.resource, pointer: result.pointer, version: result.version },
    proof: scriptable(result.commitment),
  }
  output.result(
    { ok: true, ...facts, rows, parts, root: of, saved: path },
    [
      ...(result ? [`${result.label} (version ${result.version})`] : []),
      `All ${rows} rows in ${parts} parts are in ${path}, each part proven under one root.`,
      ...(result ? proofOf(result) : []),
      `Anybody who has the file reads these values and can check them ("medrec verify ${path}", with --rows for the values).`,
    ].join('\n'),
  )
}

async function index(person: Person, text: string): Promise<void> {
  const source = await sourceOf(person, text)
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
          originWords(origin),
          fieldsText(catalogue.fields.map(({ name }) => name)),
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

async function log(person: Person, text: string, options: LogOptions): Promise<void> {
  const from = numberOf('--from', options.from)
  const { id: relationship } = relationshipOf(person, text, ({ role }) => role === 'subject')
  const answer = await Query.readLog(person.participant, { relationship, from })
  const { exchange } = answer
  const saved = await saveProof(person, { file: options.save, source: { relationship }, exchange })
  if (!answer.ok) throw refused(answer, saved)
  const events = History.fromLog(relationship, answer.lines)
  person.output.result(
    { ok: true, lines: answer.lines, proof: scriptable(answer.commitment) },
    [
      table(
        ['entry', 'when', 'what', 'by', 'about', 'proven'],
        answer.lines.map(({ position, committed }, i) => [
          position,
          ...happened(person, events[i] as History.HistoryEvent),
          committed ? 'yes' : 'newer than the last commitment',
        ]),
        'Nobody looked yet.',
      ),
      '',
      'Proven: entries marked "yes" cannot be changed or left out any more.',
      ...saved,
    ].join('\n'),
  )
}

async function sourceOf(person: Person, text: string): Promise<Query.Source> {
  const { participant } = person
  const digits = text.toLowerCase()
  if (/^0x[0-9a-f]{4,}$/.test(digits)) {
    const sources: readonly (readonly [string, Query.Source])[] = [
      ...Share.listSharedWithMe(participant).map(({ grant }) => [grant, { grant }] as const),
      ...Delegation.listActingFor(participant).map(
        ({ slot }) => [slot, { delegation: slot }] as const,
      ),
      ...(await Emergency.listOpened(participant)).map(
        (emergency) => [emergency.emergency, { emergency }] as const,
      ),
    ]
    const fitting = sources.filter(([id]) => id.startsWith(digits))
    if (fitting.length === 1 && fitting[0]) return fitting[0][1]
  }
  return { relationship: relationshipOf(person, text, ({ role }) => role === 'subject').id }
}

/** A share tells its purpose itself; of one's own records any purpose will do. */
function purposeNeeded(person: Person, source: Query.Source): number {
  if ('emergency' in source) return emergencyPurpose
  if ('delegation' in source) return familyPurpose
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

/** Numbers of purposes (docs/protocol.md section 3). */
const [familyPurpose, emergencyPurpose] = [2, 6]

function proofOf(result: Query.Result): readonly string[] {
  const { commitment } = result
  const common = `Proven: these are exactly the values that the institution committed to as version ${result.version}`
  if (commitment.is === 'anchored')
    return [
      `${common}, anchored in block ${commitment.anchor.block.number} (anchor ${commitment.anchor.counter}).`,
    ]
  return [`${common}; it signed a promise to anchor them until ${moment(commitment.until)}.`]
}

function refused({ code, words, signed }: Refusal, saved: readonly string[] = []): RefusedError {
  const stands = signed ? ['The institution signed this answer; it stands in its log.'] : []
  return new RefusedError(code, [words, ...stands, ...saved])
}

function originOf(origin: Wire.IndexedPointer['origin']): string {
  const names = Object.entries(origins).find(([, number]) => number === origin)
  return names?.[0] ?? String(origin)
}

/** How a version came, for people; scripts get the code. */
function originWords(origin: Wire.IndexedPointer['origin']): string {
  return words[originOf(origin)] ?? `origin ${origin}`
}

const words: Readonly<Record<string, string>> = {
  writePath: 'entered by the institution’s staff',
  feed: 'came from the institution’s own systems',
  unexplained: 'changed, and nobody said why',
  restored: 'put on record anew after a loss',
}

function numberOf(option: string, text: string | undefined): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0)
    throw new UsageError(`${option}: write a whole number.`)
  return number
}
