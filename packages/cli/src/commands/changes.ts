import { Change, Query, Results } from '@medrec/library'
import { origins } from '@medrec/protocol'
import type { Command } from 'commander'
import { RefusedError } from '../participant/errors.ts'
import { recordOf, recordsOf, relationshipOf } from '../participant/lookups.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { moment, scriptable, table } from '../participant/table.ts'

/** `medrec query changes`: what changed since the version that the patient knew. */
export function addChanges(group: Command): void {
  personal(
    group
      .command('changes <relationship> <resource>')
      .description('what changed in a record of yours: old rows and new ones'),
  ).action((relationship: string, resource: string, _, command: Command) =>
    withPerson(command.optsWithGlobals<PersonOptions>(), (person) =>
      changes(person, relationship, resource),
    ),
  )
}

async function changes(person: Person, text: string, resource: string): Promise<void> {
  const { participant, output } = person
  const { id: relationship } = relationshipOf(person, text, ({ role }) => role === 'subject')
  const { pointer } = recordOf(await recordsOf(person, { relationship }), resource)
  const read = await Query.read(participant, { relationship, pointer, purpose: 0 })
  if (!read.ok) throw new RefusedError(read.code, [read.words])
  const { result } = read
  const { isOpen, former, refusal } = await Change.of(participant, result)
  const difference = former && Results.changes(former, result)
  output.result(
    {
      ok: true,
      pointer,
      version: result.version,
      unexplained: result.origin === origins.unexplained,
      reason: result.reason,
      wantsAnswer: isOpen,
      former: former?.version ?? null,
      formerRefused: refusal?.code ?? null,
      ...(difference && { difference: scriptable(difference) }),
    },
    [...headOf(result, isOpen), ...bodyOf({ former, refusal, difference })].join('\n'),
  )
}

function headOf(result: Query.Result, isOpen: boolean): readonly string[] {
  const { label, version, time, origin, reason } = result
  return [
    `${label}: version ${version} of ${moment(time)}`,
    ...(origin === origins.unexplained ? ['Nobody said why it changed.'] : []),
    ...(reason === null ? [] : [`Reason given: ${reason}`]),
    isOpen
      ? 'It waits for your word: "medrec acknowledge seen" or "medrec acknowledge wrong".'
      : 'Nothing waits for your word.',
    '',
  ]
}

function bodyOf(
  found: Pick<Change.Change, 'former' | 'refusal'> & {
    readonly difference: Results.Change | undefined
  },
): readonly string[] {
  const { former, refusal, difference } = found
  if (refusal)
    return [
      `What stood there before cannot be shown: this device never read it, and the institution does not give it out (${refusal.code}: ${refusal.words})`,
    ]
  if (!former || !difference) return ['There is nothing to compare with.']
  const { fields, removed, added } = difference
  const rows = [...removed.map((row) => ['was', ...row]), ...added.map((row) => ['is now', ...row])]
  return [
    `Compared with version ${former.version} of ${moment(former.time)}:`,
    table(['', ...fields], rows, 'The rows are the same.'),
  ]
}
