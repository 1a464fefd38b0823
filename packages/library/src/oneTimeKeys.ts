import { type Account, fromHex, type Hex, lookAhead, toHex, uint } from '@medrec/protocol'
import type { Participant } from './Participant.ts'
import * as Relationship from './Relationship.ts'
import { accountFor } from './signers.ts'
import type { RelationshipState } from './state.ts'

/** Derives the key of ours with a nonce of 16 bytes. */
type Derive = (nonce: Uint8Array) => Account

/**
 * The next unused key of a kind. Its nonce counts from 0, so that 12 words find every one again: no note
 * carries it. `known`: addresses that our summary holds.
 */
export function freshKey(
  participant: Participant,
  known: readonly Hex[],
  derive: Derive,
): { nonce: Hex; account: Account } {
  const pending = participant.outbox.pending().map(({ about }) => about['grant'])
  const taken = new Set<unknown>([...known, ...pending])
  const view = participant.chain.view()
  for (let i = 0; ; i++) {
    const nonce = toHex(uint(i, 16))
    const account = derive(fromHex(nonce))
    const address = toHex(account.address)
    if (!taken.has(address) && !view.grant(address)) return { nonce, account }
  }
}

/** The nonce of a key of ours, also after a restore. `known`: how many our summary holds. */
export function nonceOf(
  participant: Participant,
  address: Hex,
  known: number,
  derive: Derive,
): Hex | undefined {
  const waiting = participant.outbox.pending().length
  for (let i = 0; i < known + waiting + lookAhead; i++) {
    const nonce = toHex(uint(i, 16))
    if (toHex(derive(fromHex(nonce)).address) === address) return nonce
  }
  return undefined
}

/** The account of ours that controls a relationship; it leaves this package in no way. Throws RelationshipUnknownError. */
export function controllerOf(participant: Participant, state: RelationshipState): Account {
  const account = accountFor(
    participant.keys,
    Relationship.signerOf(state),
    (idTag) => participant.peer(idTag)?.pair,
  )
  if (!account) throw new Relationship.RelationshipUnknownError(state.id)
  return account
}
