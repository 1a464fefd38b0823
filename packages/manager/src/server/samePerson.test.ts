import { type Hex, type Identification, normalise, sha256, toHex, utf8 } from '@medrec/protocol'
import { expect, test } from 'vitest'
import { ApiError } from './problems.ts'
import { requireSamePerson } from './samePerson.ts'

const ada = { id: 'P1', national_id: '999-00-0001', birth_date: '1950-01-01' }
/** Any function of the number will do: the registrar's is tested there. */
const lookup = async (who: Identification): Promise<{ idTag: Hex }> => ({ idTag: tagOf(who) })
const tagOf = (who: Identification): Hex => toHex(sha256(utf8(normalise(who))))
const national = (value: string, birthDate = '1950-01-01'): Identification => ({
  type: 'national-id',
  country: 'US',
  value,
  birthDate,
})

test("a patient's records may go to the keys that her own number leads to", async () => {
  const idTag = tagOf(national('999-00-0001'))
  await expect(requireSamePerson(lookup, { person: ada, idTag })).resolves.toBeUndefined()
})

test.each([
  ['another number', national('999-00-0002')],
  ['another birth date', national('999-00-0001', '1951-01-01')],
  ["a number of the hospital's own", { ...national('999-00-0001'), type: 'record-number' }],
])('they never go to keys of %s', async (_, who) => {
  const asked = requireSamePerson(lookup, { person: ada, idTag: tagOf(who) })
  await expect(asked).rejects.toThrow(ApiError)
  await expect(asked).rejects.toMatchObject({ problem: { status: 409, code: 'ANOTHER_PERSON' } })
})
