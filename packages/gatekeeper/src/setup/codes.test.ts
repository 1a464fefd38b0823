import { expect, test } from 'vitest'
import { type CodeSystem, codeSystemOf } from './codes.ts'
import { categoryOf } from './words.ts'

test.each<[string, readonly unknown[], CodeSystem | undefined]>([
  ['LOINC', ['718-7', '2276-4', null, ''], 'loinc'],
  ['numbers with a wrong check digit', ['718-6', '2276-4'], undefined],
  ['ATC', ['B03AA07', ' A10BA02'], 'atc'],
  ['ICD-10', ['E11.9', 'I10'], 'icd'],
  ['wards', ['A10', 'B12'], undefined],
  ['SNOMED CT', ['73211009', 38341003n], 'snomed'],
  ['order numbers', ['73211001', '73211002'], undefined],
  ['one code alone', ['718-7', '718-7'], undefined],
  ['codes among words', ['718-7', '2276-4', 'none'], undefined],
  ['nothing', [null, ''], undefined],
])('%s are told by their form', (_, values, system) => {
  expect(codeSystemOf(values)).toBe(system)
})

test('bytes are no codes, and no text is made of them', () => {
  class Image extends Uint8Array {
    override toString(): string {
      throw new Error('a text of several times its size')
    }
  }
  expect(codeSystemOf([new Image(2), '718-7', '2276-4'])).toBeUndefined()
  expect(codeSystemOf(['718-7', '2276-4', 'x'.repeat(65)])).toBeUndefined()
})

const of = (codes: CodeSystem | undefined, name = 'x') => [{ name, codes }]

test.each<[string, string, ReturnType<typeof of>, number | undefined]>([
  ['codes alone', 'tab_7', of('atc'), 4],
  ['codes against a name that tells little', 'documents', of('loinc'), 5],
  ['a visit with its reason', 'visits', of('icd'), 9],
  ['an allergy to a medicine', 'allergies', of('atc'), 3],
  ['a vaccine', 'impfungen', of('atc'), 7],
  ['vital signs', 'vitals', of('loinc'), 6],
  [
    'a prescription with its reason and dose',
    'rezepte',
    [...of('icd'), ...of(undefined, 'dosierung')],
    4,
  ],
  ['money with a diagnosis', 'billing', of('icd'), undefined],
  ['what a system notes of itself', 'audit_entries', of('loinc'), undefined],
  ['columns alone', 'tab_8', of(undefined, 'dose'), undefined],
])('%s: the category of a table', (_, table, columns, category) => {
  expect(categoryOf(table, columns)?.category).toBe(category)
})
