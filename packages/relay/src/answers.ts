import { jsonAnswer, type RawAnswer } from '@medrec/protocol'

/** Every refusal of a relay: status and words; details name no content. */
const refusals = {
  MALFORMED: [400, 'The message is not well formed.'],
  RECORD_TOO_LARGE: [413, 'A record is larger than one batch of this relay.'],
  RECORD_REFUSED: [422, 'The ledger would refuse a record.'],
  RECORD_UNTIMELY: [
    409,
    'The deadline of a record is over, or too far off, by the clock of this relay: one of the clocks may be wrong.',
  ],
  NOTHING_TO_END: [
    409,
    'There is nothing that this record could end, as far as this relay has seen.',
  ],
  TOKEN_MISSING: [401, 'Creating needs a token of a certified institution.'],
  TOKEN_WRONG: [403, 'The token does not count.'],
  TOKEN_SPENT: [403, 'The token is spent for today.'],
  TOKEN_REFUSED: [403, 'Tokens are for registered participants who sign their request.'],
  RELAY_TOO_MANY_ENDINGS: [429, 'Too many records from this address; try again in a minute.'],
  RELAY_OUT_OF_FUNDS: [503, 'The account of this relay cannot pay for a batch.'],
  RELAY_NOT_CERTIFIED: [503, 'No certified institution allows the account of this relay.'],
  RELAY_BUSY: [503, 'Too many records wait at this relay.'],
  NOT_FOUND: [404, 'There is nothing at this address.'],
} as const

/** A refusal with its code; a detail names no content. */
export function refusal(code: keyof typeof refusals, detail?: string): RawAnswer {
  const [status, message] = refusals[code]
  const answer = jsonAnswer(status, { code, message, ...(detail !== undefined && { detail }) })
  return status === 429
    ? { ...answer, headers: { ...answer.headers, 'retry-after': '60' } }
    : answer
}
