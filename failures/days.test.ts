import { expect, test } from 'vitest'
import { calendarOf } from './days/calendar.ts'
import { Model, type Question, type Right } from './days/Model.ts'
import { mishapKinds } from './days/mishaps.ts'
import { failures } from './failures.test-support.ts'

/** Ample for a machine with two cores that does other things besides. */
const patience = 600_000
const until = 2_000

test(
  'over a whole day with faults nobody reads what she may not, and nothing is lost',
  async () => {
    const said = await failures('days', '--seed', '2')
    expect(said).toMatch(/^days seed 2: 1 days, 0 violations, [^\n]*\nended: 0\n$/)
    const [, allowed, refused] = /(\d+) reads allowed, (\d+) refused/.exec(said) ?? []
    expect(Number(allowed)).toBeGreaterThan(10)
    expect(Number(refused)).toBeGreaterThan(10)
  },
  patience,
)

test('the same seed draws the same days, another seed or day draws others', () => {
  const told = (seed: number, day: number): string =>
    JSON.stringify(calendarOf(seed, day).map(({ at, deed, trouble }) => [at, deed, trouble]))
  expect(told(7, 0)).toBe(told(7, 0))
  const drawn = [1, 2, 3, 4, 5].flatMap((seed) => [0, 1, 2].map((day) => told(seed, day)))
  expect(new Set(drawn).size).toBe(15)
  for (const kind of mishapKinds) expect(drawn.join('')).toContain(`"kind":"${kind}"`)
})

const right = (change: Partial<Right> = {}): Right => ({
  ...{ kind: 'share', viewer: 'viewer1', slot: '0x1', resource: 'labs', until, epoch: 0 },
  ...{ isGiven: true, isEnded: false, isEndKnown: false, endMinedAt: undefined },
  patient: {
    ...{ name: 'patient1', localPatient: 'P1', relationship: '0x2' },
    ...{ pointers: { labs: '0x3', visits: '0x4' }, isAccepted: true, isClosed: false, epoch: 0 },
    ...{ alterations: 0, seenAlterations: 0, saidAlterations: 0, written: [] },
  },
  ...change,
})

test.each<[string, Partial<Right>, Partial<Question>, number, string]>([
  ['what was given', {}, {}, 1_999, 'allow'],
  ['in the second in which it ends', {}, {}, 2_000, 'refuse'],
  ['with a stolen share', {}, { viewer: 'viewer2' }, 1_000, 'refuse'],
  ['for more fields', {}, { elements: ['date', 'code'] }, 1_000, 'refuse'],
  ['for another purpose', {}, { purpose: 2 }, 1_000, 'refuse'],
  ['another record', {}, { resource: 'visits' }, 1_000, 'refuse'],
  ['after an end that is known', { isEnded: true, isEndKnown: true }, {}, 1_000, 'refuse'],
  ['after an end on its way', { isEnded: true }, {}, 1_000, 'nothing'],
  ['300 seconds after an end was mined', { isEnded: true, endMinedAt: 700 }, {}, 1_000, 'nothing'],
  ['301 seconds after it', { isEnded: true, endMinedAt: 699 }, {}, 1_000, 'refuse'],
  ['before everybody saw it', { isGiven: false }, {}, 1_000, 'nothing'],
])('the model says of a question %s what must be', (_, change, asked, now, must) => {
  const given = right(change)
  const usual = { right: given, viewer: 'viewer1', resource: 'labs', purpose: 1 } as const
  const question: Question = { ...usual, elements: ['date'], ...asked }
  expect(new Model().verdict(question, now, true).must).toBe(must)
})

test('rows that somebody changed are for nobody until the patient says that she saw it', () => {
  const given = right()
  given.patient.alterations = 1
  const model = new Model()
  model.patients.push(given.patient)
  const usual = { right: given, viewer: 'viewer1', resource: 'labs', purpose: 1 } as const
  const verdict = () => model.verdict({ ...usual, elements: ['date'] }, 1_000, true).must
  expect(verdict()).toBe('refuse')
  given.patient.saidAlterations = 1
  expect(verdict()).toBe('refuse')
  model.settle()
  expect(verdict()).toBe('allow')
})
