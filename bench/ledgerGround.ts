import { ledgerAbi, ledgerBytecode, registrarAbi, registrarBytecode } from '@medrec/contracts'
import {
  type Account,
  accountOf,
  compactOf,
  type Domain,
  fromHex,
  type Hex,
  random,
  signStatement,
  toHex,
} from '@medrec/protocol'
import { type Abi, encodeDeployData, encodeFunctionData, toEventSelector } from 'viem'
import type { RawAnvil } from './rawAnvil.ts'

/** First of the accounts that every anvil knows; it pays. */
const payer = accountOf(
  fromHex('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'),
)
export const zeros: Uint8Array = new Uint8Array(32)

/** A bare engine and the unlocked account that pays. */
export type Ground = { readonly anvil: RawAnvil; readonly from: Hex; readonly chainId: number }

/** A ledger with one founding institution, whose relay is the paying account. */
export type LedgerGround = Ground & {
  readonly ledger: Hex
  readonly domain: Domain
  readonly steward: Uint8Array
  readonly anchorKey: Account
}

/** The bare engine's first account, ready to deploy from. */
export async function groundOf(anvil: RawAnvil): Promise<Ground> {
  const [from] = await anvil.call<Hex[]>('eth_accounts')
  const chainId = Number(await anvil.call<Hex>('eth_chainId'))
  return { anvil, from: from as Hex, chainId }
}

/** Deploys Registrar and Ledger with one institution. */
export async function deployLedger(ground: Ground): Promise<LedgerGround> {
  const networkId = toHex(random(32))
  const [identity, spend, anchorKey] = [
    accountOf(random(32)),
    accountOf(random(32)),
    accountOf(random(32)),
  ]
  const steward = random(32)
  const founder = {
    idTag: toHex(steward),
    identity: toHex(identity.address),
    spendX: toHex(spend.publicKey.slice(0, 32)),
    spendY: toHex(spend.publicKey.slice(32)),
    viewKey: toHex(random(32)),
    version: 1,
  }
  const registrar = await deploy(ground, registrarAbi as Abi, registrarBytecode, [
    networkId,
    [founder],
  ])
  const ledger = await deploy(ground, ledgerAbi as Abi, ledgerBytecode, [
    registrar.address,
    networkId,
  ])
  const domain: Domain = {
    chainId: ground.chainId,
    verifyingContract: registrar.address,
    salt: networkId,
  }
  const profile = {
    name: 'Bench',
    url: 'http://localhost',
    pin: zeros,
    pinNext: zeros,
    catalogueHash: zeros,
    anchorKey: anchorKey.address,
    sequence: 1,
  }
  const profileSignature = signStatement(identity, domain, 'Profile', {
    idTag: steward,
    ...profile,
  })
  const relay = { institution: steward, account: fromHex(ground.from), allowed: true, sequence: 1 }
  const relaySignatures = [identity, payer].map((by) => signStatement(by, domain, 'Relay', relay))
  const call = (functionName: string, args: readonly unknown[]): Promise<Cost> =>
    send(
      ground,
      registrar.address,
      fromHex(encodeFunctionData({ abi: registrarAbi as Abi, functionName, args })),
    )
  const hexProfile = {
    ...profile,
    idTag: toHex(steward),
    pin: toHex(zeros),
    pinNext: toHex(zeros),
    catalogueHash: toHex(zeros),
    anchorKey: toHex(anchorKey.address),
  }
  await call('setProfile', [toHex(steward), hexProfile, compactOf(profileSignature)])
  await call('setRelay', [toHex(steward), ground.from, true, 1, ...relaySignatures.map(compactOf)])
  return {
    ...ground,
    ledger: ledger.address,
    domain: { ...domain, verifyingContract: ledger.address },
    steward,
    anchorKey,
  }
}

/** Deploys a contract. */
export async function deploy(
  ground: Ground,
  abi: Abi,
  bytecode: Hex,
  args: readonly unknown[],
): Promise<Cost & { address: Hex }> {
  const receipt = await transact(ground, { data: encodeDeployData({ abi, bytecode, args }) })
  const slots = await newSlots(ground, receipt.transactionHash)
  return { address: receipt.contractAddress as Hex, gas: Number(receipt.gasUsed), slots }
}

/** Gas of a transaction, and the storage slots that it made. */
export type Cost = { readonly gas: number; readonly slots: number }

/** Sends calldata and tells what it cost; throws when the ledger rejected anything. */
export async function send(ground: Ground, to: Hex, data: Uint8Array): Promise<Cost> {
  const receipt = await transact(ground, { to, data: toHex(data) })
  if (receipt.logs.some((log) => log.topics[0] === rejectedTopic))
    throw new Error('the ledger rejected an operation that this benchmark measures')
  return { gas: Number(receipt.gasUsed), slots: await newSlots(ground, receipt.transactionHash) }
}

/** The Ledger's event for a record that changed nothing. */
export const rejectedTopic: Hex = toEventSelector('Rejected(uint256,bytes4)')

type Receipt = {
  status: Hex
  gasUsed: Hex
  transactionHash: Hex
  contractAddress: Hex | null
  logs: readonly { topics: readonly Hex[] }[]
}

async function transact(ground: Ground, transaction: { to?: Hex; data: Hex }): Promise<Receipt> {
  const hash = await ground.anvil.call<Hex>('eth_sendTransaction', [
    { from: ground.from, gas: '0x1dcd6500', ...transaction },
  ])
  await ground.anvil.call('evm_mine')
  const receipt = await ground.anvil.call<Receipt | null>('eth_getTransactionReceipt', [hash])
  if (receipt?.status !== '0x1') throw new Error('a transaction of this benchmark failed')
  return receipt
}

type Changes = Readonly<Record<Hex, { readonly storage?: Readonly<Record<Hex, Hex>> }>>

/** Slots that hold something after the transaction and nothing before it. */
async function newSlots(ground: Ground, transaction: Hex): Promise<number> {
  const { pre, post } = await ground.anvil.call<{ pre: Changes; post: Changes }>(
    'debug_traceTransaction',
    [transaction, { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }],
  )
  const held = (word: Hex | undefined): boolean => word !== undefined && BigInt(word) !== 0n
  return Object.entries(post).reduce((sum, [address, { storage = {} }]) => {
    const before = pre[address as Hex]?.storage ?? {}
    const made = Object.entries(storage).filter(
      ([slot, word]) => held(word) && !held(before[slot as Hex]),
    )
    return sum + made.length
  }, 0)
}
