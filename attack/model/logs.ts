import { registrarAbi } from '@medrec/contracts'
import { type Hex, keccak, toHex, utf8 } from '@medrec/protocol'
import { type AbiEvent, encodeAbiParameters, encodeEventTopics } from 'viem'
import type { ChainLog } from '../../packages/client/src/fold/chainBlock.ts'
import type { Status } from './chain.ts'

export const registrar: Hex = `0x${'aa'.repeat(20)}`
export const ledger: Hex = `0x${'bb'.repeat(20)}`

const relationshipChanged = toHex(keccak(utf8('RelationshipChanged(bytes32,uint256)')))
const grantChanged = toHex(keccak(utf8('GrantChanged(address,uint256)')))
const transactionHash: Hex = `0x${'77'.repeat(32)}`
const numbers: Readonly<Record<Status, number>> = {
  none: 0,
  proposed: 1,
  accepted: 2,
  rejected: 3,
  closedBySubject: 4,
  closedBySteward: 5,
}

/** `RelationshipChanged` as an engine gives it: status u8 | epoch u16 << 8 | changed at u40 << 24. */
export function relationshipLog(
  id: Hex,
  to: { status: Status; epoch: number; time: number },
): ChainLog {
  const slot = `${digits(to.time, 10)}${digits(to.epoch, 4)}${digits(numbers[to.status], 2)}`
  return ledgerLog(relationshipChanged, `${id}${slot.padStart(64, '0')}`)
}

/** `GrantChanged`: expiry u32 << 224 | sequence u16 << 208 | scope u208; sequence 65535 when revoked. */
export function grantLog(
  key: Hex,
  to: { expires: number; sequence: number; commitment: string },
): ChainLog {
  const slot = `${digits(to.expires, 8)}${digits(to.sequence, 4)}${to.commitment}`
  return ledgerLog(grantChanged, `0x${key.slice(2).padStart(64, '0')}${slot}`)
}

/** A log of the Registrar, as viem encodes its event. */
export function registrarLog(name: string, args: Readonly<Record<string, unknown>>): ChainLog {
  const event = registrarAbi.find((item) => item.type === 'event' && item.name === name) as AbiEvent
  const inData = event.inputs.filter(({ indexed }) => !indexed)
  return {
    address: registrar,
    topics: encodeEventTopics({ abi: [event], args } as never) as Hex[],
    data: encodeAbiParameters(
      inData,
      inData.map(({ name: of }) => args[of as string]),
    ),
    transactionHash,
    logIndex: 0,
  }
}

function ledgerLog(topic: Hex, data: string): ChainLog {
  return { address: ledger, topics: [topic], data: data as Hex, transactionHash, logIndex: 0 }
}

function digits(value: number, size: number): string {
  return value.toString(16).padStart(size, '0')
}
