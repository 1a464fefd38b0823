import { existsSync, renameSync, rmSync } from 'node:fs'
import { Restore } from '@medrec/library'
import { Keys, toHex } from '@medrec/protocol'
import type { Command } from 'commander'
import { NotConfirmedError } from '../participant/errors.ts'
import { askWords } from '../participant/input.ts'
import { type Person, personal, withPerson } from '../participant/open.ts'
import { keepEntropy, newPassphrase, type PersonOptions, placeOf } from '../participant/person.ts'

type RestoreOptions = PersonOptions & {
  readonly wordsFile?: string
  readonly fresh?: boolean
  readonly yes?: boolean
}

/** `medrec restore`: everything back, from the chain and the gatekeepers (paper III-B, SC). */
export function addRestore(program: Command): void {
  personal(
    program
      .command('restore')
      .description('bring everything back from the chain and the institutions'),
  )
    .option(
      '--words-file <file>',
      'your 12 words, when your keys are lost too ("-": standard input)',
    )
    .option('--fresh', 'begin with an empty store; unsent messages are lost')
    .option('--yes', 'do not ask')
    .action((_, command: Command) => run(command.optsWithGlobals<RestoreOptions>()))
}

async function run(options: RestoreOptions): Promise<void> {
  const place = placeOf(options)
  if (options.fresh && !options.yes && existsSync(place.store))
    throw new NotConfirmedError('--fresh empties the local store before it is filled again.')
  const passphrase =
    options.wordsFile === undefined ? undefined : await newPassphrase(place, options)
  const entropy =
    passphrase === undefined ? undefined : Keys.fromWords(await askWords(options.wordsFile))
  const aside = `${place.store}.before-restore`
  const prepare = (): void => {
    if (!options.fresh) return
    // One that was killed left the old store aside, and what it had filled so far is worth nothing.
    if (existsSync(aside)) remove(place.store)
    else move(place.store, aside)
  }
  try {
    await withPerson(
      options,
      async (person) => {
        await restore(person)
        if (entropy && passphrase) keepEntropy(place, passphrase, entropy)
      },
      { entropy, prepare },
    )
  } catch (error) {
    if (options.fresh && existsSync(aside)) move(aside, place.store)
    throw error
  }
  remove(aside)
}

async function restore({ participant, output, signal }: Person): Promise<void> {
  const me = participant.me()
  const { relationships, sharedWithMe, contacts } = participant.summary()
  output.progress(
    `From the chain: ${relationships.length} relationship(s), ${sharedWithMe.length} share(s) with you, ${contacts.length} contact(s).`,
  )
  if (!me) {
    const identity = toHex(participant.keys.identity.address)
    output.result(
      { ok: true, identity, registered: false },
      'These keys are fine, but nobody registered them on this network: there is nothing to bring back.',
    )
    return
  }
  let records = 0
  const refused = await Restore.records(participant, (progress) => {
    if (progress.step !== 'records') return
    records = progress.of
    output.progress(bar(progress))
    signal.throwIfAborted()
  })
  const shares = relationships.reduce((sum, state) => sum + state.shares.length, 0)
  output.result(
    {
      ok: refused.length === 0,
      idTag: me.idTag,
      relationships: relationships.length,
      records,
      shares,
      sharedWithMe: sharedWithMe.length,
      contacts: contacts.length,
      refused: refused.map(({ relationship, pointer, refusal }) => ({
        relationship,
        pointer,
        code: refusal.code,
      })),
    },
    [
      `Everything is back: ${relationships.length} relationship(s), ${records} record(s), ${shares} share(s) given, ${sharedWithMe.length} received, ${contacts.length} contact(s).`,
      ...refused.map(
        ({ relationship, refusal }) =>
          `But of ${relationship.slice(0, 12)} something could not be fetched (${refusal.code}: ${refusal.words}) Run "medrec restore" again later.`,
      ),
    ].join('\n'),
  )
  if (refused.length > 0) process.exitCode = 1
}

function bar({ done, of }: { done: number; of: number }): string {
  const width = 30
  const full = of === 0 ? width : Math.round((width * done) / of)
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${done} of ${of} records`
}

/** The old store is kept until the new one is filled. */
function move(from: string, to: string): void {
  remove(to)
  for (const end of ['', '-wal', '-shm'])
    if (existsSync(from + end)) renameSync(from + end, to + end)
}

function remove(store: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(store + end, { force: true })
}
