import type { Rpc } from '@medrec/client'
import {
  Anchor,
  Emergency,
  type Participant,
  Pointer,
  Relationship,
  Share,
  type Submission,
} from '@medrec/library'
import { fromHex, type Hex, toHex } from '@medrec/protocol'
import type { RelationshipTables } from '@medrec/records/node'

/** What the gatekeeper asks of the library, and what it hears of the subject (wishes down, facts up). */
export type Wishes = {
  readonly me: () => Hex
  /** The block that names this institution's key. */
  readonly profileBlock: () => number | undefined
  /** The door in use. */
  readonly rpc: () => Rpc
  /** Another door, if there is one. */
  readonly witness: () => Promise<Rpc | undefined>
  prepare(options: {
    subject: Hex
    policy: 'subjectOnly' | 'dualConsent'
    shownAtDesk: boolean
    restored: boolean
  }): Relationship.Proposal
  propose(proposal: Relationship.Proposal): Promise<Submission>
  announce(options: {
    relationship: Hex
    subject: Hex
    pointers: readonly Pointer.NewPointer[]
    after: Submission | undefined
  }): Promise<void>
  /** Posts update tags up to a number, each once; false while the relationship is not on the chain. */
  update(relationship: Hex, last: number): Promise<boolean>
  anchor(options: {
    root: Hex
    logRoot: Hex
    bounty: { query: Hex; epoch: number } | undefined
  }): Promise<Submission>
  /** Relationships of which this institution is the steward, as the chain and the subject tell them. */
  relationships(): readonly StewardState[]
  consent(grant: Hex): Promise<Submission>
  declineConsent(grant: Hex, reason: string | undefined): Promise<Submission>
  revokeConsent(grant: Hex): Promise<Submission>
  /** Leaves the subject a note of an emergency access; resolves once it is on disk. */
  noteEmergency(emergency: Emergency.Told): Promise<void>
  /** Called after each change of what the chain tells; the returned function ends it. */
  subscribe(listener: () => void): () => void
}

export type StewardState = ReturnType<Participant['summary']>['relationships'][number]

/** The library's functions for one participant, the institution itself. */
export function wishesOf(participant: Participant): Wishes {
  const stewarded = (): readonly StewardState[] =>
    participant.summary().relationships.filter(({ role }) => role === 'steward')
  return {
    me: () => participant.me()?.idTag ?? '0x',
    profileBlock: () =>
      participant.chain.view().profile(participant.me()?.idTag ?? '0x')?.block.number,
    rpc: () => participant.chain.rpc(),
    witness: () => participant.chain.witness(),
    prepare: (options) => Relationship.prepare(participant, options),
    // A crash may have come between the outbox and the note that it holds something: it is asked first.
    propose: async (proposal) =>
      Relationship.sent(participant, proposal) ??
      (await Relationship.sendProposal(participant, proposal)),
    announce: async (options) => void (await Pointer.announce(participant, options)),
    async update(relationship, last) {
      if (!stewarded().some(({ id }) => id === relationship)) return false
      await Pointer.updateUpTo(participant, { relationship, last })
      return true
    },
    anchor: ({ root, logRoot, bounty }) =>
      Anchor.post(participant, { root, logRoot, ...(bounty && { bounty }) }),
    relationships: stewarded,
    consent: (grant) => Share.consent(participant, grant),
    declineConsent: (grant, reason) => Share.declineConsent(participant, { grant, reason }),
    revokeConsent: (grant) => Share.revokeConsent(participant, grant),
    noteEmergency: async (emergency) => void (await Emergency.tell(participant, emergency)),
    subscribe: (listener) => participant.subscribe(listener),
  }
}

/** The proposal of a relationship that our tables hold, for sending it again. */
export function proposalOf(
  row: RelationshipTables.RelationshipRow,
  steward: Hex,
): Relationship.Proposal {
  return {
    relationship: toHex(row.id),
    subject: toHex(row.subjectTag),
    nonce: toHex(row.nonce),
    terms: {
      stewardTag: fromHex(steward, 32),
      subjectTag: row.subjectTag,
      stewardVersion: row.stewardVersion,
      subjectVersion: row.subjectVersion,
      salt: row.salt,
      policy: row.policy,
      consent: row.consent,
    },
    controllers: { steward: toHex(row.stewardController), subject: toHex(row.subjectController) },
    restored: row.restored,
  }
}
