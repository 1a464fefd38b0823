import { Contact } from '@medrec/library'
import type { Command } from 'commander'
import { textFrom } from '../participant/input.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { sent, sentence } from '../participant/sending.ts'
import { short, table } from '../participant/table.ts'

type NamedOptions = PersonOptions & { readonly name?: string; readonly relation?: string }

/** `medrec contact`: people to share with; they show each other cards first. */
export function addContact(program: Command): void {
  const group = program.command('contact').description('people you share with')
  personal(group.command('card').description('your own card, to show or send to somebody'))
    .option('--name <name>', 'the name on it (default: --as)')
    .action((_, command: Command) => {
      const options = command.optsWithGlobals<NamedOptions>()
      return withPerson(options, async ({ participant, place, output }) => {
        const card = Contact.card(participant, options.name ?? place.label)
        output.result(card, Contact.toText(card))
      })
    })
  personal(
    group
      .command('add <file>')
      .description('keep somebody whose card you have ("-": standard input)'),
  )
    .option('--name <name>', 'how you call this person')
    .option('--relation <text>', 'what this person is to you')
    .action((file: string, _, command: Command) => {
      const options = command.optsWithGlobals<NamedOptions>()
      return withPerson(options, (person) => add(person, file, options))
    })
  personal(group.command('list').description('everybody you keep')).action((_, command: Command) =>
    withPerson(command.optsWithGlobals<PersonOptions>(), list),
  )
}

async function add(person: Person, file: string, options: NamedOptions): Promise<void> {
  const card = Contact.fromText(await textFrom(file))
  const { name, relation } = options
  const submission = await Contact.add(person.participant, {
    card,
    relation,
    ...(name !== undefined && { name }),
  })
  const facts = await sent(person, submission)
  const kept = name ?? card.name
  person.output.result(
    { ok: true, idTag: card.idTag, name: kept, ...facts },
    sentence(`${kept} is one of your contacts now; the registrar confirms the card.`, facts),
  )
}

async function list({ participant, output }: Person): Promise<void> {
  const contacts = Contact.list(participant)
  output.result(
    { contacts: contacts.map(({ block, ...rest }) => ({ ...rest, block: block?.number })) },
    table(
      ['contact', 'name', 'relation', 'keys'],
      contacts.map(({ idTag, name, relation, changed }) => [
        short(idTag),
        name,
        relation,
        changed ? 'changed: meet again before sharing' : 'as shown',
      ]),
      'You have no contacts yet. Add one with "medrec contact add FILE".',
    ),
  )
}
