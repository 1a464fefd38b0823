import type { UnprovenCode } from './verifyProof.ts'

/** What each code of a proof file that proves nothing means, in words for people. */
export const unprovenWords: Readonly<Record<UnprovenCode, string>> = {
  PROOF_MALFORMED: 'The file is not a proof, or a part of it is missing or of another form.',
  REQUEST_FORGED: 'The request in the file is not what its sender signed.',
  STATEMENT_FORGED: 'The registered person did not sign for the key that made the request.',
  RECEIPT_INVALID: 'The institution did not sign this answer to this request.',
  BLOCK_BROKEN: 'A block in the file is not whole: its receipts do not lead to its header.',
  REGISTRATION_MISSING: 'No block in the file registers the one who asked.',
  PROFILE_MISSING: "No block in the file names the institution's key.",
  ANCHOR_MISSING: 'The block in the file holds no anchor of the institution.',
  LOG_HIDDEN: 'What opens the list that commits to the log does not fit it.',
  ANSWER_MALFORMED: 'The answer cannot be opened with the key in the file, or is of no known form.',
  OTHER_RECORD: 'The answer speaks of another record than the request.',
  HEADER_MISMATCH: 'The description of the record does not fit the record.',
  RESULT_BROKEN: 'The values do not lead to what the institution committed to.',
  FIELDS_EXCEEDED: 'The answer holds fields that were not asked for or not shared.',
  FIELDS_MISSING: 'Fields that were asked for are missing.',
  INDEX_BROKEN: 'The record is not in the list that the institution committed to.',
  INDEX_FORKED: 'The list does not follow from the one before.',
  HISTORY_BROKEN: 'The versions of the record do not follow from each other.',
  LOG_BROKEN: 'The entries of the log are not those that the institution committed to.',
  PARTS_BROKEN: 'The parts in the file are not of one record, or do not follow each other.',
  LOG_START:
    'What the log held before the period is not what the institution had committed to at its beginning.',
  LOG_CHAIN:
    "An entry does not say whether it follows another of the same patient's, or says so twice.",
  LOG_CUT: 'The file ends before the last entry, or without the signature of the institution.',
  LOG_LONGER: 'The file goes on after the last entry that it announces: something was added.',
  LOG_UNSIGNED:
    'The institution did not sign this file with the key that it published, or the file was changed since.',
  LOG_ENTRY_MALFORMED: 'A line is no entry of a log.',
  LOG_ENTRY_CHANGED:
    'An entry, or its place among those of the same patient, is not the one that the log holds.',
  LOG_ENTRY_MISSING: 'An entry was left out.',
  LOG_ENTRY_DOUBLED: 'An entry stands twice, or at another place.',
  BLOCK_FOREIGN: 'A block in the file is not part of the chain that the door shows.',
  LOG_OTHER_NETWORK: 'The file is of another network than the ones before it.',
  PERIOD_UNCOVERED: 'The anchors in the file do not enclose the period that it claims to cover.',
  ROOT_UNKNOWN: 'What is shown leads to no anchor in the file, and to no promise that held then.',
}
