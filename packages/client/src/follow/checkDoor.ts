import { ledgerAbi } from '@medrec/contracts'
import { fromHex, type Hex, MedrecError, type Network, RetryableError } from '@medrec/protocol'
import { encodeFunctionData } from 'viem'
import { type Streams, streamOf } from '../fold/stream.ts'
import type { Rpc } from '../rpc.ts'
import { readHeader } from './blocks.ts'

const headCall = encodeFunctionData({ abi: ledgerAbi, functionName: 'head' })
const networkIdCall = encodeFunctionData({ abi: ledgerAbi, functionName: 'networkId' })
const registrarCall = encodeFunctionData({ abi: ledgerAbi, functionName: 'registrar' })

/** Makes sure that a door shows the network we mean. Throws WrongChainError, DoorSyncingError, Rpc...Error. */
export async function checkDoor(rpc: Rpc, network: Network): Promise<void> {
  const chainId = Number(await rpc.request<Hex>('eth_chainId'))
  if (chainId !== network.chainId)
    throw new WrongChainError(rpc.url, 'chain id', network.chainId, chainId)
  for (const address of [network.registrar, network.ledger]) {
    const id = await call(rpc, address, networkIdCall)
    if (id === '0x') await requireSynced(rpc, network)
    if (id !== network.networkId)
      throw new WrongChainError(rpc.url, `network id at ${address}`, network.networkId, id)
  }
  const answer = await call(rpc, network.ledger, registrarCall)
  const registrar = `0x${answer.slice(-40)}`
  if (registrar !== network.registrar)
    throw new WrongChainError(rpc.url, 'registrar of the ledger', network.registrar, registrar)
}

/** Throws DoorSyncingError while the engine has not come as far as the block that our contracts begin with. */
async function requireSynced(rpc: Rpc, network: Network): Promise<void> {
  const number = (await readHeader(rpc, 'latest'))?.number ?? 0
  if (number < network.startBlock) throw new DoorSyncingError(rpc.url, network.startBlock, number)
}

/** Both contracts' running heads at a block. */
export async function readStreams(rpc: Rpc, network: Network, block: number): Promise<Streams> {
  const addresses = [network.registrar, network.ledger]
  const [registrar, ledger] = await rpc.together(() =>
    Promise.all(addresses.map((address) => call(rpc, address, headCall, block))),
  )
  return {
    registrar: streamOf(fromHex(registrar as Hex, 64)),
    ledger: streamOf(fromHex(ledger as Hex, 64)),
  }
}

function call(rpc: Rpc, to: Hex, data: Hex, block?: number): Promise<Hex> {
  const at = block === undefined ? 'latest' : `0x${block.toString(16)}`
  return rpc.request<Hex>('eth_call', [{ to, data }, at])
}

/** A door shows another chain, or another network on the same chain. */
export class WrongChainError extends MedrecError {
  readonly code = 'WRONG_CHAIN'
  constructor(url: string, what: string, wanted: unknown, found: unknown) {
    super('This door shows another network than ours.', {
      facts: [`Address: ${url}`, `Differs: ${what}`, `Wanted: ${wanted}`, `Found: ${found}`],
    })
  }
}

/** The engine behind a door has not come as far yet as the block that our contracts begin with. */
export class DoorSyncingError extends RetryableError {
  readonly code = 'DOOR_SYNCING'
  constructor(url: string, wanted: number, found: number) {
    super('The engine behind this door is still fetching the chain.', {
      facts: [`Address: ${url}`, `Our network begins at block: ${wanted}`, `It is at: ${found}`],
    })
  }
}
