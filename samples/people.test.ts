import { createHash } from 'node:crypto'
import { entryLists, type PersonRecord, parseBundle } from '@medrec/interop'
import { normalise } from '@medrec/protocol'
import { expect, test } from 'vitest'
import { cast, castRecords } from './cast.ts'
import { bundleOf } from './fhir.ts'
import { generatePeople } from './people.ts'

const options = { seed: 7, endDate: '2026-11-01', count: 12 }
const people = [...generatePeople(options)]

function digest(records: readonly PersonRecord[]): string {
  return createHash('sha256')
    .update(JSON.stringify(records.map(bundleOf)))
    .digest('hex')
}

test('the same seed gives the same bytes, another seed other people', () => {
  expect(digest([...generatePeople(options)])).toBe(digest(people))
  expect(digest([...generatePeople({ ...options, seed: 8 })])).not.toBe(digest(people))
  const few = [...generatePeople({ ...options, count: 5 })]
  expect(digest(few)).toBe(digest(people.slice(0, 5)))
})

test('the bytes are those of the last release', () => {
  // A new digest here means that every demo gets other people: change it on purpose only.
  expect(digest([...generatePeople({ ...options, count: 3 })])).toMatchInlineSnapshot(
    `"78cc45bb829b74acd7f8fa419e43a6decdaebab199033d424416fc91d99a303a"`,
  )
})

/** What FHIR carries over: numbers lose trailing zeros in JSON, and an entry's place is its visit's. */
function bare(person: PersonRecord): PersonRecord {
  const text = JSON.stringify(person, (key, value: unknown) => {
    if (key === 'organisationId' || key === 'panel') return undefined
    const quantity = value as { kind?: unknown; value?: unknown } | null
    return quantity?.kind === 'quantity'
      ? { ...quantity, value: String(Number(quantity.value)) }
      : value
  })
  return JSON.parse(text) as PersonRecord
}

test.each(people.slice(0, 8).map((person) => [person.id, person] as const))(
  'person %s written as FHIR R4 reads back whole',
  (_, person) => {
    const { persons, problems, unmapped } = parseBundle(
      JSON.parse(JSON.stringify(bundleOf(person))),
    )
    expect({ problems, unmapped, persons: persons.length }).toEqual({
      problems: [],
      unmapped: {},
      persons: 1,
    })
    const [before, after] = [bare(person), bare(persons[0] as PersonRecord)]
    expect(after.identification).toEqual(before.identification)
    expect(after.demographics).toMatchObject(before.demographics)
    for (const list of entryLists)
      expect(after[list].map(({ id }) => id)).toEqual(before[list].map(({ id }) => id))
    expect(after.observations).toMatchObject(before.observations)
    expect(after.documents).toMatchObject(before.documents)
    expect(after.medications).toMatchObject(before.medications)
    expect(after.conditions).toMatchObject(before.conditions)
  },
)

test('every entry refers to a visit of its own person, within her life and the history', () => {
  for (const person of people) {
    const visits = new Set(person.encounters.map(({ id }) => id))
    const ids = entryLists.flatMap((list) => person[list].map(({ id }) => id))
    expect(new Set(ids).size).toBe(ids.length)
    for (const list of entryLists)
      for (const entry of person[list])
        if (list !== 'encounters') expect(visits.has(entry.encounterId ?? '')).toBe(true)
    const heights = person.observations.filter(
      ({ code, date }) =>
        code.code === '8302-2' &&
        date > `${Number(person.demographics.birthDate.slice(0, 4)) + 19}`,
    )
    expect(
      Math.max(...heights.map(centimetres)) - Math.min(...heights.map(centimetres)),
    ).toBeLessThan(3)
    for (const { date } of person.observations) {
      expect(date >= person.demographics.birthDate).toBe(true)
      expect(date <= '2026-11-02').toBe(true)
    }
  }
})

function centimetres({ value }: PersonRecord['observations'][number]): number {
  return value?.kind === 'quantity' ? Number(value.value) : Number.NaN
}

function values(records: readonly PersonRecord[], code: string): number[] {
  return records.flatMap(({ observations }) =>
    observations.flatMap(({ code: of, value }) =>
      of.code === code && value?.kind === 'quantity' ? [Number(value.value)] : [],
    ),
  )
}

function withCondition(records: readonly PersonRecord[], code: string): readonly PersonRecord[] {
  return records.filter(({ conditions }) => conditions.some((one) => one.code.code === code))
}

const mean = (list: readonly number[]): number =>
  list.reduce((sum, one) => sum + one, 0) / list.length

test('diseases show in measurements and medicines', () => {
  const many = [...generatePeople({ ...options, count: 100, years: 5 })]
  const diabetic = withCondition(many, '44054006')
  expect(diabetic.length).toBeGreaterThan(4)
  expect(mean(values(diabetic, '4548-4'))).toBeGreaterThan(6.4)
  expect(
    diabetic.every(({ medications }) => medications.some(({ code }) => code.code === '860975')),
  ).toBe(true)
  const tense = withCondition(many, '59621000')
  const calm = many.filter((one) => !tense.includes(one))
  expect(mean(values(tense, '8480-6'))).toBeGreaterThan(mean(values(calm, '8480-6')) + 8)
  const women = (records: readonly PersonRecord[]) =>
    records.filter(({ demographics }) => demographics.gender === 'female')
  const pale = withCondition(many, '87522002')
  expect(mean(values(women(pale), '718-7'))).toBeLessThan(mean(values(women(calm), '718-7')) - 0.4)
  const expecting = withCondition(many, '72892002')
  expect(women(expecting)).toEqual(expecting)
})

test('the cast is complete, each with a login and a document of her own', () => {
  const roles = cast.map(({ role, institution }) => `${role} ${institution ?? ''}`.trim())
  const count = (role: string): number => roles.filter((one) => one === role).length
  expect(count('patient')).toBe(12)
  for (const role of ['family-member', 'second-opinion-doctor', 'researcher'])
    expect(count(role)).toBe(1)
  for (const institution of ['riverside', 'lakeview', 'hillcrest']) {
    expect(count(`clinician ${institution}`)).toBe(2)
    expect(count(`it ${institution}`)).toBe(1)
  }
  expect(new Set(cast.map(({ login }) => login)).size).toBe(cast.length)
  expect(new Set(cast.map(({ identification }) => normalise(identification))).size).toBe(
    cast.length,
  )
  expect(cast.every(({ identification }) => identification.value.startsWith('999-'))).toBe(true)
  const relative = cast.find(({ relativeOf }) => relativeOf !== undefined)
  expect(cast.some(({ login }) => login === relative?.relativeOf)).toBe(true)
  const records = castRecords(options)
  expect(records.map(({ identification }) => identification)).toEqual(
    cast.slice(0, records.length).map(({ identification }) => identification),
  )
})
