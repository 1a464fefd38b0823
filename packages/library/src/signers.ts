import { type Account, controller, fromHex, type Hex, Keys, type Pair } from '@medrec/protocol'

/** Which key signs an operation; keys themselves are never stored. */
export type SignerRef =
  | { readonly kind: 'identity' }
  | { readonly kind: 'anchor' }
  | {
      readonly kind: 'controller'
      readonly role: 'steward' | 'subject'
      readonly nonce: Hex
      /** The other side of the relationship. */
      readonly peer: Hex
    }
  | { readonly kind: 'grant'; readonly relationship: Hex; readonly nonce: Hex }
  | { readonly kind: 'delegation'; readonly relationship: Hex; readonly nonce: Hex }
  | { readonly kind: 'consentSlot'; readonly grant: Hex }

/** Derives the account again, or undefined while the other side's keys are not known. */
export function accountFor(
  keys: Keys.Keys,
  signer: SignerRef,
  pairWith: (idTag: Hex) => Pair | undefined,
): Account | undefined {
  switch (signer.kind) {
    case 'identity':
      return keys.identity
    case 'anchor':
      return Keys.anchorKey(keys)
    case 'grant':
      return Keys.grantKey(keys, fromHex(signer.relationship, 32), fromHex(signer.nonce, 16))
    case 'delegation':
      return Keys.delegationKey(keys, fromHex(signer.relationship, 32), fromHex(signer.nonce, 16))
    case 'consentSlot':
      return Keys.consentSlotKey(keys, fromHex(signer.grant, 20))
    case 'controller': {
      const secrets = pairWith(signer.peer)
      if (!secrets) return undefined
      const stewardToSubject = signer.role === 'steward' ? secrets.mine : secrets.theirs
      return controller({
        keys,
        stewardToSubject,
        role: signer.role,
        nonce: fromHex(signer.nonce, 16),
      })
    }
  }
}
