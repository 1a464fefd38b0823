import { MalformedError } from './errors.ts'

/** An identification number as it stands on a document. */
export type Identification = {
  /** Kind of number, such as `national-id` or `insurance-number`. */
  readonly type: string
  /** ISO 3166-1 alpha-2 */
  readonly country: string
  readonly value: string
  /** `YYYY-MM-DD` */
  readonly birthDate: string
}

/** The one spelling of an identification number that is blinded into an idTag (docs/protocol.md 2.1). */
export function normalise(identification: Identification): string {
  const type = identification.type.trim().toLowerCase()
  if (!/^[a-z0-9-]+$/.test(type))
    throw new MalformedError('the type of an identification number has letters, digits and hyphens')
  const country = identification.country.trim().toUpperCase()
  if (!/^[A-Z]{2}$/.test(country))
    throw new MalformedError('a country has two letters (ISO 3166-1)')
  const value = identification.value
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
  if (value === '') throw new MalformedError('an identification number has letters or digits')
  if (!isDate(identification.birthDate)) throw new MalformedError('a birth date is YYYY-MM-DD')
  return `medrec-id-v1|${type}|${country}|${value}|${identification.birthDate}`
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
