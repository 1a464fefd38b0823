import { Preview, Relationship, Share, type ShareState, standingOf } from '@medrec/library'
import type { Command } from 'commander'
import { allShares, nameOf, shareOf, someoneOf } from '../participant/lookups.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { purposeNames, purposeOf, untilOf } from '../participant/purpose.ts'
import { sent, sentence } from '../participant/sending.ts'
import { shownOf, tick } from '../participant/sharing.ts'
import { moment, scriptable, short, table } from '../participant/table.ts'

type WhatOptions = PersonOptions & { readonly preset?: string; readonly of?: string }
type CreateOptions = WhatOptions & { readonly purpose: string; readonly until: string }
type UntilOptions = PersonOptions & { readonly until: string }

/** `medrec share`: fields for a viewer, for a purpose, until a day (paper III-B, viewers). */
export function addShare(program: Command): void {
  const group = program.command('share').description('let somebody read some fields, until a day')
  what(
    group
      .command('preview [items...]')
      .description('see exactly what a viewer would see; items: RESOURCE or RESOURCE:FIELD,FIELD'),
  ).action((items: readonly string[], _, command: Command) => {
    const options = command.optsWithGlobals<WhatOptions>()
    return withPerson(options, (person) => preview(person, items, options))
  })
  what(
    group
      .command('create <viewer> [items...]')
      .description('share with a contact or institution; items: RESOURCE or RESOURCE:FIELD,FIELD'),
  )
    .requiredOption('--purpose <name>', 'what for: treatment, second-opinion, family-and-care, ...')
    .requiredOption('--until <when>', 'a day (2027-01-31), a moment, or a span (90d, 12h, 30m)')
    .action((viewer: string, items: readonly string[], _, command: Command) => {
      const options = command.optsWithGlobals<CreateOptions>()
      return withPerson(options, (person) => create(person, { viewer, items, options }))
    })
  personal(group.command('list').description('what you share, and what is shared with you')).action(
    (_, command: Command) => withPerson(command.optsWithGlobals<PersonOptions>(), list),
  )
  personal(group.command('renew <share>').description('move the end of a share'))
    .requiredOption('--until <when>', 'a day (2027-01-31), a moment, or a span (90d, 12h, 30m)')
    .action((text: string, _, command: Command) => {
      const options = command.optsWithGlobals<UntilOptions>()
      return withPerson(options, (person) => renew(person, text, options.until))
    })
  personal(
    group
      .command('consent <share>')
      .description('as the institution: consent to a share that needs both'),
  ).action((text: string, _, command: Command) =>
    withPerson(command.optsWithGlobals<PersonOptions>(), (person) => consent(person, text)),
  )
}

function what(command: Command): Command {
  return personal(command)
    .option('--preset <name>', 'a set instead of items: summary, medicines, results, everything')
    .option('--of <relationship>', 'whose records, when several institutions keep yours')
}

async function preview(
  person: Person,
  items: readonly string[],
  options: WhatOptions,
): Promise<void> {
  const { relationship, ticked } = await tick(person, {
    items,
    preset: options.preset,
    relationship: options.of,
  })
  const previews = await Preview.preview(person.participant, ticked)
  const isDual = Relationship.of(person.participant, relationship).policy === 'dualConsent'
  person.output.result(
    { ok: true, previews: scriptable(previews), needsConsentOfInstitution: isDual },
    [
      ...previews.map(shownOf).map(({ label, names, rows }) => {
        return `${label}\n${table(names, rows, 'No rows.')}\n`
      }),
      'The viewer would see exactly this, and nothing else of you. Nothing was shared.',
      ...(isDual ? [alsoTheirs] : []),
    ].join('\n'),
  )
}

