import { jsonAnswer, type RawAnswer } from '@medrec/protocol'

/** Every refusal of the look-up: status and words. */
const refusals = {
  MALFORMED: [400, 'The message is not well formed.'],
  WRONG_NETWORK: [403, 'The request is signed for another network.'],
  LOOKUP_REFUSED: [403, 'Look-ups are for certified institutions that sign their request.'],
  LOOKUP_REPEATED: [409, 'This request was answered already.'],
  LOOKUP_QUOTA: [429, 'No look-ups are left for today.'],
  NOT_FOUND: [404, 'There is nothing at this address.'],
} as const

/** A refusal with its code; a detail names no content. */
export function refusal(code: keyof typeof refusals, detail?: string): RawAnswer {
  const [status, message] = refusals[code]
  return jsonAnswer(status, { code, message, ...(detail !== undefined && { detail }) })
}
