import {
  DelegatedShare,
  Delegation,
  type DelegationState,
  delegationStanding,
  type Query,
} from '@medrec/library'
import { type Hex, hasRight } from '@medrec/protocol'
import type { Command } from 'commander'
import { UsageError } from '../output.ts'
import { categoriesOf, categoryNames } from '../participant/categories.ts'
import {
  delegationOf,
  nameOf,
  recordOf,
  recordsOf,
  relationshipOf,
  shareOf,
  someoneOf,
} from '../participant/lookups.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { purposeOf, untilOf } from '../participant/purpose.ts'
import { sent, sentence } from '../participant/sending.ts'
import { moment, short, table } from '../participant/table.ts'

type GiveOptions = PersonOptions & {
  readonly of: string
  readonly categories: string
  readonly mayShare?: boolean
  readonly until: string
}
type EndOptions = PersonOptions & { readonly reason?: string }
type ShareOptions = PersonOptions & { readonly purpose: string; readonly until: string }

/** `medrec delegate`: who may act for whom (requirements 115, 116; docs/protocol.md 3.1). */
export function addDelegate(program: Command): void {
  const group = program
    .command('delegate')
    .description('let somebody act for you, or act for others')
  personal(group.command('give <person>').description('let a contact read for you until a day'))
    .requiredOption('--of <relationship>', 'at which institution')
    .requiredOption('--categories <names>', 'all, or some: medications,results,...')
    .requiredOption('--until <when>', 'a day (2027-01-31), a moment, or a span (90d, 12h, 30m)')
    .option('--may-share', 'she may share it with others, too')
    .action((text: string, _, command: Command) => {
      const options = command.optsWithGlobals<GiveOptions>()
      return withPerson(options, (person) => give(person, text, options))
    })
  personal(
    group
      .command('list')
      .description('who may act for you, for whom you may act, and what was shared'),
  ).action((_, command: Command) => withPerson(command.optsWithGlobals<PersonOptions>(), list))
  personal(
    group
      .command('show <delegation>')
      .description(
        'a delegation with its signature, for an institution that has to explain an access',
      ),
  ).action((text: string, _, command: Command) =>
    withPerson(command.optsWithGlobals<PersonOptions>(), (person) => show(person, text)),
  )
  personal(group.command('end <delegation>').description('end a delegation, for ever'))
    .option('--reason <text>', 'why; the delegate reads it')
    .action((text: string, _, command: Command) => {
      const options = command.optsWithGlobals<EndOptions>()
      return withPerson(options, (person) => end(person, text, options.reason))
    })
  personal(
    group
      .command('share <delegation> <viewer> <items...>')
      .description('share for somebody you act for; items: RESOURCE or RESOURCE:FIELD,FIELD'),
  )
    .requiredOption('--purpose <name>', 'what for: treatment, second-opinion, family-and-care, ...')
    .requiredOption('--until <when>', 'a day (2027-01-31), a moment, or a span (90d, 12h, 30m)')
    .action((text: string, viewer: string, items: readonly string[], _, command: Command) => {
      const options = command.optsWithGlobals<ShareOptions>()
      return withPerson(options, (person) => share(person, { text, viewer, items, options }))
    })
  personal(
    group.command('unshare <share>').description('stop what you shared for somebody, for ever'),
  ).action((text: string, _, command: Command) =>
    withPerson(command.optsWithGlobals<PersonOptions>(), (person) => unshare(person, text)),
  )
}

async function give(person: Person, text: string, options: GiveOptions): Promise<void> {
  const { participant, output } = person
  const categories = categoriesOf('--categories', options.categories)
  const expiresAt = untilOf(options.until, participant.clock())
  const delegate = someoneOf(person, text)
  const { id: relationship } = relationshipOf(person, options.of, ({ role }) => role === 'subject')
  const mayShare = options.mayShare ?? false
  const given = await Delegation.give(participant, {
    ...{ relationship, delegate, categories, mayShare, expiresAt },
  })
  const facts = await sent(person, given)
  const can = mayShare ? 'read and share' : 'read'
  output.result(
    { ok: true, delegation: given.slot, relationship, delegate, expiresAt, mayShare, ...facts },
    [
      sentence(`${nameOf(person, delegate)} can ${can} for you until ${moment(expiresAt)}.`, facts),
      `End it with "medrec delegate end ${short(given.slot)}".`,
    ].join('\n'),
  )
}

