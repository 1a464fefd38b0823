import { registrarAbi } from '@medrec/contracts'
import {
  compactOf,
  fromHex,
  type Hex,
  type Keys,
  type Network,
  registrarDomain,
  signStatement,
} from '@medrec/protocol'
import { encodeFunctionData } from 'viem'
import { registrationHash, type SignedRegistration } from './registration.ts'

/** A call of the Registrar, ready to be sent and paid by anyone. */
export type RegistrarCall = { readonly to: Hex; readonly data: Hex }

/** Whose signature a call carries, and until when it may be used. */
export type Signing = {
  readonly keys: Keys.Keys
  readonly network: Network
  /** Our own idTag. */
  readonly own: Hex
  /** Unix seconds */
  readonly deadline: number
}

/** Roles as the Registrar numbers them. */
export const roleNumbers: {
  readonly institution: 1
  readonly researcher: 2
  readonly registrar: 3
  readonly emergency: 4
} = { institution: 1, researcher: 2, registrar: 3, emergency: 4 }

/** `bind`: keys to an idTag, for the first time (paper III-B, RC). */
export function bindCall(
  signed: SignedRegistration,
  assurance: number,
  by: Signing,
): RegistrarCall {
  const { keys, network, own, deadline } = by
  const signature = signStatement(keys.identity, registrarDomain(network), 'Bind', {
    registration: registrationHash(signed),
    assurance,
    institution: fromHex(own, 32),
    deadline,
  })
  const data = encodeFunctionData({
    abi: registrarAbi,
    functionName: 'bind',
    args: [
      signed.registration,
      compactOf(fromHex(signed.identitySignature, 64)),
      compactOf(fromHex(signed.spendSignature, 64)),
      assurance,
      own,
      deadline,
      compactOf(signature),
    ],
  })
  return { to: network.registrar, data }
}

/** `attest`: this version of somebody's keys was shown to us with her document. */
export function attestCall(idTag: Hex, version: number, by: Signing): RegistrarCall {
  const { keys, network, own, deadline } = by
  const institution = fromHex(own, 32)
  const statement = { idTag: fromHex(idTag, 32), version, institution, deadline }
  const signature = signStatement(keys.identity, registrarDomain(network), 'Attest', statement)
  const data = encodeFunctionData({
    abi: registrarAbi,
    functionName: 'attest',
    args: [idTag, version, own, deadline, compactOf(signature)],
  })
  return { to: network.registrar, data }
}

/** `vote` for giving or taking a role, in the round that the Registrar names now. */
export function voteCall(
  vote: { idTag: Hex; role: keyof typeof roleNumbers; certified: boolean; round: number },
  by: Signing,
): RegistrarCall {
  const { keys, network, own, deadline } = by
  const role = roleNumbers[vote.role]
  const { certified, round } = vote
  const signature = signStatement(keys.identity, registrarDomain(network), 'Vote', {
    idTag: fromHex(vote.idTag, 32),
    institution: fromHex(own, 32),
    ...{ role, certified, round, deadline },
  })
  const data = encodeFunctionData({
    abi: registrarAbi,
    functionName: 'vote',
    args: [vote.idTag, role, certified, own, deadline, compactOf(signature)],
  })
  return { to: network.registrar, data }
}

/** Calldata of the view that tells a vote's round. */
export function roundCall(idTag: Hex, role: keyof typeof roleNumbers): Hex {
  return encodeFunctionData({
    abi: registrarAbi,
    functionName: 'roundOf',
    args: [idTag, roleNumbers[role]],
  })
}
