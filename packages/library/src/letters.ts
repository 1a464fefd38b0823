import type { Entry } from '@medrec/client'
import {
  fromHex,
  type Hex,
  MedrecError,
  type NoteContent,
  type SealedNote,
  sealNote,
} from '@medrec/protocol'
import { NotRegisteredError, type Participant } from './Participant.ts'
import type { Peer } from './trail.ts'
import type { Wish } from './wishes.ts'

/** Sealed notes with the counters that they take. */
export type Letter = { readonly notes: readonly SealedNote[]; readonly reserved: Wish['reserved'] }

/**
 * Seals content for a reader under the next free counters; `signed`: our identity signs inside, which
 * everything needs that no other signature proves. `counter`: when several are sealed at once.
 */
export function seal(
  participant: Participant,
  reader: Hex,
  content: NoteContent,
  options: { signed: boolean; counter?: number },
): Letter {
  const me = registered(participant)
  const peer = peerOf(participant, reader)
  const counter = options.counter ?? participant.nextCounter(reader)
  const author = {
    account: participant.keys.identity,
    domain: participant.domain,
    idTag: fromHex(me.idTag),
    reader: fromHex(reader),
  }
  const notes = sealNote({
    direction: peer.pair.mine,
    counter,
    content,
    ...(options.signed && { author }),
  })
  return { notes, reserved: { reader, next: counter + notes.length } }
}

/** Our own entry. Throws NotRegisteredError. */
export function registered(participant: Participant): Entry {
  const me = participant.me()
  if (!me) throw new NotRegisteredError()
  return me
}

/** Somebody's keys and the secrets we share. Throws UnknownParticipantError. */
export function peerOf(participant: Participant, idTag: Hex): Peer {
  const peer = participant.peer(idTag)
  if (!peer) throw new UnknownParticipantError(idTag)
  return peer
}

/** Nobody is registered under this idTag, or the keys there allow no secret. */
export class UnknownParticipantError extends MedrecError {
  readonly code = 'PARTICIPANT_UNKNOWN'
  constructor(idTag: Hex) {
    super('Nobody with usable keys is registered under this idTag.', {
      facts: [`idTag: ${idTag}`],
    })
  }
}