function list(person: Person): Promise<void> {
  const { participant, output } = person
  const [given, held] = [Delegation.listGiven(participant), Delegation.listActingFor(participant)]
  const headings = ['delegation', 'who', 'records of', 'may', 'of', 'until', 'status', 'shares']
  const row = (state: DelegationState, other: Hex): readonly unknown[] => [
    short(state.slot),
    nameOf(person, other),
    nameOf(person, state.steward),
    hasRight(state.delegation.rights, true) ? 'read, share' : 'read',
    categoryNames(state.delegation.categories),
    moment(state.expiresAt),
    words[delegationStanding(state, participant.clock())] ?? state.status,
    state.shares.map(({ grant, viewer }) => `${short(grant)} ${nameOf(person, viewer)}`).join('; '),
  ]
  const facts = (states: readonly DelegationState[]): readonly unknown[] =>
    states.map(({ slot, relationship, subject, delegate, steward, delegation, ...state }) => ({
      ...{ delegation: slot, relationship, subject, delegate, steward },
      mayShare: hasRight(delegation.rights, true),
      categories: categoryNames(delegation.categories),
      expiresAt: state.expiresAt,
      status: delegationStanding(
        { ...state, slot, relationship, subject, delegate, steward, delegation },
        participant.clock(),
      ),
      reason: state.reason,
      shares: state.shares.map(({ grant, viewer, status }) => ({ grant, viewer, status })),
    }))
  output.result(
    { given: facts(given), actingFor: facts(held) },
    [
      'They can act for you:',
      table(
        headings,
        given.map((state) => row(state, state.delegate)),
        'Nobody.',
      ),
      '',
      'You can act for:',
      table(
        headings,
        held.map((state) => row(state, state.subject)),
        'Nobody.',
      ),
    ].join('\n'),
  )
  return Promise.resolve()
}

/** What the institution asks for to explain an access: it keeps no delegation itself. */
function show(person: Person, text: string): Promise<void> {
  const { participant, output } = person
  const all = [...Delegation.listGiven(participant), ...Delegation.listActingFor(participant)]
  const presented = Delegation.presented(delegationOf(text, all))
  output.result(presented, JSON.stringify(presented, null, 2))
  return Promise.resolve()
}

async function end(person: Person, text: string, reason: string | undefined): Promise<void> {
  const { participant, output } = person
  const { slot, delegate } = delegationOf(text, Delegation.listGiven(participant))
  const submission = await Delegation.end(participant, {
    slot,
    ...(reason !== undefined && { reason }),
  })
  const facts = await sent(person, submission)
  const done = `${nameOf(person, delegate)} can act for you no more, and nobody reads what she shared.`
  output.result({ ok: true, delegation: slot, ...facts }, sentence(done, facts))
}

async function share(
  person: Person,
  asked: { text: string; viewer: string; items: readonly string[]; options: ShareOptions },
): Promise<void> {
  const { participant, output } = person
  const { options } = asked
  const state = delegationOf(asked.text, Delegation.listActingFor(participant))
  const expiresAt = untilOf(options.until, participant.clock())
  const viewer = someoneOf(person, asked.viewer)
  const purposes = [purposeOf(options.purpose)]
  const source = { delegation: state.slot }
  const records = await recordsOf(person, source)
  const entries = asked.items.map((item) => entryOf(records, item))
  const granted = await DelegatedShare.grant(participant, {
    ...{ ...source, viewer, entries, purposes, expiresAt },
  })
  const facts = await sent(person, granted)
  const subject = nameOf(person, state.subject)
  output.result(
    { ok: true, grant: granted.grant, viewer, expiresAt, ...facts },
    [
      sentence(`You shared this for ${subject} with ${nameOf(person, viewer)}.`, facts),
      `Stop it with "medrec delegate unshare ${short(granted.grant)}".`,
    ].join('\n'),
  )
}

async function unshare(person: Person, text: string): Promise<void> {
  const { participant, output } = person
  const shares = Delegation.listActingFor(participant).flatMap((state) => state.shares)
  const share = shareOf(text, shares, 'medrec delegate list')
  const facts = await sent(person, await DelegatedShare.revoke(participant, share.grant))
  const done = `${nameOf(person, share.viewer)} can read nothing of this share any more.`
  output.result({ ok: true, grant: share.grant, ...facts }, sentence(done, facts))
}

/** A record's fields as an entry of a scope. Throws NotFoundError, UsageError. */
function entryOf(
  records: Query.Index['pointers'],
  item: string,
): Parameters<typeof DelegatedShare.grant>[1]['entries'][number] {
  const [resource = '', fields] = item.split(':')
  const { pointer, category, schema, catalogue } = recordOf(records, resource)
  const names = fields?.split(',').map((name) => name.trim())
  const bits = names
    ? names.map((name) => catalogue.fields.find((field) => field.name === name)?.bit)
    : catalogue.fields.map(({ bit }) => bit)
  if (bits.includes(undefined))
    throw new UsageError('A field is not in this record; see query index.')
  const mask = bits.reduce<bigint>((all, bit) => all | (1n << BigInt(bit as number)), 0n)
  return { pointer, category, schema, catalogue: catalogue.version, mask: `0x${mask.toString(16)}` }
}

const words: Readonly<Record<string, string>> = {
  live: 'live',
  revoked: 'ended',
  stopped: 'ended with all shares',
  closed: 'relationship closed',
  expired: 'expired',
  notYet: 'not yet begun',
}
