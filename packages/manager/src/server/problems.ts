import {
  CatalogueError,
  DatabaseBusyError,
  DatabaseSettingsError,
  DatabaseStoppedError,
  EmergencyReviewedError,
  LogExportChangedError,
  LogUnanchoredError,
  NothingChangedError,
  NothingToExplainError,
  NotWritableError,
  PatientUnknownError,
  RecordNotFoundError,
  RequestReusedError,
  RowsUnusableError,
  ValuesError,
  WriteRefusedError,
} from '@medrec/gatekeeper'
import { MedrecError } from '@medrec/protocol'
import {
  AlreadyRegisteredError,
  CardWrongError,
  InvitationError,
  LookupRefusedError,
  NotRegisteredError,
  RegistrarUnreachableError,
  RegistrationWrongError,
} from '@medrec/registrar'

/** An answer to staff when something did not work: in words, with a remedy. */
export type Problem = {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly whatToDo: string
  /** What a screen may offer to answer otherwise */
  readonly remedies?: readonly unknown[]
}

type Row = readonly [
  type: abstract new (...args: never[]) => Error,
  status: number,
  message: string,
  whatToDo: string,
]

const table: readonly Row[] = [
  [
    EmergencyReviewedError,
    409,
    'There is no such emergency access, or somebody reviewed it before.',
    'Load the list again.',
  ],
  [
    LogUnanchoredError,
    503,
    'No part of this period is anchored on the chain yet, so that nothing could be proven.',
    'Try again after the next anchor, or choose an earlier period.',
  ],
  [
    LogExportChangedError,
    409,
    'This export cannot be gone on with: what it rests on has changed since it began.',
    'Delete what came of it, and export anew.',
  ],
  [PatientUnknownError, 404, 'There is no such patient here.', 'Search for the person again.'],
  [RecordNotFoundError, 404, 'This patient has no such record.', 'Reload the page.'],
  [
    ValuesError,
    400,
    'Some values cannot be saved as they are.',
    'Dates are year-month-day, numbers have no letters.',
  ],
  [
    NothingChangedError,
    409,
    'The record stands so already. The reason is not kept.',
    'Change a value, or close this.',
  ],
  [
    NothingToExplainError,
    404,
    'There is no such relationship, record, entry or block here.',
    'Choose one of those that are listed.',
  ],
  [NotWritableError, 409, 'Records of this kind cannot be written here.', 'Use your own system.'],
  [RequestReusedError, 409, 'This was saved before with other content.', 'Reload the page.'],
  [
    WriteRefusedError,
    409,
    'The hospital database refused this. Nothing was saved.',
    'Check the values, or ask your IT department.',
  ],
  [
    DatabaseBusyError,
    503,
    'The hospital database is busy. Nothing was saved.',
    'Try again in a moment.',
  ],
  [
    DatabaseSettingsError,
    503,
    'The hospital database cannot be read safely right now.',
    'Tell your IT department.',
  ],
  [
    DatabaseStoppedError,
    503,
    'The hospital database cannot be read right now.',
    'Try again; if it stays so, tell your IT department.',
  ],
  [
    RowsUnusableError,
    409,
    'These records cannot be shown as they are.',
    'Tell your IT department.',
  ],
  [
    CatalogueError,
    500,
    'The catalogue of this node does not fit the database.',
    'Tell your IT department.',
  ],
  [
    AlreadyRegisteredError,
    409,
    'This person is registered already.',
    'Look the person up instead of inviting again.',
  ],
  [NotRegisteredError, 404, 'This person is not registered yet.', 'Print an invitation.'],
  [
    CardWrongError,
    409,
    'This card does not belong to this person.',
    'Ask the person to show the card again, and check the document.',
  ],
  [
    InvitationError,
    410,
    'This invitation is unknown, was used already, or has expired.',
    'Ask the institution for a new one.',
  ],
  [
    RegistrationWrongError,
    400,
    'This registration cannot be completed.',
    'Open the invitation again. If it happens again, ask the institution for a new one.',
  ],
  [
    LookupRefusedError,
    403,
    'The registrar refused this look-up.',
    'Wait if you looked up many people today; else tell your IT department.',
  ],
  [
    RegistrarUnreachableError,
    503,
    'The registrar cannot be reached right now.',
    'Try again in a moment.',
  ],
]

/** What staff reads of an error, or undefined when it is none of those that can be expected. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof ApiError) return error.problem
  const row = table.find(([type]) => error instanceof type)
  if (row && error instanceof MedrecError)
    return {
      status: row[1],
      code: error.code,
      message: row[2],
      whatToDo: nameFields(error) + row[3],
    }
  const known = error instanceof MedrecError ? ofLibrary[error.code] : undefined
  if (!known || !(error instanceof MedrecError)) return undefined
  const [status, message, whatToDo] = known
  return { status, code: error.code, message, whatToDo }
}

/** The fields of a form that were wrong, by their names; never what stood in them. */
function nameFields(error: MedrecError): string {
  return error instanceof ValuesError ? `Wrong or missing: ${error.fields.join(', ')}. ` : ''
}

/** Errors of the library that staff can act on, by code. */
const ofLibrary: Readonly<Record<string, readonly [number, string, string]>> = {
  SUBJECT_NOT_ATTESTED: [
    409,
    'These keys were neither shown at your desk nor attested by two other institutions.',
    'Ask the person to show her card at your desk first.',
  ],
  SHARE_UNKNOWN: [404, 'There is no such sharing here.', 'Reload the page.'],
  CONSENT_NOT_WANTED: [
    409,
    'This sharing does not wait for an answer: it was answered, stopped, or needs none.',
    'Reload the page.',
  ],
}

/** A request that the staff API answers with a problem of its own. */
export class ApiError extends MedrecError {
  readonly code = 'STAFF_REQUEST_REFUSED'
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}
