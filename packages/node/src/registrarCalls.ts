import type { Rpc } from '@medrec/client'
import { registrarAbi } from '@medrec/contracts'
import {
  type Account,
  type CompactSignature,
  compactOf,
  type Hex,
  type Keys,
  type Network,
  registrarDomain,
  type StatementName,
  signStatement,
  statementHash,
  toHex,
} from '@medrec/protocol'
import { decodeFunctionResult, encodeFunctionData } from 'viem'

/** A call of the Registrar; whoever sends it only pays for it (docs/protocol.md 11). */
export type Call = { readonly to: Hex; readonly data: Hex }

/** Numbers of roles, as the Registrar counts them. */
export const roles = { institution: 1, researcher: 2, registrar: 3, emergency: 4 } as const

/** An institution that signs: its idTag and identity key. */
export type Signer = { readonly idTag: Uint8Array; readonly identity: Account }

type Values = Parameters<typeof statementHash>[1]

/** Binds keys to an idTag; the institution vouches for the person. */
export function bindCall(
  network: Network,
  options: {
    readonly idTag: Uint8Array
    readonly keys: Keys.Keys
    readonly institution: Signer
    /** How well the person was checked, 1 to 3 */
    readonly assurance: number
    readonly deadline: number
  },
): Call {
  const { idTag, keys, institution, assurance, deadline } = options
  const registration = registrationOf(idTag, keys)
  const sign = signerFor(network)
  return call(network, 'bind', [
    {
      idTag: toHex(idTag),
      identity: toHex(keys.identity.address),
      spendX: toHex(registration.spendX),
      spendY: toHex(registration.spendY),
      viewKey: toHex(registration.viewKey),
      version: 1,
    },
    sign(keys.identity, 'Registration', registration),
    sign(keys.spend, 'Registration', registration),
    assurance,
    toHex(institution.idTag),
    deadline,
    sign(institution.identity, 'Bind', {
      registration: statementHash('Registration', registration),
      assurance,
      institution: institution.idTag,
      deadline,
    }),
  ])
}

/** Confirms a binding that another institution made. */
export function attestCall(
  network: Network,
  options: { readonly idTag: Uint8Array; readonly institution: Signer; readonly deadline: number },
): Call {
  const { idTag, institution, deadline } = options
  const statement = { idTag, version: 1, institution: institution.idTag, deadline }
  return call(network, 'attest', [
    toHex(idTag),
    1,
    toHex(institution.idTag),
    deadline,
    signerFor(network)(institution.identity, 'Attest', statement),
  ])
}

/** Votes to give a participant a role, in the first round. */
export function voteCall(
  network: Network,
  options: {
    readonly idTag: Uint8Array
    readonly role: number
    readonly institution: Signer
    readonly deadline: number
  },
): Call {
  const { idTag, role, institution, deadline } = options
  const statement = {
    idTag,
    role,
    certified: true,
    institution: institution.idTag,
    round: 0,
    deadline,
  }
  return call(network, 'vote', [
    toHex(idTag),
    role,
    true,
    toHex(institution.idTag),
    deadline,
    signerFor(network)(institution.identity, 'Vote', statement),
  ])
}

/** An institution's or registrar's public profile. */
export type ProfileFacts = {
  readonly name: string
  readonly url: string
  readonly pin: Hex
  readonly pinNext: Hex
  readonly catalogueHash: Hex
  readonly anchorKey: Hex
  readonly sequence: number
}

/** Publishes a profile. */
export function profileCall(network: Network, owner: Signer, profile: ProfileFacts): Call {
  const bytes = (hex: Hex): Uint8Array => Buffer.from(hex.slice(2), 'hex')
  const statement = {
    ...profile,
    idTag: owner.idTag,
    pin: bytes(profile.pin),
    pinNext: bytes(profile.pinNext),
    catalogueHash: bytes(profile.catalogueHash),
    anchorKey: bytes(profile.anchorKey),
  }
  return call(network, 'setProfile', [
    toHex(owner.idTag),
    profile,
    signerFor(network)(owner.identity, 'Profile', statement),
  ])
}

/** Lets an account relay for an institution; the account agrees, so that nobody claims another's. */
export function relayCall(
  network: Network,
  owner: Signer,
  relay: { readonly account: Account; readonly sequence: number },
): Call {
  const { account, sequence } = relay
  const { address } = account
  const statement = { institution: owner.idTag, account: address, allowed: true, sequence }
  const signed = (by: Account): { r: Hex; vs: Hex } => signerFor(network)(by, 'Relay', statement)
  return call(network, 'setRelay', [
    toHex(owner.idTag),
    toHex(address),
    true,
    sequence,
    signed(owner.identity),
    signed(account),
  ])
}

/** Names the account that a researcher's blocks are credited to; the account agrees. */
export function coinbaseCall(
  network: Network,
  owner: Signer,
  options: { readonly coinbase: Account; readonly sequence: number },
): Call {
  const { coinbase, sequence } = options
  const { address } = coinbase
  const statement = { idTag: owner.idTag, coinbase: address, sequence }
  const signed = (by: Account): { r: Hex; vs: Hex } => signerFor(network)(by, 'Coinbase', statement)
  return call(network, 'setCoinbase', [
    toHex(owner.idTag),
    toHex(address),
    sequence,
    signed(owner.identity),
    signed(coinbase),
  ])
}

/** Asks the Registrar at the head. */
export async function readRegistrar<T>(
  rpc: Pick<Rpc, 'request'>,
  network: Network,
  functionName: string,
  args: readonly unknown[],
): Promise<T> {
  const call = { abi: registrarAbi, functionName, args } as Parameters<typeof encodeFunctionData>[0]
  const data = await rpc.request<Hex>('eth_call', [
    { to: network.registrar, data: encodeFunctionData(call) },
    'latest',
  ])
  return decodeFunctionResult({ ...call, data } as Parameters<typeof decodeFunctionResult>[0]) as T
}

function registrationOf(idTag: Uint8Array, keys: Keys.Keys) {
  return {
    idTag,
    identity: keys.identity.address,
    spendX: keys.spend.publicKey.slice(0, 32),
    spendY: keys.spend.publicKey.slice(32),
    viewKey: keys.view.publicKey,
    version: 1,
  }
}

function signerFor(network: Network) {
  return (account: Account, name: StatementName, value: Values): CompactSignature =>
    compactOf(signStatement(account, registrarDomain(network), name, value))
}

function call(network: Network, functionName: string, args: readonly unknown[]): Call {
  const data = encodeFunctionData({ abi: registrarAbi, functionName, args } as Parameters<
    typeof encodeFunctionData
  >[0])
  return { to: network.registrar, data }
}
