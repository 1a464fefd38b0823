import { ledgerAbi, registrarAbi } from '@medrec/contracts'
import { type Hex, type Network, toHex, uint } from '@medrec/protocol'
import { type AbiEvent, encodeAbiParameters, encodeEventTopics } from 'viem'
import type { ChainState } from './ChainState.ts'
import type { ChainBlock, ChainLog } from './chainBlock.ts'

export const network: Network = {
  name: 'Fold',
  networkId: `0x${'4e'.repeat(32)}`,
  chainId: 4242,
  registrar: `0x${'aa'.repeat(20)}`,
  ledger: `0x${'bb'.repeat(20)}`,
  startBlock: 1,
  engine: 'proof-of-work',
  confirmations: 3,
  doors: [],
}

/** A log as the contract would emit it. */
export function log(
  contract: 'registrar' | 'ledger',
  name: string,
  args: Readonly<Record<string, unknown>>,
): ChainLog {
  const abi = contract === 'registrar' ? registrarAbi : ledgerAbi
  const event = (abi as readonly { type: string; name?: string }[]).find(
    (item) => item.type === 'event' && item.name === name,
  ) as unknown as AbiEvent
  const inData = event.inputs.filter(({ indexed }) => !indexed)
  return {
    address: network[contract],
    topics: encodeEventTopics({ abi: [event], args } as never) as Hex[],
    data: encodeAbiParameters(
      inData,
      inData.map(({ name: of }) => args[of as string]),
    ),
    transactionHash: hash(1, 1),
    logIndex: 0,
  }
}

/** 32 bytes that depend on two numbers. */
export function hash(a: number, b: number): Hex {
  return toHex(new Uint8Array([...uint(a, 16), ...uint(b, 16)]))
}

export function block(
  number: number,
  fork: number,
  parent: Hex,
  logs: readonly ChainLog[],
): ChainBlock {
  return { number, hash: hash(number, fork), parent, time: 1_000 + number * 10, logs }
}

const roles = ['institution', 'researcher', 'registrar', 'emergency'] as const

/** Everything a state says, in an order that does not depend on how it came about. */
export function snapshot(state: ChainState, blocksBack = 0): unknown {
  const view = state.viewBefore(blocksBack)
  const keys = [0, 1, 2, 3].map((i) => hash(i, 0))
  const sorted = (items: Iterable<unknown>): unknown[] =>
    [...items].map(inspect).toSorted((a, b) => a.localeCompare(b))
  return {
    head: view.head,
    streams: view.streams,
    entries: sorted(view.entries()),
    votes: sorted(view.votes()),
    relays: sorted(view.relays()),
    institutions: sorted(view.institutions()),
    roles: keys.map((key) =>
      roles.map((role) => [view.hasRole(key, role), view.lostRole(key, role)]),
    ),
    coinbases: view.coinbases(),
    policies: sorted(view.policies()),
    offers: sorted(view.offers()),
    slots: keys.map((key) => [
      view.relationship(key),
      view.grant(key.slice(0, 42) as Hex),
      view.anchor(key),
      view.recentAnchors(key),
      view.notes(key.slice(0, 34) as Hex),
      view.updateTag(key.slice(0, 18) as Hex),
      view.answer(key),
    ]),
  }
}

function inspect(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'bigint' ? `${item}n` : item instanceof Uint8Array ? toHex(item) : item,
  )
}
