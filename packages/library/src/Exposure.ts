import type { Hex } from '@medrec/protocol'
import { registered } from './letters.ts'
import type { Participant } from './Participant.ts'

/** What stands in public about us, as facts; the words are the screen's (docs/privacy.md). */
export type ExposureFacts = {
  /** Everybody can read this of our registration. */
  readonly registered: {
    readonly idTag: Hex
    readonly assurance: number
    readonly boundBy: Hex
    readonly attestedBy: readonly Hex[]
    /** Unix seconds */
    readonly since: number
    readonly roles: readonly string[]
  }
  /** Slots and notes of ours that stand on the chain, which nobody can tell from those of others. */
  readonly ours: {
    readonly relationships: number
    readonly shares: number
    readonly notesWritten: number
    readonly notesReceived: number
    readonly updates: number
  }
  /** The crowd that they stand in. */
  readonly crowd: { readonly registered: number; readonly events: number }
  /** Who can tell more, and what. */
  readonly known: readonly {
    readonly who: Hex
    readonly as: 'steward' | 'viewer'
    readonly relationship: Hex
  }[]
  /** What a copy of the chain does not tell. */
  readonly notDerivable: readonly (
    | 'whoTreatsMe'
    | 'whatIsRecorded'
    | 'whoMayRead'
    | 'whoRead'
    | 'myIdentification'
    | 'whichEntriesAreMine'
  )[]
}

/** Facts for the page "what strangers can see of you". */
export function facts(participant: Participant): ExposureFacts {
  const me = registered(participant)
  const view = participant.chain.view()
  const { relationships, contacts } = participant.summary()
  const roles = (['institution', 'researcher', 'registrar', 'emergency'] as const).filter((role) =>
    view.hasRole(me.idTag, role),
  )
  const partners = new Set([
    ...view.institutions().map(({ idTag }) => idTag),
    ...contacts.map(({ idTag }) => idTag),
    ...relationships.map(({ role, steward, subject }) => (role === 'steward' ? subject : steward)),
    me.idTag,
  ])
  const peers = [...partners].flatMap((idTag) => participant.peer(idTag) ?? [])
  const shares = relationships.flatMap((state) => (state.role === 'subject' ? state.shares : []))
  return {
    registered: {
      idTag: me.idTag,
      assurance: me.assurance,
      boundBy: me.institution,
      attestedBy: me.attestedBy,
      since: me.validFrom,
      roles,
    },
    ours: {
      relationships: relationships.length,
      shares: shares.length,
      notesWritten: peers.reduce((sum, peer) => sum + peer.mine(view).notes.length, 0),
      notesReceived: peers
        .filter(({ entry }) => entry.idTag !== me.idTag)
        .reduce((sum, peer) => sum + peer.theirs(view).notes.length, 0),
      updates: relationships.reduce((sum, { updates }) => sum + updates, 0),
    },
    crowd: {
      registered: [...view.entries()].length,
      events: Number(view.streams.ledger.count),
    },
    known: [
      ...relationships.map(({ id, steward }) => ({
        who: steward,
        as: 'steward' as const,
        relationship: id,
      })),
      ...shares.map(({ viewer, relationship }) => ({
        who: viewer,
        as: 'viewer' as const,
        relationship,
      })),
    ],
    notDerivable: [
      'whoTreatsMe',
      'whatIsRecorded',
      'whoMayRead',
      'whoRead',
      'myIdentification',
      'whichEntriesAreMine',
    ],
  }
}
