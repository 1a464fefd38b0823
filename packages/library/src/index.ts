export * as Acknowledgement from './Acknowledgement.ts'
export * as Anchor from './Anchor.ts'
export * as Checkpoint from './Checkpoint.ts'
export * as Contact from './Contact.ts'
export { type Carrier, type CarrierState, httpCarrier } from './carriers.ts'
export type { Outbox, OutboxOptions, Timer } from './Outbox.ts'
export {
  type Identity,
  NotRegisteredError,
  openParticipant,
  type Participant,
  type ParticipantOptions,
  type SummaryListener,
} from './Participant.ts'
export * as Pointer from './Pointer.ts'
export * as Relationship from './Relationship.ts'
export * as Scopes from './Scopes.ts'
export * as Share from './Share.ts'
export * as Summary from './Summary.ts'
export {
  type AcknowledgementState,
  type CheckpointState,
  type ConsentState,
  type ContactState,
  type IgnoredNote,
  type IgnoredReason,
  type PointerState,
  type Progress,
  type RelationshipState,
  type ShareState,
  type ShareStatus,
  type SummaryState,
  standingOf,
} from './state.ts'
export type { Outcome, Submission } from './submission.ts'
export { issueToken } from './tokens.ts'
export type * as Wire from './wire.ts'
export type { State, Wish } from './wishes.ts'
