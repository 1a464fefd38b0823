import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectRpc, type Rpc, type SealedHeader, sealerOf } from '@medrec/client'
import { type Hex, toHex } from '@medrec/protocol'
import { freePorts } from '../ports.ts'
import { type GethNode, newIdentity, openGeth, type Place } from './GethNode.ts'
import { type Consensus, type Funder, genesisOf, newFunder } from './genesis.ts'

/** A private network of real geth nodes that this process started. */
export type GethNetwork = {
  readonly nodes: readonly GethNode[]
  readonly funder: Funder
  readonly folder: string
  /** A connection to a node, closed with the network. */
  rpc(node: number): Rpc
  stop(): Promise<void>
}

export type NetworkOptions = {
  readonly consensus: 'ethash' | { readonly cliquePeriodSeconds: number }
  /** Where each of the nodes runs; three on loopback unless told. */
  readonly places?: readonly Place[]
  /** The node that mines only what it is handed itself; none unless told. */
  readonly chooser?: number
}

/** The least difficulty that ethash allows: even a busy machine finds a block in a second or two. */
const difficulty = 0x2_0000n
/** Longest wait for an answer: three nodes that mine take turns on a machine with two cores. */
const answerMs = 300_000
/** A quick machine finds several a second; their times would run ahead of the clock, and peers drop such blocks. */
const mostAheadSeconds = 2

/** Starts geth nodes that know each other and nobody else; all of them mine. */
export async function startGethNetwork(options: NetworkOptions): Promise<GethNetwork> {
  const places = options.places ?? (await loopback(3))
  if (options.consensus !== 'ethash') {
    const { cliquePeriodSeconds: periodSeconds } = options.consensus
    return start(places, options, (signers) => ({ kind: 'clique', periodSeconds, signers }))
  }
  const net = await start(places, options, () => ({ kind: 'ethash', difficulty }))
  for (const [i, node] of net.nodes.entries()) await holdBack(node, net.rpc(i))
  await untilMet(net)
  return net
}

/** Each mines alone until they are connected, and all but one lose what they found: nobody is to build on that. */
async function untilMet(net: GethNetwork): Promise<void> {
  const rpcs = net.nodes.map((_, node) => net.rpc(node))
  const isOneChain = async (): Promise<boolean> => {
    const firsts = await Promise.all(rpcs.map((rpc) => blockOf(rpc, 1)))
    return firsts.every((block) => block !== undefined && block.hash === firsts[0]?.hash)
  }
  await Promise.all(rpcs.map((rpc) => headWhere(rpc, isOneChain)))
}

/** Lets a miner rest while its blocks are ahead of the clock. */
async function holdBack(node: GethNode, rpc: Rpc): Promise<void> {
  await rpc.subscribe(['newHeads'], (head) => {
    const ahead = Number((head as BlockJson).timestamp) - Date.now() / 1_000
    if (ahead >= mostAheadSeconds) node.rest(ahead)
  })
}

async function start(
  places: readonly Place[],
  { chooser }: NetworkOptions,
  consensusOf: (signers: readonly Hex[]) => Consensus,
): Promise<GethNetwork> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-geth-'))
  const identities = places.map((place, i) =>
    newIdentity(`node${i + 1}`, join(folder, `node${i + 1}`), place),
  )
  const consensus = consensusOf(identities.map(({ miner }) => toHex(miner.address)))
  const networkId = randomInt(1_000, 2 ** 31)
  const funder = newFunder()
  const genesisFile = join(folder, 'genesis.json')
  writeFileSync(genesisFile, JSON.stringify(genesisOf(networkId, consensus, funder)))
  const nodes = identities.map((identity, i) =>
    openGeth(identity, {
      isChoosing: i === chooser,
      ...{ networkId, genesisFile, consensus },
      peers: identities.filter((other) => other !== identity),
    }),
  )
  const connections = new Map<number, Rpc>()
  const stop = async (): Promise<void> => {
    await Promise.all([...connections.values()].map((rpc) => rpc.close()))
    await Promise.all(nodes.map((node) => node.stop()))
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
  try {
    await Promise.all(nodes.map((node) => node.start()))
  } catch (error) {
    await stop()
    throw error
  }
  const rpc = (node: number): Rpc => {
    const known =
      connections.get(node) ?? connectRpc((nodes[node] as GethNode).url, { timeoutMs: answerMs })
    connections.set(node, known)
    return known
  }
  return { nodes, funder, folder, rpc, stop }
}

/** A block as JSON-RPC tells it, the members used here. */
export type Block = {
  readonly number: number
  readonly hash: Hex
  /** Whom it is credited to: the miner, or Clique's signer */
  readonly miner: Hex
  readonly time: number
}

type BlockJson = SealedHeader & { number: Hex; hash: Hex; timestamp: Hex }

export async function blockOf(rpc: Rpc, block: number | 'latest'): Promise<Block | undefined> {
  const name = block === 'latest' ? block : toQuantity(block)
  const found = await rpc.request<BlockJson | null>('eth_getBlockByNumber', [name, false])
  return found ? toBlock(found) : undefined
}

/** Resolves with the first head, from now on, for which something holds; hears of heads by subscription. */
export async function headWhere(
  rpc: Rpc,
  holds: (head: Block) => boolean | Promise<boolean>,
): Promise<Block> {
  let end: () => void = () => undefined
  try {
    return await new Promise<Block>((resolve, reject) => {
      const look = async (): Promise<void> => {
        const head = await blockOf(rpc, 'latest')
        if (head && (await holds(head))) resolve(head)
      }
      const listen = async (): Promise<void> => {
        end = await rpc.subscribe(['newHeads'], () => look().catch(reject))
        await look()
      }
      listen().catch(reject)
    })
  } finally {
    end()
  }
}

/** Resolves when a node's chain holds a block, which it may have got from another one. */
export async function untilHeld(rpc: Rpc, { number, hash }: Block): Promise<void> {
  await headWhere(rpc, async () => (await blockOf(rpc, number))?.hash === hash)
}

export async function blockByHash(rpc: Rpc, hash: Hex): Promise<Block | undefined> {
  const found = await rpc.request<BlockJson | null>('eth_getBlockByHash', [hash, false])
  return found ? toBlock(found) : undefined
}

function toQuantity(number: number): Hex {
  return `0x${number.toString(16)}`
}

function toBlock(block: BlockJson): Block {
  const { number, hash, timestamp } = block
  return { number: Number(number), hash, miner: sealerOf(block), time: Number(timestamp) }
}

/** Free places on this machine. */
export async function loopback(count: number): Promise<readonly Place[]> {
  const ports = await freePorts(3 * count)
  return Array.from({ length: count }, (_, i) => {
    const [peer, rpc, unused] = ports.slice(3 * i, 3 * i + 3) as [number, number, number]
    return {
      peerAddress: '127.0.0.1',
      rpcAddress: '127.0.0.1',
      enter: [],
      ports: { peer, rpc, unused },
      neighbours: '127.0.0.0/8',
    }
  })
}
