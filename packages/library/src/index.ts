export * as Acknowledgement from './Acknowledgement.ts'
export * as Anchor from './Anchor.ts'
export * as Audit from './Audit.ts'
export type { Refusal } from './access.ts'
export {
  type AccessLogHead,
  accessLogForm,
  type LoggedEntry,
  toAccessLogHead,
} from './accessLogFile.ts'
export { type Audited, auditEventOf } from './auditEvent.ts'
export * as AuditFile from './auditFile.ts'
export * as Bounty from './Bounty.ts'
export { AnswerTooLargeError, largestAnswer } from './boundedBody.ts'
export * as Change from './Change.ts'
export * as Checkpoint from './Checkpoint.ts'
export * as Contact from './Contact.ts'
export { type Carrier, type CarrierState, httpCarrier } from './carriers.ts'
export { csvRow } from './csv.ts'
export * as DelegatedShare from './DelegatedShare.ts'
export * as Delegation from './Delegation.ts'
export { deviceKeys } from './deviceKeys.ts'
export * as Emergency from './Emergency.ts'
export * as Exposure from './Exposure.ts'
export { linesIn } from './fileLines.ts'
export * as History from './History.ts'
export type { Identity } from './Identity.ts'
export * as Invitation from './Invitation.ts'
export * as Notifications from './Notifications.ts'
export type { Outbox, OutboxOptions, Timer } from './Outbox.ts'
export {
  NotRegisteredError,
  openParticipant,
  type Participant,
  type ParticipantOptions,
  type SummaryListener,
} from './Participant.ts'
export * as Parts from './Parts.ts'
export * as Pointer from './Pointer.ts'
export * as Preview from './Preview.ts'
export * as Proof from './Proof.ts'
export type { ProofFile } from './proofFile.ts'
export { fromProofLine, type ProvenParts, toProofLine, withProvenPart } from './proofLines.ts'
export * as Query from './Query.ts'
export * as Registration from './Registration.ts'
export * as Relationship from './Relationship.ts'
export * as Restore from './Restore.ts'
export * as Results from './Results.ts'
export { joinReadings, type PartRead, type Reading } from './readings.ts'
export { type Exchange, statementFor } from './request.ts'
export * as Scopes from './Scopes.ts'
export * as Share from './Share.ts'
export * as Summary from './Summary.ts'
export {
  type AcknowledgementState,
  type CheckpointState,
  type ConsentState,
  type ContactState,
  type DeclineState,
  type DelegationState,
  delegationStanding,
  type EmergencyState,
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
export { unprovenWords } from './unproven.ts'
export {
  type AccessLogEdge,
  type AccessLogEntry,
  type ProvenAccessLog,
  signatureLine,
  type UnprovenAccessLog,
  verifyAccessLog,
} from './verifyAccessLog.ts'
export { type Column, type Disbelief, verifyAnswer } from './verifyAnswer.ts'
export { logHead, verifyIndex, verifyLog } from './verifyIndex.ts'
export {
  type ProvenProof,
  type Unproven,
  type UnprovenCode,
  verifyProof,
} from './verifyProof.ts'
export type { Commitment } from './verifyRoots.ts'
export type * as Wire from './wire.ts'
export type { State, Wish } from './wishes.ts'
