import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Chain, followChain } from '@medrec/client'
import { openParticipant, type Participant } from '@medrec/library'
import type { DemoPerson } from '@medrec/node/people'
import { fromHex, type Hex, Keys, type Network } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import { present } from './check.ts'

/** A person of the story with her own store, chain and keys, as on a device of hers. */
export type Actor = {
  readonly person: DemoPerson
  readonly words: string
  readonly idTag: Hex
  readonly participant: Participant
  /** Her store's file */
  readonly file: string
  /** For each relationship or share the first block of those with which it came into her summary: a busy machine may follow several at once */
  readonly firstSeen: ReadonlyMap<Hex, number>
  close(): Promise<void>
}

/** Whole seconds have no place in the outbox: its deadlines are counted from here. */
export const clock = (): number => Date.now() / 1000

/** Opens a person's device: a SQLite store of her own and her own picture of the chain. */
export async function openActor(options: {
  readonly person: DemoPerson
  readonly entropy: Uint8Array
  readonly network: Network
  readonly folder: string
}): Promise<Actor> {
  const { person, entropy, network, folder } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${person.login}.sqlite`)
  const database = openNodeDatabase(file)
  const chain = await followChain({ network, doors: network.doors, store: openMemoryStore() })
  await chain.synced()
  const keys = Keys.fromEntropy(entropy, fromHex(network.networkId))
  const participant = await openParticipant({ keys, chain, store: database.store, clock })
  return actorOf({ person, words: Keys.toWords(entropy), file, participant, chain, database })
}

/** Puts a device together from its parts. */
export function actorOf(parts: {
  readonly person: DemoPerson
  readonly words: string
  readonly file: string
  readonly participant: Participant
  readonly chain: Chain
  readonly database: NodeDatabase
}): Actor {
  const { person, words, file, participant, chain, database } = parts
  const firstSeen = new Map<Hex, number>()
  let before = participant.summary().head.number - 1
  const look = (): void => {
    const { head, relationships, sharedWithMe } = participant.summary()
    const first = Math.min(before + 1, head.number)
    before = head.number
    for (const id of [
      ...relationships.map((one) => one.id),
      ...sharedWithMe.map(({ grant }) => grant),
    ])
      if (!firstSeen.has(id)) firstSeen.set(id, first)
  }
  participant.subscribe(look)
  look()
  return {
    person,
    words,
    idTag: present('She is registered', participant.me()).idTag,
    participant,
    file,
    firstSeen,
    close: async () => {
      await participant.close()
      await chain.stop()
      database.close()
    },
  }
}
