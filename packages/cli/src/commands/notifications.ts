import { Notifications, type Participant } from '@medrec/library'
import type { Command } from 'commander'
import { nameOf } from '../participant/lookups.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { moment, short, table } from '../participant/table.ts'

type ListOptions = PersonOptions & {
  readonly new?: boolean
  readonly untilNew?: boolean
  readonly markSeen?: boolean
}

/** `medrec notifications`: what wants a look (paper III-C.2). */
export function addNotifications(program: Command): void {
  personal(
    program.command('notifications').description('what is new and wants a look, newest first'),
  )
    .option('--new', 'only those that were not seen on this device')
    .option('--until-new', 'wait until there is one that was not seen; Ctrl-C ends it')
    .option('--mark-seen', 'mark those shown as seen')
    .action((_, command: Command) => {
      const options = command.optsWithGlobals<ListOptions>()
      return withPerson(options, (person) => list(person, options))
    })
}

async function list(person: Person, options: ListOptions): Promise<void> {
  const { participant, output } = person
  const all = await (options.untilNew ? untilNew : Notifications.list)(participant)
  const shown = options.new ? all.filter(({ seen }) => !seen) : all
  if (options.markSeen)
    await Notifications.markSeen(
      participant,
      shown.map(({ id }) => id),
    )
  output.result(
    { notifications: shown },
    table(
      ['when', 'what', 'from', 'about', ''],
      shown.map((one) => [
        moment(one.at),
        words[one.kind],
        nameOf(person, one.from),
        short(one.grant ?? one.relationship ?? ''),
        one.seen ? '' : 'new',
      ]),
      'Nothing is new.',
    ),
  )
}

/** The list as soon as something in it was not seen; looks after each change of the summary. */
function untilNew(participant: Participant): Promise<readonly Notifications.Notification[]> {
  return new Promise((resolve, reject) => {
    const look = async (): Promise<void> => {
      const all = await Notifications.list(participant)
      if (!all.some(({ seen }) => !seen)) return
      stop()
      resolve(all)
    }
    const lookNow = (): void => {
      look().catch(reject)
    }
    const stop = participant.subscribe(lookNow)
    lookNow()
  })
}

const words: Readonly<Record<Notifications.Notification['kind'], string>> = {
  proposal: 'asks to keep records with you',
  update: 'changed your record',
  answered: 'answered your proposal',
  acknowledged: 'saw a record',
  saidWrong: 'says that a record is wrong',
  closedBySteward: 'ended the relationship',
  closedBySubject: 'ended the relationship',
  shared: 'shares with you',
  shareEnded: 'ended a share with you',
  consentWanted: 'wants your consent to a share',
  consented: 'consented to a share',
  consentDeclined: 'did not consent to a share',
  emergency: 'opened your records in an emergency',
  delegated: 'lets you act for her',
  delegationEnded: 'does not let you act for her any more',
  sharedByDelegate: 'shared your records for you',
  contactChanged: 'has other keys: meet again before sharing',
}
