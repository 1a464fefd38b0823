import { Acknowledgement, Query, Results } from '@medrec/library'
import type { Command } from 'commander'
import { RefusedError, VersionNotReadError } from '../participant/errors.ts'
import { recordOf, relationshipOf } from '../participant/lookups.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { sent, sentence } from '../participant/sending.ts'

type WrongOptions = PersonOptions & { readonly reason: string }
type Said = { readonly relationship: string; readonly resource: string; readonly reason?: string }

/** `medrec acknowledge`: the patient's word on the version that she read (paper III-B, SC). */
export function addAcknowledge(program: Command): void {
  const group = program
    .command('acknowledge')
    .description('say that a record of yours is right, or wrong')
    .addHelpText('after', examples)
  personal(
    group.command('seen <relationship> <resource>').description('you read it, and it is right'),
  ).action((relationship: string, resource: string, _, command: Command) =>
    withPerson(command.optsWithGlobals<PersonOptions>(), (person) =>
      acknowledge(person, { relationship, resource }),
    ),
  )
  personal(
    group.command('wrong <relationship> <resource>').description('you read it, and it is wrong'),
  )
    .requiredOption('--reason <text>', 'what is wrong; the institution reads it')
    .action((relationship: string, resource: string, _, command: Command) => {
      const options = command.optsWithGlobals<WrongOptions>()
      const { reason } = options
      return withPerson(options, (person) =>
        acknowledge(person, { relationship, resource, reason }),
      )
    })
}

const examples = `
Examples:
  medrec --as anna query changes riverside labs
  medrec --as anna acknowledge seen riverside labs
  medrec --as anna acknowledge wrong riverside labs --reason "I had no test that day."
The word is about the version that you read last on this device, never about one that came meanwhile.`

async function acknowledge(person: Person, said: Said): Promise<void> {
  const { participant, output } = person
  const { id: relationship } = relationshipOf(
    person,
    said.relationship,
    ({ role }) => role === 'subject',
  )
  const index = await Query.index(participant, { relationship })
  if (!index.ok) throw new RefusedError(index.code, [index.words])
  const { pointer, version: newest } = recordOf(index.index.pointers, said.resource)
  const version = (await Results.latest(participant, { relationship, pointer }))?.version
  if (version !== newest) throw new VersionNotReadError(newest, version)
  const about = { relationship, pointer, version }
  const { reason } = said
  const submission =
    reason === undefined
      ? await Acknowledgement.seen(participant, about)
      : await Acknowledgement.wrong(participant, { ...about, reason })
  const facts = await sent(person, submission)
  const verdict = reason === undefined ? 'seen' : 'wrong'
  output.result(
    { ok: true, ...about, verdict, ...facts },
    sentence(`You said of version ${version}: ${verdict}.`, facts),
  )
}
