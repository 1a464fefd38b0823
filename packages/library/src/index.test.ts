import { expect, test } from 'vitest'
import * as library from './index.ts'

test('what the library offers', () => {
  const offered = Object.entries(library)
    .map(([name, value]) =>
      typeof value === 'object' ? `${name}: ${Object.keys(value).toSorted().join(' ')}` : name,
    )
    .toSorted()
  expect(offered).toMatchInlineSnapshot(`
    [
      "Acknowledgement: seen wrong",
      "Anchor: post",
      "AnswerTooLargeError",
      "Audit: open",
      "AuditFile: bundleOf csvOf purposeOf whoOf",
      "Bounty: list recentBlocks",
      "Change: of wantsAnswer",
      "Checkpoint: post",
      "Contact: CardMismatchError add card fromText list toText",
      "DelegatedShare: grant revoke",
      "Delegation: DelegationEndedError DelegationRefusedError DelegationUnknownError actingBy end give listActingFor listGiven presented",
      "Emergency: listOpened mayOpen open setProfile tell",
      "Exposure: facts",
      "History: fromLog list merge withReadings",
      "Invitation: InvitationRefusedError InvitationUnreadableError InviterUnknownError accept read",
      "NotRegisteredError",
      "Notifications: list markSeen notificationsOf",
      "Parts: following isComplete read readPatiently",
      "Pointer: announce update updateUpTo",
      "Preview: entriesOf preview",
      "Proof: evidenceFrom of",
      "Query: fields index read readLog rowsOf",
      "Registration: answerChallenge statement waitUntilBound",
      "Relationship: NotAttestedError RelationshipStatusError RelationshipUnknownError accept close list of prepare propose reject sendProposal sent signerOf stopAll",
      "Restore: fromWords records",
      "Results: changes keep latest maskFor versions",
      "Scopes: entriesFromJson entryFromJson entryToJson fromJson toJson",
      "Share: ConsentNotWantedError ShareEndedError ShareUnknownError consent declineConsent grant listAwaitingConsent listMine listSharedWithMe renew revoke revokeConsent startingNow",
      "Summary: of subscribe",
      "accessLogForm",
      "auditEventOf",
      "csvRow",
      "delegationStanding",
      "deviceKeys",
      "fromProofLine",
      "httpCarrier",
      "issueToken",
      "joinReadings",
      "largestAnswer",
      "linesIn",
      "logHead",
      "openParticipant",
      "signatureLine",
      "standingOf",
      "statementFor",
      "toAccessLogHead",
      "toProofLine",
      "unprovenWords: ANCHOR_MISSING ANSWER_MALFORMED BLOCK_BROKEN BLOCK_FOREIGN FIELDS_EXCEEDED FIELDS_MISSING HEADER_MISMATCH HISTORY_BROKEN INDEX_BROKEN INDEX_FORKED LOG_BROKEN LOG_CHAIN LOG_CUT LOG_ENTRY_CHANGED LOG_ENTRY_DOUBLED LOG_ENTRY_MALFORMED LOG_ENTRY_MISSING LOG_HIDDEN LOG_LONGER LOG_OTHER_NETWORK LOG_START LOG_UNSIGNED OTHER_RECORD PARTS_BROKEN PERIOD_UNCOVERED PROFILE_MISSING PROOF_MALFORMED RECEIPT_INVALID REGISTRATION_MISSING REQUEST_FORGED RESULT_BROKEN ROOT_UNKNOWN STATEMENT_FORGED",
      "verifyAccessLog",
      "verifyAnswer",
      "verifyIndex",
      "verifyLog",
      "verifyProof",
      "withProvenPart",
    ]
  `)
})
