import { actingRefusals } from './actingRefusals.ts'
import type { Refusal } from './Refusal.ts'

/**
 * Every refusal: HTTP status, FHIR code, the words that its reader gets, the rule that says so and the exception of
 * the Cures Act that covers it (docs/protocol.md 8.1). The one table; docs/errors.md shows it.
 */
export const refusals = {
  // To everybody
  malformed: {
    status: 400,
    issue: 'structure',
    text: 'The request is not of the form that the protocol prescribes.',
    rule: 1,
    exception: 'none',
  },
  'too-large': {
    status: 413,
    issue: 'too-long',
    text: 'The request is larger than 64 KiB.',
    rule: 1,
    exception: 'none',
  },
  compressed: {
    status: 415,
    issue: 'not-supported',
    text: 'The request is compressed. Send it as it is, without Content-Encoding.',
    rule: 1,
    exception: 'none',
  },
  'not-here': {
    status: 404,
    issue: 'not-found',
    text: 'There is nothing at this address.',
    rule: 1,
    exception: 'none',
  },
  'too-many': {
    status: 429,
    issue: 'throttled',
    text: 'Too many requests. Try again in a moment.',
    rule: 1,
    exception: 'performance',
  },
  busy: {
    status: 503,
    issue: 'throttled',
    text: 'As many requests as can be answered are being answered. Try again in a moment.',
    rule: 1,
    exception: 'performance',
  },
  'view-old': {
    status: 503,
    issue: 'transient',
    text: "This institution's view of the chain is not current. Nobody is served until it is.",
    rule: 1,
    exception: 'security',
  },
  'view-disputed': {
    status: 503,
    issue: 'transient',
    text: 'Two operators tell this institution different chains. Nobody is served until they agree.',
    rule: 1,
    exception: 'security',
  },
  'database-unavailable': {
    status: 503,
    issue: 'transient',
    text: "The institution's database does not answer in time. Try again.",
    rule: 7,
    exception: 'performance',
  },
  'log-unavailable': {
    status: 503,
    issue: 'transient',
    text: 'Access cannot be recorded now, so nothing is served.',
    rule: 7,
    exception: 'security',
  },
  // To strangers: one text for whatever is wrong
  refused: {
    status: 403,
    issue: 'forbidden',
    text: 'Refused.',
    rule: 2,
    exception: 'precondition',
  },
  // To those who proved standing
  'request-old': {
    status: 403,
    issue: 'expired',
    text: 'This request is too old, or from the future. Check the clock and send a new one.',
    rule: 3,
    exception: 'security',
  },
  'request-replayed': {
    status: 403,
    issue: 'duplicate',
    text: 'This request was answered before. Send a new one.',
    rule: 3,
    exception: 'security',
  },
  'statement-expired': {
    status: 403,
    issue: 'expired',
    text: 'The statement for this request key has expired or does not hold yet.',
    rule: 3,
    exception: 'security',
  },
  'relationship-none': {
    status: 409,
    issue: 'conflict',
    text: 'The chain does not show this relationship yet.',
    rule: 4,
    exception: 'precondition',
  },
  'relationship-proposed': {
    status: 403,
    issue: 'forbidden',
    text: 'The patient has not accepted this relationship yet.',
    rule: 4,
    exception: 'precondition',
  },
  'relationship-rejected': {
    status: 403,
    issue: 'forbidden',
    text: 'The patient rejected this relationship.',
    rule: 4,
    exception: 'request',
  },
  'relationship-closed': {
    status: 403,
    issue: 'expired',
    text: 'The patient closed this relationship.',
    rule: 4,
    exception: 'request',
  },
  'not-certified': {
    status: 403,
    issue: 'forbidden',
    text: 'This institution is not certified on this network any more. It answers the patient alone.',
    rule: 4,
    exception: 'security',
  },
  'relationship-frozen': {
    status: 403,
    issue: 'forbidden',
    text: 'The patient has new keys. The institution has to propose the relationship anew.',
    rule: 4,
    exception: 'security',
  },
  'scope-mismatch': {
    status: 403,
    issue: 'forbidden',
    text: 'This share is not what the chain holds under its grant.',
    rule: 5,
    exception: 'precondition',
  },
  'scope-steward': {
    status: 403,
    issue: 'forbidden',
    text: 'This share is for the records of another institution.',
    rule: 5,
    exception: 'precondition',
  },
  'scope-subject': {
    status: 403,
    issue: 'forbidden',
    text: "This share speaks of another person than this relationship's.",
    rule: 5,
    exception: 'precondition',
  },
  'scope-index': {
    status: 403,
    issue: 'forbidden',
    text: "This share names another index than this relationship's.",
    rule: 5,
    exception: 'precondition',
  },
  'grant-none': {
    status: 403,
    issue: 'forbidden',
    text: 'The chain does not show this grant.',
    rule: 5,
    exception: 'precondition',
  },
  'grant-revoked': {
    status: 403,
    issue: 'forbidden',
    text: 'The patient stopped this share.',
    rule: 5,
    exception: 'request',
  },
  'grant-expired': {
    status: 403,
    issue: 'expired',
    text: 'This share has ended.',
    rule: 5,
    exception: 'precondition',
  },
  'epoch-closed': {
    status: 403,
    issue: 'forbidden',
    text: 'The patient stopped all shares of this relationship.',
    rule: 5,
    exception: 'request',
  },
  'not-before': {
    status: 403,
    issue: 'forbidden',
    text: 'This share holds only from a later time on.',
    rule: 5,
    exception: 'precondition',
  },
  purpose: {
    status: 403,
    issue: 'forbidden',
    text: 'This share is not for that purpose.',
    rule: 5,
    exception: 'precondition',
  },
  'consent-missing': {
    status: 403,
    issue: 'forbidden',
    text: 'The institution has not consented to this share.',
    rule: 5,
    exception: 'none',
  },
  'consent-ended': {
    status: 403,
    issue: 'expired',
    text: 'The consent of the institution has ended.',
    rule: 5,
    exception: 'none',
  },
  ...actingRefusals,
  'pointer-foreign': {
    status: 403,
    issue: 'forbidden',
    text: 'This relationship has no such record.',
    rule: 6,
    exception: 'precondition',
  },
  'field-unknown': {
    status: 403,
    issue: 'forbidden',
    text: 'This record has no such field.',
    rule: 6,
    exception: 'none',
  },
  'field-not-granted': {
    status: 403,
    issue: 'forbidden',
    text: 'The share does not include all of these fields.',
    rule: 6,
    exception: 'precondition',
  },
  'catalogue-version': {
    status: 403,
    issue: 'forbidden',
    text: 'The share names fields that its catalogue version does not have.',
    rule: 6,
    exception: 'precondition',
  },
  'version-none': {
    status: 404,
    issue: 'not-found',
    text: 'This version is not kept.',
    rule: 7,
    exception: 'infeasible',
  },
  'part-none': {
    status: 404,
    issue: 'not-found',
    text: 'This record has no such part.',
    rule: 7,
    exception: 'infeasible',
  },
  'record-changed': {
    status: 409,
    issue: 'conflict',
    text: 'The record has changed since its first part was read. Start again from the first part.',
    rule: 7,
    exception: 'none',
  },
  'subject-only': {
    status: 403,
    issue: 'forbidden',
    text: 'Only the patient may ask for this.',
    rule: 6,
    exception: 'precondition',
  },
  unexplained: {
    status: 409,
    issue: 'conflict',
    text: 'These data changed and nobody recorded why. They are served again once the patient has seen the change.',
    rule: 7,
    exception: 'harm',
  },
  'rows-altered': {
    status: 409,
    issue: 'conflict',
    text: 'The data do not match what the institution committed to. Nothing is served; both sides are told.',
    rule: 7,
    exception: 'harm',
  },
  'rows-unusable': {
    status: 409,
    issue: 'processing',
    text: "The institution's data cannot be served as they are. The institution is told.",
    rule: 7,
    exception: 'harm',
  },
} as const satisfies Readonly<Record<string, Refusal>>

/** Why a request is refused. */
export type Reason = keyof typeof refusals

/** Body of a refusal: a FHIR R4 OperationOutcome with the reason beside it. */
export function outcomeOf(reason: Reason): string {
  const { issue, text } = refusals[reason]
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: issue, details: { coding: [{ code: reason }], text } }],
    code: reason,
    message: text,
  })
}
