import { refusals } from '@medrec/gatekeeper'
import { origins } from '@medrec/protocol'
import { expect, test } from 'vitest'
import { live } from '../../web/src/text/live.ts'
import { record } from '../../web/src/text/record.ts'

/** Steps 1 to 3 refuse before anybody is known, so that no line of a patient's log says so. */
const loggedFrom = 4
/** Of the institution's own state, not of anything a patient did. */
const ofTheInstitution = new Set(['database-unavailable', 'log-unavailable'])

test('a patient reads why somebody was refused in words, never a code', () => {
  const wanted = Object.entries(refusals)
    .filter(([code, { rule }]) => rule >= loggedFrom && !ofTheInstitution.has(code))
    .map(([code]) => code)
  expect(wanted.filter((code) => live.codes[code] === undefined)).toEqual([])
  expect(Object.keys(live.codes).filter((code) => !(code in refusals))).toEqual([])
})

test('a patient reads how a version came in words', () => {
  const known = Object.keys(record.origins).map(Number)
  expect(known.toSorted()).toEqual(Object.values(origins).toSorted())
})
