/** FHIR R4 OperationOutcome.issue.code values that refusals use. */
type IssueCode =
  | 'forbidden'
  | 'expired'
  | 'suppressed'
  | 'conflict'
  | 'throttled'
  | 'transient'
  | 'structure'
  | 'too-long'
  | 'not-found'
  | 'duplicate'
  | 'processing'

type Refusal = { readonly status: number; readonly issue: IssueCode; readonly text: string }

/** Every refusal: HTTP status, FHIR code, and the words that its reader gets (DESIGN 6, Decision). */
export const refusals = {
  // To everybody
  malformed: {
    status: 400,
    issue: 'structure',
    text: 'The request is not of the form that the protocol prescribes.',
  },
  'too-large': { status: 413, issue: 'too-long', text: 'The request is larger than 64 KiB.' },
  'not-here': { status: 404, issue: 'not-found', text: 'There is nothing at this address.' },
  'too-many': {
    status: 429,
    issue: 'throttled',
    text: 'Too many requests. Try again in a moment.',
  },
  'view-old': {
    status: 503,
    issue: 'transient',
    text: "This institution's view of the chain is not current. Nobody is served until it is.",
  },
  'view-disputed': {
    status: 503,
    issue: 'transient',
    text: 'Two operators tell this institution different chains. Nobody is served until they agree.',
  },
  'database-unavailable': {
    status: 503,
    issue: 'transient',
    text: "The institution's database does not answer in time. Try again.",
  },
  'log-unavailable': {
    status: 503,
    issue: 'transient',
    text: 'Access cannot be recorded now, so nothing is served.',
  },
  // To strangers: one text for whatever is wrong
  refused: { status: 403, issue: 'forbidden', text: 'Refused.' },
  // To those who proved standing
  'request-old': {
    status: 403,
    issue: 'expired',
    text: 'This request is too old, or from the future. Check the clock and send a new one.',
  },
  'request-replayed': {
    status: 403,
    issue: 'duplicate',
    text: 'This request was answered before. Send a new one.',
  },
  'statement-expired': {
    status: 403,
    issue: 'expired',
    text: 'The statement for this request key has expired or does not hold yet.',
  },
  'relationship-none': {
    status: 409,
    issue: 'conflict',
    text: 'The chain does not show this relationship yet.',
  },
  'relationship-proposed': {
    status: 403,
    issue: 'forbidden',
    text: 'The patient has not accepted this relationship yet.',
  },
  'relationship-rejected': {
    status: 403,
    issue: 'forbidden',
    text: 'The patient rejected this relationship.',
  },
  'relationship-closed': {
    status: 403,
    issue: 'expired',
    text: 'The patient closed this relationship.',
  },
  'not-certified': {
    status: 403,
    issue: 'forbidden',
    text: 'This institution is not certified on this network any more. It answers the patient alone.',
  },
  'relationship-frozen': {
    status: 403,
    issue: 'forbidden',
    text: 'The patient has new keys. The institution has to propose the relationship anew.',
  },
  'scope-mismatch': {
    status: 403,
    issue: 'forbidden',
    text: 'This share is not what the chain holds under its grant.',
  },
  'scope-steward': {
    status: 403,
    issue: 'forbidden',
    text: 'This share is for the records of another institution.',
  },
  'scope-subject': {
    status: 403,
    issue: 'forbidden',
    text: "This share speaks of another person than this relationship's.",
  },
  'scope-index': {
    status: 403,
    issue: 'forbidden',
    text: "This share names another index than this relationship's.",
  },
  'grant-none': { status: 403, issue: 'forbidden', text: 'The chain does not show this grant.' },
  'grant-revoked': { status: 403, issue: 'forbidden', text: 'The patient stopped this share.' },
  'grant-expired': { status: 403, issue: 'expired', text: 'This share has ended.' },
  'epoch-closed': {
    status: 403,
    issue: 'forbidden',
    text: 'The patient stopped all shares of this relationship.',
  },
  'not-before': {
    status: 403,
    issue: 'forbidden',
    text: 'This share holds only from a later time on.',
  },
  purpose: { status: 403, issue: 'forbidden', text: 'This share is not for that purpose.' },
  'consent-missing': {
    status: 403,
    issue: 'forbidden',
    text: 'The institution has not consented to this share.',
  },
  'consent-ended': {
    status: 403,
    issue: 'expired',
    text: 'The consent of the institution has ended.',
  },
  'pointer-foreign': {
    status: 403,
    issue: 'forbidden',
    text: 'This relationship has no such record.',
  },
  'field-unknown': { status: 403, issue: 'forbidden', text: 'This record has no such field.' },
  'field-not-granted': {
    status: 403,
    issue: 'forbidden',
    text: 'The share does not include all of these fields.',
  },
  'catalogue-version': {
    status: 403,
    issue: 'forbidden',
    text: 'The share names fields that its catalogue version does not have.',
  },
  'version-none': { status: 404, issue: 'not-found', text: 'This version is not kept.' },
  'subject-only': { status: 403, issue: 'forbidden', text: 'Only the patient may ask for this.' },
  unexplained: {
    status: 409,
    issue: 'conflict',
    text: 'These data changed and nobody recorded why. They are served again once the patient has seen the change.',
  },
  'rows-altered': {
    status: 409,
    issue: 'conflict',
    text: 'The data do not match what the institution committed to. Nothing is served; both sides are told.',
  },
  'rows-unusable': {
    status: 409,
    issue: 'processing',
    text: "The institution's data cannot be served as they are. The institution is told.",
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
