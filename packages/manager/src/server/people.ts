import type { Gatekeeper, Person } from '@medrec/gatekeeper'
import { type Hex, type Identification, MalformedError, normalise } from '@medrec/protocol'
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

/** What a number is when the catalogue's search does not say so: only one kind can be told by its form. */
const usNumber = /^\d{3}-?\d{2}-?\d{4}$/

/**
 * The number that the registrar knows a person by (docs/protocol.md 2.1): the search's `national_id`, with its
 * `id_type` and `id_country` where the catalogue gives them. Throws ApiError when it cannot be looked up.
 */
export function identificationOf(person: Person): Identification {
  const value = person['national_id'] ?? ''
  const isUs = usNumber.test(value)
  const country = person['id_country'] ?? (isUs ? 'US' : 'ZZ')
  // Numbers that a hospital gave itself are no national ones (samples: identificationOf).
  const type = person['id_type'] ?? (country === 'ZZ' ? 'record-number' : 'national-id')
  return usable({ type, country, value, birthDate: person['birth_date'] ?? '' })
}

/** An identification that has the one spelling which is looked up. Throws ApiError, without repeating it. */
export function usable(identification: Identification): Identification {
  try {
    normalise(identification)
    return identification
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    throw new ApiError({
      status: 400,
      code: 'ID_UNUSABLE',
      message:
        'This number cannot be looked up: it needs a kind, a country of two letters, letters or digits, and the date of birth.',
      whatToDo: 'Check the number and the date of birth in your own records.',
    })
  }
}

/** A relationship's status in the words of the screens. */
export function statusOf(status: string): string {
  if (status === 'none') return 'sending'
  return status.startsWith('closed') ? 'closed' : status
}
