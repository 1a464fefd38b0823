import type { Chain } from '@medrec/client'
import { deviceKeys, Notifications, openParticipant } from '@medrec/library'
import type { Keys } from '@medrec/protocol'
import { now } from '../../ui/dates.ts'
import type { PortalConfig, Progress } from '../entrance.ts'
import type { Session } from '../model.ts'
import { actingOf } from './acting.ts'
import type { Keep } from './chain.ts'
import { looksOf } from './events.ts'
import { nextPart } from './longRecords.ts'
import { openShared } from './openShared.ts'
import { proofOf } from './proofs.ts'
import { RecordBook } from './RecordBook.ts'
import { SnapshotKeeper } from './SnapshotKeeper.ts'
import { wishesOf } from './wishes.ts'

type Options = {
  readonly portal: PortalConfig
  readonly keys: Keys.Keys
  readonly chain: Chain
  readonly keep: Keep
  readonly name: string
  readonly onProgress: (progress: Progress) => void
}

/** A person's session on the real network: facts by subscription, wishes by the library. */
export async function openSession(options: Options): Promise<Session> {
  const { chain, keep, onProgress } = options
  onProgress({ step: 'reading' })
  const participant = await openParticipant({
    keys: options.keys,
    chain,
    store: keep.ownStore,
    clock: now,
    deviceKey: deviceKeys(),
  })
  const book = new RecordBook(participant, () => keeper.renew())
  const keeper = new SnapshotKeeper({ participant, book, ...options })
  await book.openKept()
  const first = book.refresh({
    progress: (done, total) => onProgress({ step: 'fetching', done, total }),
  })
  if (book.sets().length === 0) await first
  await keeper.open()
  onProgress({ step: 'ready' })
  const leave = async (): Promise<void> => {
    keeper.close()
    book.close()
    await participant.close()
    await chain.stop()
  }
  return {
    snapshot: () => keeper.snapshot(),
    subscribe: (listener) => keeper.subscribe(listener),
    look: (relationship) => book.look(relationship),
    refresh: () => book.refresh({ force: true }),
    ...wishesOf(participant, () => book.sets()),
    ...actingOf(participant),
    nextPart: (set, after, signal) => nextPart(participant, set, { after, signal }),
    saveProof: (set, saving) => proofOf(participant, set, saving),
    openShared: (share, left) => openShared(participant, share, left),
    looks: () => looksOf(participant, book.sets(), options.name),
    async markSeen() {
      const all = await Notifications.list(participant)
      await Notifications.markSeen(
        participant,
        all.map(({ id }) => id),
      )
      keeper.renew()
    },
    async end() {
      await leave()
      await keep.release()
    },
    async wipe() {
      await leave()
      await keep.ownStore.clear()
      await keep.chainStore.clear()
      await keep.release()
    },
  }
}
