import { resolve } from 'node:path'
import { compareBlocks } from '@medrec/client'
import type { ProvenProof } from '@medrec/library'
import { readNetwork } from '@medrec/node'
import type { Network } from '@medrec/protocol'
import { UsageError } from '../output.ts'
import { DoorBehindError, ProofBrokenError } from './errors.ts'

/** With what blocks are compared: a network's door, or hashes that the reader knows. */
export type Compared = { readonly network?: string; readonly block?: readonly string[] }

/** What a proof rests on. */
type Rested = Pick<ProvenProof, 'network' | 'blocks'>

/** What was compared of a proof. */
export type Confirmed = {
  /** Who says that all its blocks belong to the chain; undefined when nobody was asked. */
  readonly blocks: string | undefined
  /** Whether its contracts are those of a network's description: anybody may put others on the same chain. */
  readonly contracts: boolean
}

/** Compares what a proof rests on. Throws ProofBrokenError, DoorBehindError, UsageError, Rpc...Error. */
export async function confirmedBlocks(
  proof: Rested,
  { network: file, block }: Compared,
): Promise<Confirmed> {
  const known = new Set((block ?? []).map((hash) => hash.toLowerCase()))
  for (const hash of known)
    if (!/^0x[0-9a-f]{64}$/.test(hash)) throw new UsageError('--block: 0x and 64 hex digits.')
  const strange = proof.blocks.filter(({ hash }) => !known.has(hash))
  const network = file === undefined ? undefined : readNetwork(resolve(file))
  for (const name of ['networkId', 'chainId', 'registrar', 'ledger'] as const)
    if (network && network[name] !== proof.network[name])
      throw new ProofBrokenError('OTHER_NETWORK', 'The proof is of another network than the file.')
  const contracts = network !== undefined
  if (known.size > 0 && strange.length === 0) return { blocks: 'you', contracts }
  return { blocks: network && (await askedDoor(network, strange)), contracts }
}

/** What a reader may rely on of blocks and contracts, and what is left to compare. */
export function comparedClaims(
  { network, blocks }: Rested,
  { blocks: teller, contracts }: Confirmed,
): { readonly proven: readonly string[]; readonly notProven: readonly string[] } {
  const list = blocks.map(({ number, hash }) => `${number} ${hash}`).join(', ')
  const ours = `registrar ${network.registrar}, ledger ${network.ledger}`
  const chain = `chain ${network.chainId}, ${ours}`
  if (teller === undefined)
    return {
      proven: [],
      notProven: [
        `That these blocks belong to the chain you mean (${chain}): ${list}. Compare them, or use --network or --block.`,
      ],
    }
  return {
    proven: [`These blocks belong to the chain, as told by ${teller}: ${list}.`],
    notProven: contracts
      ? []
      : [
          `That these contracts are those of the network you mean (${ours}): anybody may put others on the same chain. Compare them, or use --network.`,
        ],
  }
}

async function askedDoor(network: Network, blocks: Rested['blocks']): Promise<string> {
  if (network.doors.length === 0) throw new UsageError('--network: its description names no door.')
  const said = await compareBlocks(network.doors, blocks)
  if (said.state === 'found') return said.door
  if (said.state === 'unknown') throw said.cause
  if (said.state === 'behind') throw new DoorBehindError(said.door, said.block)
  throw new ProofBrokenError(
    'BLOCK_FOREIGN',
    `Block ${said.block} of the proof is not part of the chain that the door shows.`,
  )
}
