/** Systems of codes that tell what a table holds. */
export type CodeSystem = 'atc' | 'icd' | 'loinc' | 'snomed'

/** A code that is read by its form alone; where a form is common, only with a check digit or a point. */
const forms: { readonly [system in CodeSystem]: (value: string) => boolean } = {
  loinc: (value) => /^\d{3,5}-\d$/.test(value) && hasLuhnDigit(value.replace('-', '')),
  atc: (value) => /^[ABCDGHJLMNPRSV]\d{2}[A-Z]{2}\d{2}$/.test(value),
  icd: (value) => /^[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?$/.test(value),
  snomed: (value) => /^[1-9]\d{5,17}$/.test(value) && hasVerhoeffDigit(value),
}

/** Letters that are read of a value: no code has as many. */
export const longestCode = 64

/** Values that have to differ, so that one that looks like a code by chance is none. */
const fewest = 2

/** The system that all of these values are codes of (LOINC, ATC, ICD-10, SNOMED CT); none is kept. */
export function codeSystemOf(values: readonly unknown[]): CodeSystem | undefined {
  if (values.some(isNoCode)) return undefined
  const texts = new Set(
    values.filter((value) => value !== null).map((value) => String(value).trim()),
  )
  texts.delete('')
  if (texts.size < fewest) return undefined
  const all = [...texts]
  const found = (Object.keys(forms) as CodeSystem[]).find((system) => all.every(forms[system]))
  // A10, B12 may be a ward or a bed.
  return found === 'icd' && !all.some((value) => value.includes('.')) ? undefined : found
}

/** Bytes and long texts; that they are none is seen without making a text of them. */
function isNoCode(value: unknown): boolean {
  return value instanceof Uint8Array || (typeof value === 'string' && value.length > longestCode)
}

/** Whether the last digit is the others' Luhn digit (LOINC Users' Guide, appendix C). */
function hasLuhnDigit(digits: string): boolean {
  const sum = [...digits].toReversed().reduce((total, digit, i) => {
    const doubled = Number(digit) * (i % 2 === 0 ? 1 : 2)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return sum % 10 === 0
}

const dihedral = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
] as const
const permuted = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
] as const

/** Whether the last digit is the others' Verhoeff digit (SNOMED CT Release File Specifications, 5.5). */
function hasVerhoeffDigit(digits: string): boolean {
  const check = [...digits].toReversed().reduce((sum, digit, i) => {
    const turned = Number(permuted[i % 8]?.[Number(digit)])
    return Number(dihedral[sum]?.[turned])
  }, 0)
  return check === 0
}
