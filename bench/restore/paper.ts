import type { Rpc } from '@medrec/client'
import {
  abi as registrarAbi,
  bytecode as registrarBytecode,
} from '@medrec/contracts/PaperRegistrar'
import {
  abi as relationshipAbi,
  bytecode as relationshipBytecode,
} from '@medrec/contracts/PaperRelationship'
import { abi as summaryAbi, bytecode as summaryBytecode } from '@medrec/contracts/PaperSummary'
import { type Hex, random, toHex } from '@medrec/protocol'
import { type Abi, decodeFunctionResult, encodeDeployData, encodeFunctionData } from 'viem'
import { progress } from '../progress.ts'
import type { RawAnvil } from '../rawAnvil.ts'

/** One relationship as the paper's contracts tell it. */
type PaperState = { readonly address: Hex; readonly status: number; readonly pointer: unknown }

/** The paper's contracts with one patient of some relationships, each with a pointer. */
export type PaperPatient = {
  /** Sequential reads, as the paper describes a restore; returns the state and the calls it took. */
  restore(rpc: Rpc): Promise<{ readonly state: readonly PaperState[]; readonly calls: number }>
}

/** Deploys a contract per pair, adds its pointer and links it (paper III-B, figure 1). */
export async function paperPatient(anvil: RawAnvil, relationships: number): Promise<PaperPatient> {
  const [from] = await anvil.call<readonly Hex[]>('eth_accounts')
  const sent: Hex[] = []
  const send = async (transaction: { to?: Hex; data: Hex }): Promise<void> => {
    const gas = transaction.to ? '0x7a120' : '0x2dc6c0'
    sent.push(await anvil.call<Hex>('eth_sendTransaction', [{ from, gas, ...transaction }]))
  }
  const mined = async (): Promise<readonly Hex[]> => {
    await anvil.call('evm_mine')
    const contracts: Hex[] = []
    for (const hash of sent.splice(0)) contracts.push(await contractOf(anvil, hash))
    return contracts
  }
  const deploy = (abi: unknown, bytecode: Hex, args: readonly unknown[]): Promise<void> =>
    send({ data: encodeDeployData({ abi: abi as Abi, bytecode, args }) })
  const call = (to: Hex, abi: unknown, functionName: string, args: unknown[]): Promise<void> =>
    send({ to, data: encodeFunctionData({ abi: abi as Abi, functionName, args }) })

  await deploy(registrarAbi, registrarBytecode, [])
  const [registrar] = (await mined()) as [Hex]
  await deploy(summaryAbi, summaryBytecode, [from, registrar])
  const [summary] = (await mined()) as [Hex]
  const id = toHex(random(16))
  await call(registrar, registrarAbi, 'register', [id, from, summary])
  for (let done = 0; done < relationships; done += deployedAtOnce) {
    progress(`restore: paper's contracts ${done} of ${relationships}`)
    const count = Math.min(deployedAtOnce, relationships - done)
    await mined()
    for (let i = 0; i < count; i++) await deploy(relationshipAbi, relationshipBytecode, [from])
    const pairs = await mined()
    for (const pair of pairs) {
      await call(pair, relationshipAbi, 'addPointer', pointerArgs())
      await call(summary, summaryAbi, 'link', [pair])
    }
  }
  await mined()
  return { restore: (rpc) => restore(rpc, registrar, id) }
}

/** 100 deployments of 1.3 M gas fit a block of the bare engine. */
const deployedAtOnce = 100

function pointerArgs(): unknown[] {
  const query =
    'SELECT date, code, value, unit FROM laboratory WHERE patient_id = :patient AND date >= 2016'
  return [query, toHex(random(32)), 'gatekeeper.riverside.example.org', 8545, 'SELECT avg(value)']
}

async function contractOf(anvil: RawAnvil, hash: Hex): Promise<Hex> {
  const receipt = await anvil.call<{ status: Hex; contractAddress: Hex | null } | null>(
    'eth_getTransactionReceipt',
    [hash],
  )
  if (receipt?.status !== '0x1') throw new Error('a transaction of this benchmark failed')
  return receipt.contractAddress ?? '0x'
}

/** Registrar, summary, then each relationship: parties, pointers, viewers, one call after the other. */
async function restore(
  rpc: Rpc,
  registrar: Hex,
  id: string,
): Promise<{ state: readonly PaperState[]; calls: number }> {
  let calls = 0
  const read = async <T>(to: Hex, abi: unknown, name: string, args: unknown[] = []): Promise<T> => {
    calls += 1
    const data = encodeFunctionData({ abi: abi as Abi, functionName: name, args })
    const answer = await rpc.request<Hex>('eth_call', [{ to, data }, 'latest'])
    return decodeFunctionResult({ abi: abi as Abi, functionName: name, data: answer }) as T
  }
  const [, summary] = await read<readonly [Hex, Hex]>(registrar, registrarAbi, 'lookup', [id])
  const count = Number(await read<bigint>(summary, summaryAbi, 'count'))
  const state: PaperState[] = []
  for (let i = 0; i < count; i++) {
    const link = await read<{ relationship: Hex; status: number }>(summary, summaryAbi, 'linkAt', [
      BigInt(i),
    ])
    const address = link.relationship
    await read(address, relationshipAbi, 'provider')
    await read(address, relationshipAbi, 'patient')
    const pointers = Number(await read<bigint>(address, relationshipAbi, 'pointerCount'))
    for (let p = 0; p < pointers; p++) {
      const pointer = await read(address, relationshipAbi, 'pointer', [BigInt(p)])
      state.push({ address, status: link.status, pointer })
    }
    await read(address, relationshipAbi, 'viewers')
  }
  return { state, calls }
}
