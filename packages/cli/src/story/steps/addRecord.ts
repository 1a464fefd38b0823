import type { Hex } from '@medrec/protocol'
import { check, checkSame, checkThat, present } from '../check.ts'
import { readResult } from '../institutionDatabase.ts'
import { mined } from '../staff.ts'
import type { Trace } from '../Trace.ts'
import type { World } from '../World.ts'

/** What the first step leaves for the others. */
export type Added = {
  readonly facts: Readonly<Record<string, unknown>>
  readonly relationship: Hex
  readonly localPatient: string
  /** The record's key in the institution's database, and what was entered */
  readonly key: string
  readonly values: Readonly<Record<string, string>>
}

type Match = {
  readonly idTag: Hex
  readonly verifiedBy: readonly string[]
  readonly since: number
  readonly mayPropose: boolean
}
export type ListedPerson = {
  readonly id: string
  readonly status: string | null
  readonly relationship: Hex | null
}

/** Nobody has this number. */
const nobody = { type: 'national-id', country: 'US', value: '999-00-0000', birthDate: '1901-01-01' }

/** 1: a clinician finds a person by ID, proposes to keep her records, and adds a result (paper, Figure 2, 1-3). */
export async function addRecord(world: World, trace: Trace): Promise<Added> {
  const { clinician, patient, institution } = world
  const { identification } = patient.person
  const unknown = await clinician.post<{ match: Match | null }>('lookup', nobody)
  check('A number that nobody registered has no match', null, unknown.match)
  const looked = await clinician.post<{ match: Match | null }>('lookup', identification)
  const match = present('The registrar knows the person', looked.match)
  check('The match is the patient', patient.idTag, match.idTag)
  check('The institution may propose to her', true, match.mayPropose)
  const search = encodeURIComponent(identification.value)
  const { people } = await clinician.get<{ people: readonly ListedPerson[] }>(
    `people?search=${search}`,
  )
  const local = present('The institution knows her', people[0])
  check('She has no relationship here', null, local.status)
  const path = `patients/${encodeURIComponent(local.id)}`
  const proposal = await clinician.post<{ submission: string; relationship: Hex }>(
    `${path}/relationship`,
    { idTag: match.idTag, policy: 'subjectOnly' },
  )
  const values = {
    date: `${new Date().toISOString().slice(0, 19)}Z`,
    name: 'Ferritin',
    code: '2276-4',
    value: '8.4',
    unit: 'ng/mL',
    low: '15',
    high: '150',
  }
  const written = await clinician.post<{
    key: string
    pointers: readonly { relationship: Hex; version: number }[]
  }>(`${path}/records`, { resource: 'labs', values })
  const row = readResult(world.databaseOf(institution), {
    institution,
    owner: local.id,
    key: written.key,
  })
  checkSame(
    'A connection of our own reads in the institution’s database what was entered',
    values,
    row && Object.fromEntries(Object.keys(values).map((name) => [name, row[name]])),
  )
  await mined(clinician, proposal.submission, trace)
  checkThat(
    'The record has a pointer in the new relationship',
    written.pointers.some(({ relationship }) => relationship === proposal.relationship),
  )
  return {
    facts: {
      institution,
      verifiedBy: match.verifiedBy.length,
      relationship: proposal.relationship,
      relationshipStatus: 'proposed',
      writtenToInstitution: true,
      pointers: written.pointers.length,
    },
    relationship: proposal.relationship,
    localPatient: local.id,
    key: written.key,
    values,
  }
}
