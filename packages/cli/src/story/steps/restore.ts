import { rmSync } from 'node:fs'
import { Query, Restore, Results, type SummaryState } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { openNodeDatabase } from '@medrec/records/node'
import { type Actor, actorOf, clock } from '../Actor.ts'
import { check, checkSame, checkThat } from '../check.ts'
import type { World } from '../World.ts'
import type { Received } from './receive.ts'

/** What the fifth step leaves for the others. */
export type RestoredDevice = {
  readonly facts: Readonly<Record<string, unknown>>
  readonly patient: Actor
}

/** 5: her device is wiped; 12 words bring everything back, from the chain and the gatekeepers. */
export async function restore(
  world: World,
  { declined }: Pick<Received, 'declined'>,
): Promise<RestoredDevice> {
  const { patient, network } = world
  const before = withoutHead(patient.participant.summary())
  const records = await cacheOf(patient)
  const { words, file, person } = patient
  check('She has twelve words', 12, words.split(' ').length)
  await patient.close()
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true })
  const database = openNodeDatabase(file)
  const { participant, chain } = await Restore.fromWords({
    words,
    network,
    chainStore: openMemoryStore(),
    store: database.store,
    clock,
  })
  const restored = actorOf({ person, words, file, participant, chain, database })
  try {
    const after = withoutHead(participant.summary())
    checkThat('Her cache is empty', (await cacheOf(restored)).size === 0)
    checkSame('The summary is as it was', before, after)
    const refused = await Restore.records(participant)
    check(
      'What she declined is declined, and nobody is asked for it',
      'rejected',
      after.relationships.find(({ id }) => id === declined)?.status,
    )
    check(
      'Every gatekeeper answers',
      [],
      refused.map(({ relationship, refusal }) => [relationship, refusal.code]),
    )
    const again = await cacheOf(restored)
    for (const [key, rows] of records) checkSame('A record is as it was', rows, again.get(key))
    return {
      facts: {
        words: 12,
        summaryEqual: true,
        relationships: after.relationships.length,
        shares: after.relationships.reduce((sum, { shares }) => sum + shares.length, 0),
        contacts: after.contacts.length,
        recordsReadAgain: again.size,
      },
      patient: restored,
    }
  } catch (error) {
    await restored.close()
    throw error
  }
}

/** The head goes on while a device is restored; everything else is what the notes and slots say. */
function withoutHead(summary: SummaryState): Omit<SummaryState, 'head'> {
  const { head: _, ...rest } = summary
  return rest
}

/** Newest rows of every record that her store holds. */
async function cacheOf({ participant }: Actor): Promise<ReadonlyMap<Hex, unknown>> {
  const found = new Map<Hex, unknown>()
  for (const { id: relationship, role, pointers } of participant.summary().relationships) {
    if (role !== 'subject') continue
    for (const { id: pointer } of pointers) {
      const kept = await Results.latest(participant, { relationship, pointer })
      if (kept) found.set(pointer, { version: kept.version, rows: Query.rowsOf(kept) })
    }
  }
  return found
}
