import { readFileSync } from 'node:fs'
import { Contact, Emergency } from '@medrec/library'
import { fromHex, type Hex, toHex } from '@medrec/protocol'
import type { Command } from 'commander'
import { UsageError } from '../output.ts'
import { categoriesOf, categoryNames } from '../participant/categories.ts'
import { RefusedError } from '../participant/errors.ts'
import { nameOf, relationshipOf, someoneOf } from '../participant/lookups.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { sent, sentence } from '../participant/sending.ts'
import { moment, short, table } from '../participant/table.ts'

type OpenOptions = PersonOptions & {
  readonly at: string
  readonly name: string
  readonly reason: string
}
type ProfileOptions = PersonOptions & { readonly leave?: string }

/** `medrec emergency`: certified clinicians open records at once, and patients say which (break-glass). */
export function addEmergency(program: Command): void {
  const group = program
    .command('emergency')
    .description('open records in an emergency, or say what may be opened')
  personal(
    group
      .command('open <patient>')
      .description(
        'for certified clinicians: four hours of reading; the patient is always told. PATIENT is an idTag or the file of a contact card',
      ),
  )
    .requiredOption('--at <institution>', 'whose records')
    .requiredOption('--name <name>', 'your name and institution, as the patient reads it')
    .requiredOption(
      '--reason <text>',
      'why, 10 to 300 characters; the patient and reviewers read it',
    )
    .action((text: string, _, command: Command) => {
      const options = command.optsWithGlobals<OpenOptions>()
      return withPerson(options, (person) => open(person, text, options))
    })
  personal(group.command('list').description('what you opened, and what was opened of you')).action(
    (_, command: Command) => withPerson(command.optsWithGlobals<PersonOptions>(), list),
  )
  personal(
    group
      .command('profile <relationship>')
      .description('what may be read of you in an emergency; everything until you say otherwise'),
  )
    .option('--leave <names>', 'all, nothing, or some: allergies,medications,...')
    .action((text: string, _, command: Command) => {
      const options = command.optsWithGlobals<ProfileOptions>()
      return withPerson(options, (person) => profile(person, text, options.leave))
    })
}

async function open(person: Person, text: string, options: OpenOptions): Promise<void> {
  const { participant, output } = person
  const { name, reason } = options
  const steward = someoneOf(person, options.at)
  const answer = await Emergency.open(participant, {
    patient: patientOf(text),
    steward,
    name,
    reason,
  })
  if (!answer.ok) throw new RefusedError(answer.code, [answer.words])
  const { emergency, relationship, categories, expires } = answer.emergency
  output.result(
    { ok: true, emergency, relationship, steward, expires, categories: categoryNames(categories) },
    [
      `Open until ${moment(expires)}: ${categoryNames(categories)}. The patient is told, and ${nameOf(person, steward)} reviews it.`,
      `Read with "medrec query index ${short(emergency)}" and "medrec query ${short(emergency)} RESOURCE".`,
    ].join('\n'),
  )
}

async function list(person: Person): Promise<void> {
  const { participant, output } = person
  const opened = await Emergency.listOpened(participant)
  const mine = participant
    .summary()
    .relationships.flatMap(({ role, steward, emergencies }) =>
      role === 'subject' ? emergencies.map((one) => ({ ...one, steward })) : [],
    )
  output.result(
    {
      opened: opened.map(({ emergency, steward, reason, expires }) => ({
        ...{ emergency, steward, reason, expires },
      })),
      ofMine: mine.map(({ who, name, reason, time, expires, steward }) => ({
        ...{ who, name, reason, time, expires, steward },
      })),
    },
    [
      'You opened:',
      table(
        ['access', 'records of', 'why', 'until'],
        opened.map(({ emergency, steward, reason, expires }) => [
          short(emergency),
          nameOf(person, steward),
          reason,
          moment(expires),
        ]),
        'Nothing that is still open.',
      ),
      '',
      'Opened of you:',
      table(
        ['when', 'who', 'at', 'why', 'until'],
        mine.map(({ name, reason, time, expires, steward }) => [
          moment(time),
          name,
          nameOf(person, steward),
          reason,
          moment(expires),
        ]),
        'Nothing.',
      ),
    ].join('\n'),
  )
}

async function profile(person: Person, text: string, leave: string | undefined): Promise<void> {
  const { participant, output } = person
  const state = relationshipOf(person, text, ({ role }) => role === 'subject')
  const { id: relationship } = state
  if (leave === undefined) {
    const names = categoryNames(state.emergencyCategories)
    output.result({ ok: true, relationship, leave: names }, `In an emergency: ${names}.`)
    return
  }
  const categories =
    leave === 'nothing' ? [] : leave === 'all' ? 'all' : categoriesOf('--leave', leave)
  const submission = await Emergency.setProfile(participant, { relationship, categories })
  const facts = await sent(person, submission)
  output.result(
    { ok: true, relationship, leave, ...facts },
    sentence(`In an emergency ${leave} may be read of you there.`, facts),
  )
}

/** A patient's idTag, from a card or as it is. Throws UsageError. */
function patientOf(text: string): Hex {
  if (/^0x[0-9a-f]{64}$/i.test(text)) return toHex(fromHex(text.toLowerCase(), 32))
  try {
    return Contact.fromText(readFileSync(text, 'utf8')).idTag
  } catch {
    throw new UsageError('PATIENT is an idTag (0x and 64 digits), or the file of a contact card.')
  }
}