async function create(
  person: Person,
  asked: { viewer: string; items: readonly string[]; options: CreateOptions },
): Promise<void> {
  const { participant, output } = person
  const { options } = asked
  const purpose = purposeOf(options.purpose)
  const expiresAt = untilOf(options.until, participant.clock())
  const viewer = someoneOf(person, asked.viewer)
  const { relationship, ticked } = await tick(person, {
    items: asked.items,
    preset: options.preset,
    relationship: options.of,
  })
  const entries = await Preview.entriesOf(participant, ticked)
  const granted = await Share.grant(participant, {
    relationship,
    viewer,
    entries,
    purposes: [purpose],
    expiresAt,
  })
  const facts = await sent(person, granted)
  const isDual = Relationship.of(participant, relationship).policy === 'dualConsent'
  const fields = ticked.reduce((sum, each) => sum + each.fields.length, 0)
  output.result(
    {
      ok: true,
      grant: granted.grant,
      relationship,
      viewer,
      fields,
      expiresAt,
      needsConsentOfInstitution: isDual,
      ...facts,
    },
    [
      sentence(
        `${fields} field(s) of ${ticked.length} record(s) are shared with ${nameOf(person, viewer)} until ${moment(expiresAt)}.`,
        facts,
      ),
      ...(isDual ? [alsoTheirs] : []),
      `Share ${granted.grant}`,
      `Stop it with "medrec revoke ${short(granted.grant)}".`,
    ].join('\n'),
  )
}

function list(person: Person): Promise<void> {
  const { participant, output } = person
  const mine = Share.listMine(participant)
  const theirs = Share.listSharedWithMe(participant)
  const waiting = Share.listAwaitingConsent(participant)
  const row = (share: ShareState, other: ShareState['viewer']): readonly unknown[] => [
    short(share.grant),
    nameOf(person, other),
    nameOf(person, share.steward),
    purposeNames(share.scope.purposes),
    moment(share.expiresAt),
    words[standingOf(share, participant.clock())] ?? share.status,
  ]
  const headings = ['share', 'who', 'records of', 'for', 'until', 'status']
  const facts = (shares: readonly ShareState[]): readonly unknown[] =>
    shares.map((share) => ({
      grant: share.grant,
      relationship: share.relationship,
      subject: share.subject,
      viewer: share.viewer,
      steward: share.steward,
      purposes: purposeNames(share.scope.purposes),
      expiresAt: share.expiresAt,
      status: standingOf(share, participant.clock()),
      reason: share.reason ?? share.declined?.reason,
    }))
  output.result(
    { given: facts(mine), received: facts(theirs), awaitingConsent: facts(waiting) },
    [
      'You share:',
      table(
        headings,
        mine.map((share) => row(share, share.viewer)),
        'Nothing.',
      ),
      '',
      'Shared with you:',
      table(
        headings,
        theirs.map((share) => row(share, share.subject)),
        'Nothing.',
      ),
      ...(waiting.length === 0
        ? []
        : [
            '',
            'Waiting for your consent:',
            table(
              headings,
              waiting.map((share) => row(share, share.subject)),
            ),
          ]),
    ].join('\n'),
  )
  return Promise.resolve()
}

async function renew(person: Person, text: string, until: string): Promise<void> {
  const { participant, output } = person
  const expiresAt = untilOf(until, participant.clock())
  const { grant } = shareOf(text, Share.listMine(participant))
  const facts = await sent(person, await Share.renew(participant, { grant, expiresAt }))
  output.result(
    { ok: true, grant, expiresAt, ...facts },
    sentence(`This share ends on ${moment(expiresAt)} now.`, facts),
  )
}

async function consent(person: Person, text: string): Promise<void> {
  const { participant, output } = person
  const { grant } = shareOf(text, [...Share.listAwaitingConsent(participant), ...allShares(person)])
  const facts = await sent(person, await Share.consent(participant, grant))
  output.result({ ok: true, grant, ...facts }, sentence('You consented to this share.', facts))
}

const alsoTheirs =
  'The institution has to consent, too: until then nobody reads it. You and the viewer are told.'

const words: Readonly<Record<string, string>> = {
  live: 'live',
  awaitingConsent: 'waits for the institution’s consent',
  declined: 'the institution did not consent',
  revoked: 'stopped',
  stopped: 'stopped with all others',
  closed: 'relationship closed',
  expired: 'expired',
  notYet: 'not yet begun',
}
