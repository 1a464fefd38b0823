import type { Gatekeeper, Person } from '@medrec/gatekeeper'
import type { Hex, Identification } from '@medrec/protocol'
import { ApiError } from './problems.ts'

/** A person of the institution's database, as the screens list her. */
export type ListedPerson = {
  readonly id: string
  readonly name: string
  readonly birthDate: string
  readonly sex: string | null
  readonly relationship: Hex | null
  readonly status: string | null
}

/** Longest list that a screen shows. */
const mostListed = 200

/** Searches by name, national number or record number; without words, everybody. */
export async function listPeople(
  gatekeeper: Gatekeeper,
  search: string,
): Promise<readonly ListedPerson[]> {
  const text = search.trim()
  const found = /\d/.test(text)
    ? [
        ...(await gatekeeper.search({ nationalId: text })),
        ...(await gatekeeper.search({ id: text })),
      ]
    : await gatekeeper.search(text === '' ? {} : { name: text })
  return found.slice(0, mostListed).map((person) => listed(gatekeeper, person))
}

/** One person by her id here. Throws ApiError. */
export async function personOf(gatekeeper: Gatekeeper, id: string): Promise<Person> {
  const person = (await gatekeeper.search({ id })).find((one) => one['id'] === id)
  if (person) return person
  throw new ApiError({
    status: 404,
    code: 'PATIENT_UNKNOWN',
    message: 'There is no such patient here.',
    whatToDo: 'Search for the person again.',
  })
}

/** A person with her newest relationship. */
export function listed(gatekeeper: Gatekeeper, person: Person): ListedPerson {
  const id = person['id'] ?? ''
  const newest = relationshipOf(gatekeeper, id)
  return {
    id,
    name: nameOf(person),
    birthDate: person['birth_date'] ?? '',
    sex: person['gender'] ?? null,
    relationship: newest?.relationship ?? null,
    status: newest ? statusOf(newest.status) : null,
  }
}

/** The relationship that counts: a live one, else the newest. */
export function relationshipOf(
  gatekeeper: Gatekeeper,
  localPatient: string,
): ReturnType<Gatekeeper['patients']>[number] | undefined {
  const own = gatekeeper.patients().filter((one) => one.localPatient === localPatient)
  const isLive = (status: string): boolean => ['none', 'proposed', 'accepted'].includes(status)
  return own.findLast(({ status }) => isLive(status)) ?? own.at(-1)
}

/** Name as it is said. */
export function nameOf(person: Person): string {
  return [person['given'], person['family']].filter((part) => part).join(' ')
}

/** The number that the registrar knows a person by. */
export function identificationOf(person: Person): Identification {
  const value = person['national_id'] ?? ''
  // Numbers that a hospital gave itself are no national ones (samples: identificationOf).
  const isNational = /^\d{3}-?\d{2}-?\d{4}$/.test(value)
  return {
    type: isNational ? 'national-id' : 'record-number',
    country: isNational ? 'US' : 'ZZ',
    value,
    birthDate: person['birth_date'] ?? '',
  }
}

/** A relationship's status in the words of the screens. */
export function statusOf(status: string): string {
  if (status === 'none') return 'sending'
  return status.startsWith('closed') ? 'closed' : status
}
