import { type Hex, type Network, toHex } from '@medrec/protocol'
import { ChainState } from '../../packages/client/src/fold/ChainState.ts'
import type { ChainLog } from '../../packages/client/src/fold/chainBlock.ts'
import { start } from './history.ts'
import { ledger, registrar, registrarLog } from './logs.ts'
import { stewardTag, subjectTag, viewerTag } from './Places.ts'

export const anybody: Hex = `0x${'cc'.repeat(20)}`
/** Height of every history's first block, less one: there is something k blocks before it. */
export const beforehand = 70
export const network: Network = {
  name: 'Model',
  networkId: `0x${'4e'.repeat(32)}`,
  chainId: 4242,
  registrar,
  ledger,
  startBlock: 1,
  engine: 'proof-of-work',
  confirmations: 0,
  doors: [],
}

const [steward, viewer] = [stewardTag, viewerTag].map(toHex) as [Hex, Hex]
/** The Registrar's events by what they say; encoded once. */
export const logsOfRegistrar: (name: string) => ChainLog = registrations()

/** A fold in which subject and institution are registered, and the latter is certified. */
export function newState(): ChainState {
  const state = new ChainState(network, () => start)
  const logs = ['subject 1', 'steward 1', 'steward true', 'clinician true'].map(logsOfRegistrar)
  const none: Hex = `0x${'00'.repeat(32)}`
  const first = hashOf(1, 0)
  state.apply({ number: 1, time: start - 2_000, hash: first, parent: none, logs })
  const last = { number: beforehand, time: start, hash: hashOf(beforehand, 0) }
  state.apply({ ...last, parent: first, logs: [] })
  return state
}

function registrations(): (name: string) => ChainLog {
  const bound = (idTag: Uint8Array, version: number): ChainLog =>
    registrarLog('Bound', {
      ...{
        idTag: toHex(idTag),
        version,
        identity: anybody,
        spendX: hashOf(1, 1),
        spendY: hashOf(1, 2),
      },
      ...{ viewKey: hashOf(1, 3), assurance: 2, institution: steward, validFrom: start },
    })
  const role = (idTag: Hex, number: number, certified: boolean): ChainLog =>
    registrarLog('RoleChanged', { idTag, role: number, certified })
  const logs = new Map<string, ChainLog>([
    ...[1, 2].map((version) => [`subject ${version}`, bound(subjectTag, version)] as const),
    ...[1, 2].map((version) => [`steward ${version}`, bound(stewardTag, version)] as const),
    ...[true, false].flatMap((certified) => [
      [`steward ${certified}`, role(steward, 1, certified)] as const,
      [`clinician ${certified}`, role(viewer, 4, certified)] as const,
    ]),
  ])
  return (name) => logs.get(name) as ChainLog
}

/** 32 bytes that are one block's alone. */
export function hashOf(number: number, fork: number): Hex {
  return `0x${number.toString(16).padStart(32, '0')}${fork.toString(16).padStart(32, '0')}`
}
