import { Registration } from '@medrec/library'
import { fromHex, Keys, toHex } from '@medrec/protocol'
import type { Command } from 'commander'
import { openOutput } from '../output.ts'
import { askWords } from '../participant/input.ts'
import { registerWith } from '../participant/invitation.ts'
import { nameOf } from '../participant/lookups.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import {
  entropyOf,
  keepEntropy,
  networkOf,
  newPassphrase,
  type PersonOptions,
  placeOf,
} from '../participant/person.ts'
import { moment } from '../participant/table.ts'

type WordsOptions = PersonOptions & { readonly wordsFile?: string }

const keepThem =
  'Write these 12 words down and keep them safe: they bring back everything, also to a thief.'

/** `medrec identity`: a person's keys, and how the network comes to know them (docs/protocol.md 2.2). */
export function addIdentity(program: Command): void {
  const group = program.command('identity').description('your keys and your registration')
  personal(group.command('new').description('make new keys; prints their 12 words')).action(
    (_, command: Command) => makeNew(command.optsWithGlobals<PersonOptions>()),
  )
  personal(group.command('show').description('what the registrar says of you')).action(
    (_, command: Command) => withPerson(command.optsWithGlobals<PersonOptions>(), show),
  )
  personal(group.command('words').description('your 12 words again')).action(
    async (_, command: Command) => {
      const options = command.optsWithGlobals<PersonOptions>()
      const words = Keys.toWords(await entropyOf(placeOf(options), options))
      openOutput(options.json ?? false).result({ words }, `${words}\n\n${keepThem}`)
    },
  )
  personal(
    group
      .command('register <invitation>')
      .description('register with an institution’s invitation (link, or CODE@ADDRESS)'),
  ).action((invitation: string, _, command: Command) =>
    withPerson(command.optsWithGlobals<PersonOptions>(), (person) => register(person, invitation)),
  )
  personal(group.command('restore').description('bring your keys back from 12 words'))
    .option(
      '--words-file <file>',
      'file with the words ("-": standard input); asked for when absent',
    )
    .action((_, command: Command) => restore(command.optsWithGlobals<WordsOptions>()))
}

async function makeNew(options: PersonOptions): Promise<void> {
  const place = placeOf(options)
  const passphrase = await newPassphrase(place, options)
  const entropy = Keys.newEntropy()
  keepEntropy(place, passphrase, entropy)
  const words = Keys.toWords(entropy)
  openOutput(options.json ?? false).result(
    { ok: true, words, keystore: place.keystore },
    `${words}\n\n${keepThem}\nNext: ask an institution for an invitation, then "medrec identity register".`,
  )
}

async function restore(options: WordsOptions): Promise<void> {
  const place = placeOf(options)
  const passphrase = await newPassphrase(place, options)
  const entropy = Keys.fromWords(await askWords(options.wordsFile))
  keepEntropy(place, passphrase, entropy)
  const keys = Keys.fromEntropy(entropy, fromHex(networkOf(options).networkId))
  const identity = toHex(keys.identity.address)
  openOutput(options.json ?? false).result(
    { ok: true, identity, keystore: place.keystore },
    'Your keys are back. Next: "medrec restore" brings back your records.',
  )
}

async function show(person: Person): Promise<void> {
  const { participant, network, output } = person
  const me = participant.me()
  const identity = toHex(participant.keys.identity.address)
  if (!me)
    return output.result(
      { identity, network: network.networkId, registered: false },
      `These keys are not registered on "${network.name}" yet.\nIdentity ${identity}`,
    )
  const attested = [...new Set([me.institution, ...me.attestedBy])]
  output.result(
    {
      identity,
      network: network.networkId,
      registered: true,
      idTag: me.idTag,
      version: me.version,
      assurance: me.assurance,
      boundBy: me.institution,
      attestedBy: me.attestedBy,
      since: me.validFrom,
      block: me.block.number,
    },
    [
      `Registered on "${network.name}" since ${moment(me.validFrom)}`,
      `idTag     ${me.idTag}`,
      `Identity  ${identity} (version ${me.version})`,
      `Verified by ${attested.map((idTag) => nameOf(person, idTag)).join(', ')}`,
    ].join('\n'),
  )
}

async function register(person: Person, invitation: string): Promise<void> {
  const { participant, output, signal, patience } = person
  const known = participant.me()
  if (!known) {
    await registerWith(person, invitation)
    await Registration.waitUntilBound(
      participant,
      AbortSignal.any([signal, AbortSignal.timeout(patience * 1_000)]),
    )
  }
  const me = participant.me()
  output.result(
    { ok: true, idTag: me?.idTag, block: me?.block.number, already: known !== undefined },
    known
      ? 'These keys are registered already; nothing was changed.'
      : `You are registered, by ${nameOf(person, me?.institution)}, in block ${me?.block.number}.`,
  )
}
