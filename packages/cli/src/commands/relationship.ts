import { Relationship, type RelationshipState, type Submission } from '@medrec/library'
import type { Command } from 'commander'
import { nameOf, relationshipOf } from '../participant/lookups.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { sent, sentence } from '../participant/sending.ts'
import { moment, short, table } from '../participant/table.ts'

type EndOptions = PersonOptions & { readonly reason?: string }
type Step = {
  readonly name: string
  readonly does: string
  readonly done: string
  readonly takesReason: boolean
  perform(person: Person, state: RelationshipState, reason: string | undefined): Promise<Submission>
}

const steps: readonly Step[] = [
  {
    name: 'accept',
    does: 'accept what an institution proposes',
    done: 'Accepted.',
    takesReason: false,
    perform: ({ participant }, { id }) => Relationship.accept(participant, id),
  },
  {
    name: 'reject',
    does: 'decline what an institution proposes',
    done: 'Declined.',
    takesReason: true,
    perform: ({ participant }, { id }, reason) =>
      Relationship.reject(participant, { relationship: id, reason }),
  },
  {
    name: 'close',
    does: 'end a relationship and every share of it',
    done: 'Closed.',
    takesReason: true,
    perform: ({ participant }, { id }, reason) =>
      Relationship.close(participant, { relationship: id, reason }),
  },
  {
    name: 'stop-all',
    does: 'stop every share of a relationship at once',
    done: 'Every share of this relationship is stopped.',
    takesReason: false,
    perform: ({ participant }, { id }) => Relationship.stopAll(participant, { relationship: id }),
  },
]

/** `medrec relationship`: who keeps records of me, and my answers (paper III-B, PPR). */
export function addRelationship(program: Command): void {
  const group = program.command('relationship').description('institutions that keep your records')
  personal(group.command('list').description('every relationship of yours')).action(
    (_, command: Command) => withPerson(command.optsWithGlobals<PersonOptions>(), list),
  )
  personal(
    group
      .command('show <relationship>')
      .description('one relationship (id or institution) and its records'),
  ).action((text: string, _, command: Command) =>
    withPerson(command.optsWithGlobals<PersonOptions>(), async (person) => show(person, text)),
  )
  for (const step of steps) addStep(group, step)
}

function addStep(group: Command, step: Step): void {
  const command = group.command(`${step.name} <relationship>`).description(step.does)
  if (step.takesReason) command.option('--reason <text>', 'why; the institution reads it')
  personal(command).action((text: string, _, own: Command) => {
    const options = own.optsWithGlobals<EndOptions>()
    return withPerson(options, async (person) => {
      const state = relationshipOf(person, text)
      const submission = await step.perform(person, state, options.reason)
      const facts = await sent(person, submission)
      person.output.result(
        { ok: true, relationship: state.id, ...facts },
        sentence(step.done, facts),
      )
    })
  })
}

async function list(person: Person): Promise<void> {
  const all = Relationship.list(person.participant)
  person.output.result(
    { relationships: all.map((state) => factsOf(person, state)) },
    table(
      ['relationship', 'with', 'you are', 'status', 'records', 'shares', 'since'],
      all.map((state) => [
        short(state.id),
        nameOf(person, otherOf(state)),
        state.role === 'subject' ? 'the patient' : 'the institution',
        wordsOf(state),
        state.pointers.length,
        state.shares.length,
        moment(state.proposed.time),
      ]),
      'No institution has proposed to keep records of you yet.',
    ),
  )
}

function show(person: Person, text: string): void {
  const state = relationshipOf(person, text)
  const lines = [
    `${nameOf(person, otherOf(state))}: ${wordsOf(state)}`,
    `Relationship ${state.id}`,
    `Proposed in block ${state.proposed.number}, ${moment(state.proposed.time)}`,
    state.policy === 'dualConsent'
      ? 'A share needs your consent and the institution’s.'
      : 'A share needs your consent alone.',
    ...(state.answer?.reason === undefined ? [] : [`Reason given: ${state.answer.reason}`]),
    '',
    table(
      ['record', 'resource', 'version', 'told', 'answer'],
      state.pointers.map(({ id, resource, version, time, acknowledged }) => [
        short(id),
        resource,
        version,
        moment(time),
        acknowledged ? `${acknowledged.verdict} (version ${acknowledged.version})` : '',
      ]),
      'No records were announced yet.',
    ),
  ]
  const pointers = state.pointers.map(({ id, resource, version, time, acknowledged }) => ({
    id,
    resource,
    version,
    time,
    acknowledged,
  }))
  person.output.result({ ...factsOf(person, state), pointers }, lines.join('\n'))
}

function factsOf(person: Person, state: RelationshipState): Record<string, unknown> {
  const {
    id,
    role,
    steward,
    subject,
    policy,
    status,
    progress,
    epoch,
    certified,
    frozen,
    proposed,
  } = state
  return {
    id,
    with: nameOf(person, otherOf(state)),
    ...{ role, steward, subject, policy, status, progress, epoch, certified, frozen },
    records: state.pointers.length,
    shares: state.shares.length,
    updates: state.updates,
    reason: state.answer?.reason,
    proposed: proposed.number,
  }
}

function otherOf({ role, steward, subject }: RelationshipState): RelationshipState['steward'] {
  return role === 'subject' ? steward : subject
}

const words: Readonly<Record<string, string>> = {
  proposed: 'proposed; wants an answer',
  accepted: 'accepted',
  rejected: 'declined',
  updatePending: 'update pending',
  closedBySubject: 'closed by the patient',
  closedBySteward: 'closed by the institution',
}

function wordsOf({ progress, certified, frozen }: RelationshipState): string {
  const trouble = [
    ...(certified
      ? []
      : ['the institution is not certified any more and answers the patient alone']),
    ...(frozen ? ['older keys; must be proposed anew'] : []),
  ]
  const word = words[progress] ?? progress
  return trouble.length > 0 ? `${word} (${trouble.join('; ')})` : word
}
