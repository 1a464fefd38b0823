import { History, Query, type Reading } from '@medrec/library'
import { purposes } from '@medrec/protocol'
import type { Command } from 'commander'
import { nameOf, relationshipOf } from '../participant/lookups.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { moment, short, table } from '../participant/table.ts'

type HistoryOptions = PersonOptions & { readonly log?: boolean }

/** `medrec history`: who proposed, accepted, granted, revoked, read, was refused. */
export function addHistory(program: Command): void {
  personal(program.command('history [relationship]').description('what happened, oldest first'))
    .option('--no-log', 'from the chain alone; do not ask institutions who looked')
    .action((text: string | undefined, _, command: Command) => {
      const options = command.optsWithGlobals<HistoryOptions>()
      return withPerson(options, (person) => history(person, text, options.log !== false))
    })
}

async function history(person: Person, text: string | undefined, isLogged: boolean): Promise<void> {
  const { participant, output } = person
  const only = text === undefined ? {} : { relationship: relationshipOf(person, text).id }
  const logs: (readonly History.HistoryEvent[])[] = []
  const silent: { relationship: string; code: string }[] = []
  const asked = participant
    .summary()
    .relationships.filter(({ role, id }) => role === 'subject' && id === (only.relationship ?? id))
  for (const { id: relationship } of isLogged ? asked : []) {
    const answer = await Query.readLog(participant, { relationship }).catch(() => undefined)
    if (answer?.ok) logs.push(History.withReadings(History.fromLog(relationship, answer.lines)))
    else silent.push({ relationship, code: answer?.code ?? 'UNREACHABLE' })
  }
  const events = History.merge(History.list(participant, only), ...logs)
  output.result(
    {
      events: events.map(({ block, ...event }) => ({ ...event, block: block?.number })),
      withoutLog: silent,
    },
    [
      table(
        ['when', 'what', 'by', 'about', 'block'],
        events.map((event) => [...happened(person, event), event.block?.number]),
        'Nothing happened yet.',
      ),
      ...silent.map(
        ({ relationship, code }) =>
          `The log of ${short(relationship)} could not be read (${code}); reads there are missing above.`,
      ),
    ].join('\n'),
  )
}

/** An event in words: when, what, by whom, about what. */
export function happened(person: Person, event: History.HistoryEvent): readonly string[] {
  return [
    moment(event.at),
    words[event.kind] ?? event.kind,
    event.by || !event.logged ? nameOf(person, event.by) : 'the institution',
    aboutOf(person, event),
  ]
}

function aboutOf(person: Person, event: History.HistoryEvent): string {
  const { resource, version, viewer, reason, logged, reading } = event
  return [
    resource ?? '',
    version === undefined ? '' : `version ${version}`,
    viewer === undefined ? '' : `with ${nameOf(person, viewer)}`,
    reason === undefined ? '' : `“${reason}”`,
    logged === undefined ? '' : loggedText(person, event),
    reading === undefined ? '' : readingText(reading),
  ]
    .filter((part) => part !== '')
    .join(', ')
}

function readingText({ rows, parts, of, until }: Reading): string {
  return `${rows} rows in ${parts} of ${of} parts, until ${moment(until)}`
}

/** An entry of the institution's log in words; `--json` has all that stands there. */
function loggedText(person: Person, { by, relationship, logged }: History.HistoryEvent): string {
  const { kind, pointer, elements, purpose, code, outcome, remark, staff } = logged ?? {}
  const record = person.participant
    .summary()
    .relationships.find(({ id }) => id === relationship)
    ?.pointers.find(({ id }) => id === pointer)
  const isOwn = by === person.participant.me()?.idTag
  const why = typeof purpose === 'number' && !isOwn ? purposes[purpose] : undefined
  return [
    logKinds[String(kind)] ?? '',
    record?.resource ?? (typeof pointer === 'string' ? short(pointer) : ''),
    Array.isArray(elements) ? elements.join(' ') : '',
    why === undefined ? '' : `for ${why}`,
    typeof code === 'string' ? code : '',
    typeof outcome === 'string' ? outcome : '',
    typeof remark === 'string' && remark !== '' ? `“${remark}”` : '',
    staffText(staff),
  ]
    .filter((part) => part !== '')
    .join(', ')
}

function staffText(staff: unknown): string {
  const { id, role } = (staff ?? {}) as { id?: unknown; role?: unknown }
  return typeof id === 'string' && typeof role === 'string' ? `${id} (${role})` : ''
}

const logKinds: Readonly<Record<string, string>> = {
  index: 'the list of records',
  log: 'the log of who looked',
  revoked: 'that a share is stopped',
}

const words: Readonly<Record<string, string>> = {
  proposed: 'proposed to keep records',
  accepted: 'accepted',
  rejected: 'declined',
  closed: 'closed',
  pointerAnnounced: 'told of a record',
  updated: 'told of a change',
  acknowledged: 'acknowledged',
  saidWrong: 'said it is wrong',
  granted: 'shared',
  consented: 'consented to a share',
  consentDeclined: 'did not consent to a share',
  revoked: 'stopped a share',
  stoppedAll: 'stopped all shares',
  delegated: 'let somebody act for her',
  delegationEnded: 'ended that somebody acts for her',
  emergency: 'opened records in an emergency',
  read: 'read',
  refused: 'was refused',
  examined: 'looked at an emergency access',
  reviewed: 'reviewed an emergency access',
  other: 'noted',
}
