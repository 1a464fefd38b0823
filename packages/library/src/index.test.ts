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
      "Bounty: list recentBlocks",
      "Change: of wantsAnswer",
      "Checkpoint: post",
      "Contact: CardMismatchError add card fromText list toText",
      "Exposure: facts",
      "History: fromLog list merge",
      "Invitation: InvitationRefusedError InvitationUnreadableError InviterUnknownError accept read",
      "NotRegisteredError",
      "Notifications: list markSeen notificationsOf",
      "Pointer: announce update updateUpTo",
      "Preview: entriesOf preview",
      "Query: fields index read readLog rowsOf",
      "Registration: answerChallenge statement waitUntilBound",
      "Relationship: NotAttestedError RelationshipStatusError RelationshipUnknownError accept close list of prepare propose reject sendProposal sent signerOf stopAll",
      "Restore: fromWords records",
      "Results: changes keep latest maskFor versions",
      "Scopes: entriesFromJson entryFromJson entryToJson fromJson toJson",
      "Share: ConsentNotWantedError ShareEndedError ShareUnknownError consent declineConsent grant listAwaitingConsent listMine listSharedWithMe renew revoke revokeConsent startingNow",
      "Summary: of subscribe",
      "httpCarrier",
      "issueToken",
      "logHead",
      "openParticipant",
      "standingOf",
      "statementFor",
      "verifyAnswer",
      "verifyIndex",
      "verifyLog",
    ]
  `)
})
