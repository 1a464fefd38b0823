import { normalise } from '@medrec/protocol'
import { expect, test } from 'vitest'
import { identificationOf, usable } from './people.ts'
import { ApiError } from './problems.ts'

const ada = { id: 'P1', birth_date: '1964-08-12' }

test.each([
  ['a US number by its form', { national_id: '512-44-7391' }, 'national-id|US|512447391'],
  ['a US number without hyphens', { national_id: '512447391' }, 'national-id|US|512447391'],
  ["a number of the hospital's own", { national_id: 'A1B2C3' }, 'record-number|ZZ|A1B2C3'],
  [
    'a national number of another country',
    { national_id: 'T22000129', id_country: 'DE' },
    'national-id|DE|T22000129',
  ],
  [
    'nine digits of another country',
    { national_id: '512 447 391', id_country: 'fr' },
    'national-id|FR|512447391',
  ],
  [
    'another kind of number',
    { national_id: 'B 0815/x', id_country: 'AT', id_type: 'insurance-number' },
    'insurance-number|AT|B0815X',
  ],
  [
    "a number that the catalogue calls the hospital's own",
    { national_id: '512-44-7391', id_country: 'ZZ' },
    'record-number|ZZ|512447391',
  ],
  [
    'columns that are there and empty',
    { national_id: '512-44-7391', id_country: null, id_type: null },
    'national-id|US|512447391',
  ],
  ['letters of any script', { national_id: 'Жс-12', id_country: 'BG' }, 'national-id|BG|ЖС12'],
])('%s is looked up as what it is', (_, columns, spelling) => {
  expect(normalise(identificationOf({ ...ada, ...columns }))).toBe(
    `medrec-id-v1|${spelling}|1964-08-12`,
  )
})

test.each([
  ['no number', { national_id: null }],
  ['a number of signs', { national_id: '--' }],
  ['a country of three letters', { national_id: '1', id_country: 'DEU' }],
  ['a kind with spaces', { national_id: '1', id_type: 'my number' }],
  ['no birth date', { national_id: '512-44-7391', birth_date: null }],
  ['half a birth date', { national_id: '512-44-7391', birth_date: '1964-08' }],
])('%s is refused in words, not repeated', (_, columns) => {
  let refused: unknown
  try {
    identificationOf({ ...ada, ...columns })
  } catch (error) {
    refused = error
  }
  expect(refused).toBeInstanceOf(ApiError)
  expect((refused as ApiError).problem).toMatchObject({ status: 400, code: 'ID_UNUSABLE' })
  expect(JSON.stringify((refused as ApiError).problem)).not.toMatch(/512|DEU|my number|1964/)
})

test('what the desk types in is judged alike', () => {
  const typed = { type: 'passport', country: 'NZ', value: 'LA 123456', birthDate: '1964-08-12' }
  expect(usable(typed)).toBe(typed)
  expect(() => usable({ ...typed, country: '49' })).toThrow(ApiError)
})
