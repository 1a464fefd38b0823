import { History, Query } from '@medrec/library'
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
    if (answer?.ok) logs.push(History.fromLog(relationship, answer.lines))
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
        events.map((event) => [
          moment(event.at),
          words[event.kind] ?? event.kind,
          event.by || !event.logged ? nameOf(person, event.by) : 'the institution',
          aboutOf(person, event),
          event.block?.number,
        ]),
        'Nothing happened yet.',
      ),
      ...silent.map(
        ({ relationship, code }) =>
          `The log of ${short(relationship)} could not be read (${code}); reads there are missing above.`,
      ),
    ].join('\n'),
  )
}

function aboutOf(person: Person, event: History.HistoryEvent): string {
  const { resource, version, viewer, reason, logged } = event
  return [
    resource ?? '',
    version === undefined ? '' : `version ${version}`,
    viewer === undefined ? '' : `with ${nameOf(person, viewer)}`,
    reason === undefined ? '' : `“${reason}”`,
    logged === undefined ? '' : loggedText(logged),
  ]
    .filter((part) => part !== '')
    .join(', ')
}

function loggedText(logged: Readonly<Record<string, unknown>>): string {
  return Object.entries(logged)
    .filter(([name, value]) => !['time', 'who', 'kind'].includes(name) && value !== null)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ')
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
  read: 'read',
  refused: 'was refused',
  other: 'noted',
}
