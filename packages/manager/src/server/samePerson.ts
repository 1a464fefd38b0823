import type { Person } from '@medrec/gatekeeper'
import type { Hex, Identification } from '@medrec/protocol'
import { identificationOf } from './people.ts'
import { ApiError } from './problems.ts'

/**
 * Nobody is offered another's records: the number in the institution's own database has to lead to the keys
 * that these are to be proposed to, whatever a screen says (docs/threats.md). Throws ApiError.
 */
export async function requireSamePerson(
  lookup: (identification: Identification) => Promise<{ readonly idTag: Hex }>,
  { person, idTag }: { readonly person: Person; readonly idTag: Hex },
): Promise<void> {
  const found = await lookup(identificationOf(person))
  if (found.idTag === idTag) return
  throw new ApiError({
    status: 409,
    code: 'ANOTHER_PERSON',
    message: 'The person found is not this patient: the number in your records is another one.',
    whatToDo: 'Look up the patient by the number and birth date in your own records.',
  })
}
