import {
  connectRpc,
  createSender,
  type Rpc,
  RpcRefusedError,
  type Sender,
  TransactionRevertsError,
  waitForReceipt,
} from '@medrec/client'
import { registrarAbi } from '@medrec/contracts'
import { type Hex, type Network, toHex } from '@medrec/protocol'
import { toFunctionSelector } from 'viem'
import { readRegistrar, roles } from '../registrarCalls.ts'
import { NetworkNotOnChainError, OutOfFundsError, RegistrarRefusedError } from './errors.ts'

/** Longest wait for an answer: nothing is asked twice, and a busy engine answers late. */
const answerMs = 60_000

/** A connection over which one account pays for calls of the Registrar. */
export type RegistrarSession = {
  readonly rpc: Rpc
  readonly sender: Sender
  readonly network: Network
}

/** What is known of a role: held, and the votes of the round that runs now. */
export type Ballot = {
  readonly isCertified: boolean
  readonly round: number
  readonly votes: number
  readonly institutions: number
}

/** Opens a chain for one piece of work and closes the connection whatever happens. */
export async function withRpc<T>(url: string, work: (rpc: Rpc) => Promise<T>): Promise<T> {
  const rpc = connectRpc(url, { reconnect: false, timeoutMs: answerMs })
  try {
    await rpc.request('eth_chainId')
    return await work(rpc)
  } finally {
    await rpc.close()
  }
}

/** A session on a network whose contracts are on this chain. Throws NetworkNotOnChainError. */
export async function openSession(options: {
  rpc: Rpc
  network: Network
  privateKey: Uint8Array
  file: string
}): Promise<RegistrarSession> {
  const { rpc, network, privateKey, file } = options
  const [chainId, code] = await Promise.all([
    rpc.request<Hex>('eth_chainId'),
    rpc.request<Hex>('eth_getCode', [network.registrar, 'latest']),
  ])
  if (Number(chainId) !== network.chainId || code === '0x')
    throw new NetworkNotOnChainError(file, rpc.url)
  return { rpc, network, sender: createSender({ rpc: () => rpc, privateKey }) }
}

/** Sends a call and waits for its block. Throws RegistrarRefusedError, OutOfFundsError. */
export async function perform(
  { rpc, sender }: Pick<RegistrarSession, 'rpc' | 'sender'>,
  what: string,
  call: { to: Hex; data?: Hex; value?: bigint },
): Promise<void> {
  const receipt = await waitForReceipt(rpc, await submit({ rpc, sender }, what, call))
  if (receipt.status !== '0x1') throw new RegistrarRefusedError(what, receipt.transactionHash)
}

async function submit(
  { rpc, sender }: Pick<RegistrarSession, 'rpc' | 'sender'>,
  what: string,
  call: { to: Hex; data?: Hex; value?: bigint },
): Promise<Hex> {
  try {
    return await sender.submit(call)
  } catch (error) {
    if (error instanceof TransactionRevertsError)
      throw new RegistrarRefusedError(what, errorNamed(error.selector))
    if (error instanceof RpcRefusedError && /funds|balance/i.test(error.reason))
      throw new OutOfFundsError(sender.address, await balanceOf(rpc, sender.address))
    throw error
  }
}

/** How a role stands. */
export async function ballotOf(
  session: RegistrarSession,
  idTag: Hex,
  role: number,
): Promise<Ballot> {
  const read = <T>(name: string, args: readonly unknown[]): Promise<T> =>
    readRegistrar<T>(session.rpc, session.network, name, args)
  const [isCertified, round, votes, institutions] = await Promise.all([
    read<boolean>('isCertified', [idTag, role]),
    read<number>('roundOf', [idTag, role]),
    read<bigint>('votesOf', [idTag, role]),
    read<bigint>('institutions', []),
  ])
  return { isCertified, round, votes: Number(votes), institutions: Number(institutions) }
}

/** Whether keys are bound to an idTag. */
export async function isBound(session: RegistrarSession, idTag: Hex): Promise<boolean> {
  const { version } = await readRegistrar<{ version: number }>(
    session.rpc,
    session.network,
    'entries',
    [idTag],
  )
  return version > 0
}

/** Whether an idTag is a certified institution now. */
export function isInstitution(session: RegistrarSession, idTag: Hex): Promise<boolean> {
  return readRegistrar<boolean>(session.rpc, session.network, 'isCertified', [
    idTag,
    roles.institution,
  ])
}

/** Wei of an account. */
export async function balanceOf(rpc: Rpc, address: Hex | Uint8Array): Promise<bigint> {
  const account = typeof address === 'string' ? address : toHex(address)
  return BigInt(await rpc.request<Hex>('eth_getBalance', [account, 'latest']))
}

/** Name of the Registrar's error with this selector. */
function errorNamed(selector: Hex | undefined): string {
  for (const item of registrarAbi) {
    if (item.type !== 'error') continue
    const signature = `${item.name}(${item.inputs.map(({ type }) => type).join(',')})`
    if (toFunctionSelector(signature) === selector) return item.name
  }
  return selector ?? 'none given'
}
