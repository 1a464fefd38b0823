import { type Chain, type FollowOptions, followChain } from '@medrec/client'
import { fromHex, type Hex, Keys, type Network } from '@medrec/protocol'
import type { Store } from '@medrec/records'
import type { Refusal } from './access.ts'
import {
  NotRegisteredError,
  openParticipant,
  type Participant,
  type ParticipantOptions,
} from './Participant.ts'
import * as Query from './Query.ts'

/** How far a restore has come. */
export type Progress =
  | { readonly step: 'chain'; readonly block: number; readonly of: number }
  | { readonly step: 'summary'; readonly relationships: number }
  | { readonly step: 'records'; readonly done: number; readonly of: number }

export type Restored = { readonly participant: Participant; readonly chain: Chain }

/**
 * Brings everything back from 12 words and any copy of the chain (paper III-B, SC: "restore"). Throws
 * WordsError for words that are none, NotRegisteredError for words of nobody on this network.
 */
export async function fromWords(options: {
  readonly words: string
  readonly network: Network
  readonly doors?: FollowOptions['doors']
  /** For the chain as it is followed. */
  readonly chainStore: Store
  readonly store: Store
  /** Unix seconds */
  readonly clock: () => number
  readonly progress?: (progress: Progress) => void
  readonly more?: Partial<ParticipantOptions>
}): Promise<Restored> {
  const { network, clock, store } = options
  const entropy = Keys.fromWords(options.words)
  const keys = Keys.fromEntropy(entropy, fromHex(network.networkId, 32))
  const chain = await followChain({
    doors: options.doors ?? network.doors,
    network,
    store: options.chainStore,
    clock: () => clock() * 1000,
    progress: (block, of) => options.progress?.({ step: 'chain', block, of }),
  })
  await chain.synced()
  const participant = await openParticipant({ keys, chain, store, clock, ...options.more })
  if (!participant.me()) {
    await participant.close()
    await chain.stop()
    throw new NotRegisteredError()
  }
  const { relationships } = participant.summary()
  options.progress?.({ step: 'summary', relationships: relationships.length })
  return { participant, chain }
}

/** Fetches the newest version of everything we may read from the gatekeepers; what was refused is told. */
export async function records(
  participant: Participant,
  progress?: (progress: Progress) => void,
): Promise<
  readonly { readonly relationship: Hex; readonly pointer?: Hex; readonly refusal: Refusal }[]
> {
  const refused: { relationship: Hex; pointer?: Hex; refusal: Refusal }[] = []
  const wanted: { relationship: Hex; pointer: Hex }[] = []
  for (const { id: relationship, role, status } of participant.summary().relationships) {
    // Of what she declined nobody reads anything (docs/protocol.md 8.1).
    if (role !== 'subject' || status === 'rejected') continue
    const index = await Query.index(participant, { relationship })
    if (!index.ok) refused.push({ relationship, refusal: index })
    else for (const { pointer } of index.index.pointers) wanted.push({ relationship, pointer })
  }
  for (const [done, { relationship, pointer }] of wanted.entries()) {
    progress?.({ step: 'records', done, of: wanted.length })
    const read = await Query.read(participant, { relationship, pointer, purpose: 0 })
    if (!read.ok) refused.push({ relationship, pointer, refusal: read })
  }
  progress?.({ step: 'records', done: wanted.length, of: wanted.length })
  return refused
}
