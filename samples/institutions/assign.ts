import { type Entry, entryLists, type PersonRecord } from '@medrec/interop'
import { type Institution, institutions } from './catalogue.ts'
import { numberOf, personKey } from './rows.ts'

/** The institution that stands for an organisation: itself by name, else one chosen by hash (the same every time). */
export function institutionOf(organisationId: string): Institution {
  const known = institutions.find((institution) => institution === organisationId)
  return (
    known ??
    (institutions[numberOf('organisation', organisationId) % institutions.length] as Institution)
  )
}

/**
 * Spreads a person's entries over the institutions: each goes where its encounter took place, or where its own
 * organisation stands; what names neither goes to the place of her first encounter.
 */
export function splitByInstitution(person: PersonRecord): ReadonlyMap<Institution, PersonRecord> {
  const visits = new Map(
    person.encounters.flatMap(({ id, organisationId }) =>
      organisationId === undefined ? [] : [[id, institutionOf(organisationId)] as const],
    ),
  )
  const home = visits.values().next().value ?? institutionOf(personKey(person))
  const placeOf = (entry: Entry): Institution => {
    const visit = visits.get(entry.encounterId ?? entry.id)
    if (visit) return visit
    return entry.organisationId === undefined ? home : institutionOf(entry.organisationId)
  }
  const parts = institutions
    .map((institution) => [institution, partOf(person, institution, placeOf)] as const)
    .filter(
      ([institution, part]) =>
        institution === home || entryLists.some((list) => part[list].length > 0),
    )
  return new Map(parts)
}

function partOf(
  person: PersonRecord,
  institution: Institution,
  placeOf: (entry: Entry) => Institution,
): PersonRecord {
  const own = entryLists.map((list) => {
    const entries: readonly Entry[] = person[list]
    return [list, entries.filter((entry) => placeOf(entry) === institution)] as const
  })
  return { ...person, ...Object.fromEntries(own) }
}
