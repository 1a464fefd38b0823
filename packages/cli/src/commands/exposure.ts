import { Exposure } from '@medrec/library'
import type { Command } from 'commander'
import { nameOf } from '../participant/lookups.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { moment } from '../participant/table.ts'

/** `medrec exposure`: what strangers can see of oneself (docs/privacy.md). */
export function addExposure(program: Command): void {
  personal(
    program.command('exposure').description('what strangers on the network can see of you'),
  ).action((_, command: Command) =>
    withPerson(command.optsWithGlobals<PersonOptions>(), async (person) => exposure(person)),
  )
}

function exposure(person: Person): void {
  const facts = Exposure.facts(person.participant)
  const { registered, ours, crowd, known, notDerivable } = facts
  const names = new Set(known.map(({ who, as }) => `${nameOf(person, who)} (${asWords[as]})`))
  person.output.result(
    { ...facts },
    [
      'Everybody can see:',
      `  That ${registered.idTag} is registered, since ${moment(registered.since)}, one of ${crowd.registered}.`,
      `  Who vouches for it: ${[...new Set([registered.boundBy, ...registered.attestedBy])].map((idTag) => nameOf(person, idTag)).join(', ')}.`,
      ...(registered.roles.length > 0 ? [`  Its roles: ${registered.roles.join(', ')}.`] : []),
      `  ${crowd.events} entries of everybody, among them, without a name, yours: ${ours.relationships} relationship(s), ${ours.shares} share(s), ${ours.notesWritten} note(s) from you, ${ours.notesReceived} to you, ${ours.updates} update tag(s).`,
      '',
      'A copy of the chain does not tell:',
      ...notDerivable.map((one) => `  ${hidden[one]}`),
      '',
      'Those who know more, because you deal with them:',
      ...(names.size === 0 ? ['  Nobody.'] : [...names].map((name) => `  ${name}`)),
    ].join('\n'),
  )
}

const asWords = { steward: 'keeps your records', viewer: 'you share or shared with' } as const

const hidden: Readonly<Record<Exposure.ExposureFacts['notDerivable'][number], string>> = {
  whoTreatsMe: 'which institutions treat you',
  whatIsRecorded: 'what is recorded about you',
  whoMayRead: 'who may read it',
  whoRead: 'who read it',
  myIdentification: 'your name or any number of yours',
  whichEntriesAreMine: 'which entries are yours',
}
