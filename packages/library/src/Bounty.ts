import { type Offer, type SealedHeader, sealerOf } from '@medrec/client'
import type { Hex } from '@medrec/protocol'
import { registered } from './letters.ts'
import type { Participant } from './Participant.ts'

/** A block and whom it is credited to. */
export type MinedBlock = {
  readonly number: number
  readonly hash: Hex
  /** Unix seconds */
  readonly time: number
  readonly coinbase: Hex
  /** idTag of the researcher, if it is one's. */
  readonly researcher: Hex | undefined
  readonly mine: boolean
}

/** Bounties that blocks credited to us own, newest first (paper III-D). */
export function list(participant: Participant): readonly Offer[] {
  const { idTag } = registered(participant)
  const view = participant.chain.view()
  return view
    .offers()
    .filter(({ owner }) => view.researcherOf(owner) === idTag)
    .toSorted((a, b) => b.block.number - a.block.number)
}

/** The newest blocks with their coinbase, newest first; asks the door in use. */
export async function recentBlocks(
  participant: Participant,
  count: number,
): Promise<readonly MinedBlock[]> {
  const { idTag } = registered(participant)
  const view = participant.chain.view()
  const rpc = participant.chain.rpc()
  const numbers = Array.from({ length: count }, (_, i) => view.head.number - i).filter(
    (number) => number >= 0,
  )
  const blocks = await Promise.all(
    numbers.map((number) =>
      rpc.request<(SealedHeader & { number: Hex; hash: Hex; timestamp: Hex }) | null>(
        'eth_getBlockByNumber',
        [`0x${number.toString(16)}`, false],
      ),
    ),
  )
  return blocks
    .filter((block) => block !== null)
    .map((block) => {
      const coinbase = sealerOf(block)
      const researcher = view.researcherOf(coinbase)
      return {
        number: Number(block.number),
        hash: block.hash,
        time: Number(block.timestamp),
        coinbase,
        researcher,
        mine: researcher === idTag,
      }
    })
}
