import type { Refusal } from './access.ts'

const words: Readonly<Record<string, string>> = {
  ANSWER_MALFORMED: 'The answer has no form that we know.',
  OTHER_RECORD: 'The answer is about another record than the one asked for.',
  HEADER_MISMATCH: 'The answer contradicts itself about what it contains.',
  RESULT_BROKEN: 'The data do not match what the institution committed to.',
  FIELDS_EXCEEDED: 'The answer has more than was asked for or allowed.',
  FIELDS_MISSING: 'The answer lacks fields that were asked for.',
  INDEX_BROKEN: 'The record does not stand in the index of this relationship.',
  INDEX_FORKED: 'The index does not follow from the one we saw before.',
  HISTORY_BROKEN: 'The versions of this record do not follow from each other.',
  LOG_BROKEN: 'The log does not match what the institution committed to.',
  NOT_IN_INDEX: 'This record does not stand in the index of this relationship.',
  ROOT_UNKNOWN: 'The data match no commitment that counts now.',
  PART_MISPLACED: 'The part does not follow the one before.',
}

/** An answer whose proof fails, as a value. */
export function disbelieved(code: string): Refusal {
  return { ok: false, code, words: words[code] ?? code, status: 0, signed: false }
}
