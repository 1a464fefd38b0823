import { fromHex, type Hex, MalformedError, MedrecError } from '@medrec/protocol'
import { registered, seal } from './letters.ts'
import type { Participant } from './Participant.ts'
import type { ContactState } from './state.ts'
import type { Submission } from './submission.ts'

/** What two people show each other (QR, file) before they share anything (docs/protocol.md 10.1). */
export type Card = {
  readonly medrec: 'card-1'
  readonly network: Hex
  readonly idTag: Hex
  readonly identity: Hex
  readonly name: string
}

/** Our own card. */
export function card(participant: Participant, name: string): Card {
  const me = registered(participant)
  const { networkId } = participant.network
  return { medrec: 'card-1', network: networkId, idTag: me.idTag, identity: me.identity, name }
}

/** A card as text for a QR code or a file. */
export function toText(own: Card): string {
  return JSON.stringify(own)
}

/** Reads a card's text. Throws MalformedError. */
export function fromText(text: string): Card {
  let json: Partial<Record<keyof Card, unknown>> | null
  try {
    json = JSON.parse(text) as typeof json
  } catch {
    throw new MalformedError('a contact card expected, as "medrec contact card" writes it') // without the cause: it quotes the card
  }
  if (json?.medrec !== 'card-1' || typeof json.name !== 'string')
    throw new MalformedError('a contact card expected, as "medrec contact card" writes it')
  const hex = (value: unknown, size: number): Hex => {
    fromHex(String(value), size)
    return String(value).toLowerCase() as Hex
  }
  return {
    medrec: 'card-1',
    network: hex(json.network, 32),
    idTag: hex(json.idTag, 32),
    identity: hex(json.identity, 20),
    name: json.name,
  }
}

/**
 * Keeps somebody as a contact, in a note to oneself, so that 12 words find her again. The card is compared
 * with the registrar. Throws CardMismatchError.
 */
export async function add(
  participant: Participant,
  options: { readonly card: Card; readonly name?: string; readonly relation?: string | undefined },
): Promise<Submission> {
  const me = registered(participant)
  const { idTag, identity, network } = options.card
  const entry = participant.chain.view().entry(idTag)
  if (network !== participant.network.networkId) throw new CardMismatchError('network')
  if (entry?.identity !== identity || !participant.peer(idTag))
    throw new CardMismatchError('identity')
  const name = options.name ?? options.card.name
  const { relation } = options
  const content = { idTag: fromHex(idTag), identity: fromHex(identity), name, relation }
  const letter = seal(participant, me.idTag, { kind: 'contact', ...content }, { signed: false })
  return participant.outbox.add({
    about: { kind: 'contact', contact: { idTag, identity, name, relation } },
    ...letter,
  })
}

/** Everybody we keep as a contact. */
export function list(participant: Participant): readonly ContactState[] {
  return participant.summary().contacts
}

/** A card of another network, or one that names another key than the registrar does. */
export class CardMismatchError extends MedrecError {
  readonly code = 'CARD_MISMATCH'
  constructor(what: 'network' | 'identity') {
    super(
      what === 'network'
        ? 'This card belongs to another network.'
        : 'This card does not match what the registrar says of this person.',
    )
  }
}
