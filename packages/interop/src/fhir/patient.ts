import type { Identification } from '@medrec/protocol'
import type { Demographics } from '../PersonRecord.ts'
import { first, type Json, object, objects, text } from './json.ts'
import { codeOf, date } from './values.ts'

const ssnSystem = 'http://hl7.org/fhir/sid/us-ssn'
const genders: readonly string[] = ['female', 'male', 'other']

/** Reads who a FHIR Patient is; undefined without a usable birth date. */
export function readDemographics(patient: Json): Demographics | undefined {
  const birthDate = date(patient['birthDate'])
  if (birthDate === undefined) return undefined
  const name = chosenName(patient)
  const address = first(patient['address'])
  const gender = text(patient['gender'])
  return {
    ...namesOf(name),
    gender: genders.includes(gender) ? (gender as Demographics['gender']) : 'unknown',
    birthDate,
    deathDate: date(patient['deceasedDateTime']),
    street: strings(address['line']).join(', '),
    city: text(address['city']),
    state: text(address['state']),
    postalCode: text(address['postalCode']),
    country: text(address['country']),
    phone: text(objects(patient['telecom']).find((one) => one['system'] === 'phone')?.['value']),
    language: codeOf(first(patient['communication'])['language']),
    maritalStatus: codeOf(patient['maritalStatus']),
    race: extensionText(patient, 'us-core-race'),
    ethnicity: extensionText(patient, 'us-core-ethnicity'),
  }
}

function chosenName(patient: Json): Json {
  const names = objects(patient['name'])
  return names.find((name) => name['use'] === 'official') ?? names[0] ?? {}
}

function namesOf(name: Json): Pick<Demographics, 'given' | 'family' | 'prefix'> {
  const family = text(name['family'])
  const given = strings(name['given']).join(' ')
  // Some sources give the words only (an unknown name is shown as such, never left blank).
  if (family === '' && given === '') return { given: '', family: text(name['text']) || 'Unknown' }
  return { given, family, prefix: strings(name['prefix']).join(' ') || undefined }
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map((one) => text(one)).filter(Boolean) : []
}

function extensionText(patient: Json, name: string): string {
  const extension = objects(patient['extension']).find((one) => text(one['url']).endsWith(name))
  const words = objects(extension?.['extension']).find((one) => one['url'] === 'text')
  return text(words?.['valueString'])
}

/** The national number by which providers know the person, if the source names one. */
export function readIdentification(patient: Json, birthDate: string): Identification | undefined {
  const identifiers = objects(patient['identifier']).filter((one) => usable(text(one['value'])))
  const ssn = identifiers.find((one) => one['system'] === ssnSystem)
  if (ssn) return identificationOf('US', ssn, birthDate)
  const national = identifiers.find((one) =>
    ['NI', 'NN', 'SS', 'NIIP'].includes(codeOf(object(one['type']))),
  )
  const country = text(first(patient['address'])['country']).toUpperCase()
  return (
    national && identificationOf(/^[A-Z]{2}$/.test(country) ? country : 'ZZ', national, birthDate)
  )
}

function identificationOf(country: string, identifier: Json, birthDate: string): Identification {
  return { type: 'national-id', country, value: text(identifier['value']), birthDate }
}

function usable(value: string): boolean {
  return /[\p{L}\p{N}]/u.test(value)
}
