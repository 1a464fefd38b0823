import { Share } from '@medrec/library'
import type { Command } from 'commander'
import { nameOf, shareOf } from '../participant/lookups.ts'
import { personal, withPerson } from '../participant/open.ts'
import type { PersonOptions } from '../participant/person.ts'
import { sent, sentence } from '../participant/sending.ts'

type RevokeOptions = PersonOptions & { readonly reason?: string }

/** `medrec revoke`: stops a share for ever (docs/protocol.md 4). */
export function addRevoke(program: Command): void {
  personal(program.command('revoke <share>').description('stop a share, for ever'))
    .option('--reason <text>', 'why; the viewer reads it')
    .action((text: string, _, command: Command) => {
      const options = command.optsWithGlobals<RevokeOptions>()
      return withPerson(options, async (person) => {
        const { participant, output } = person
        const { grant, viewer } = shareOf(text, Share.listMine(participant))
        const { reason } = options
        const submission = await Share.revoke(participant, {
          grant,
          ...(reason !== undefined && { reason }),
        })
        const facts = await sent(person, submission)
        const done = `${nameOf(person, viewer)} can read nothing of this share any more.`
        output.result({ ok: true, grant, ...facts }, sentence(done, facts))
      })
    })
}
