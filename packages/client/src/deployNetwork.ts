import { ledgerAbi, ledgerBytecode, registrarAbi, registrarBytecode } from '@medrec/contracts'
import { type Hex, MedrecError, type Network, toHex } from '@medrec/protocol'
import { encodeDeployData } from 'viem'
import type { Rpc } from './rpc.ts'
import { createSender, type Sender, waitForReceipt } from './transactions.ts'

/** An institution that founds a network: its keys, as in a registration. */
export type Founder = {
  readonly idTag: Uint8Array
  readonly identity: Uint8Array
  /** x | y, 64 bytes */
  readonly spendKey: Uint8Array
  readonly viewKey: Uint8Array
}

export type DeployOptions = {
  readonly rpc: Rpc
  /** Pays for the deployment, 32 bytes. */
  readonly funderKey: Uint8Array
  readonly networkId: Uint8Array
  readonly founders: readonly Founder[]
  readonly name: string
  readonly engine: Network['engine']
  readonly confirmations: number
  readonly doors: readonly string[]
}

/** Founds a network: deploys Registrar and Ledger and describes them (paper III-B). Throws DeployFailedError. */
export async function deployNetwork(options: DeployOptions): Promise<Network> {
  const { rpc } = options
  const sender = createSender({ rpc: () => rpc, privateKey: options.funderKey })
  const networkId = toHex(options.networkId)
  const registrar = await deploy(
    rpc,
    sender,
    encodeDeployData({
      abi: registrarAbi,
      bytecode: registrarBytecode,
      args: [networkId, options.founders.map(toRegistration)],
    }),
  )
  const ledger = await deploy(
    rpc,
    sender,
    encodeDeployData({
      abi: ledgerAbi,
      bytecode: ledgerBytecode,
      args: [registrar.address, networkId],
    }),
  )
  return {
    name: options.name,
    networkId,
    chainId: Number(await rpc.request<Hex>('eth_chainId')),
    registrar: registrar.address,
    ledger: ledger.address,
    startBlock: registrar.block,
    engine: options.engine,
    confirmations: options.confirmations,
    doors: options.doors,
  }
}

async function deploy(
  rpc: Rpc,
  sender: Sender,
  data: Hex,
): Promise<{ readonly address: Hex; readonly block: number }> {
  const hash = await sender.submit({ data })
  const receipt = await waitForReceipt(rpc, hash)
  if (receipt.status !== '0x1' || !receipt.contractAddress) throw new DeployFailedError(hash)
  return {
    address: receipt.contractAddress.toLowerCase() as Hex,
    block: Number(receipt.blockNumber),
  }
}

function toRegistration(founder: Founder): {
  idTag: Hex
  identity: Hex
  spendX: Hex
  spendY: Hex
  viewKey: Hex
  version: number
} {
  return {
    idTag: toHex(founder.idTag),
    identity: toHex(founder.identity),
    spendX: toHex(founder.spendKey.slice(0, 32)),
    spendY: toHex(founder.spendKey.slice(32)),
    viewKey: toHex(founder.viewKey),
    version: 1,
  }
}

/** The transaction that deploys a contract was refused by the chain. */
export class DeployFailedError extends MedrecError {
  readonly code = 'DEPLOY_FAILED'
  constructor(hash: Hex) {
    super('A contract could not be deployed.', { facts: [`Transaction: ${hash}`] })
  }
}
