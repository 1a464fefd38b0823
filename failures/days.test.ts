import { expect, test } from 'vitest'
import { calendarOf, deedKinds } from './days/calendar.ts'
import { type Consent, Model, type Patient, type Question, type Right } from './days/Model.ts'
import { mishapKinds } from './days/mishaps.ts'
import { failures } from './failures.test-support.ts'

/** Ample for a machine with two cores that does other things besides. */
const patience = 600_000
const until = 2_000

test(
  'over a whole day with faults nobody reads what she may not, and nothing is lost',
  async () => {
    const said = await failures('days', '--seed', '205')
    expect(said).toMatch(/^days seed 205: 1 days, 0 violations, [^\n]*\nended: 0\n$/)
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
  const seeds = Array.from({ length: 20 }, (_, i) => i + 1)
  const drawn = seeds.flatMap((seed) => [0, 1, 2].map((day) => told(seed, day)))
  expect(new Set(drawn).size).toBe(60)
  for (const kind of mishapKinds) expect(drawn.join('')).toContain(`"kind":"${kind}"`)
  for (const kind of deedKinds) expect(drawn.join('')).toContain(`"${kind}"`)
})

const right = (change: Partial<Right> = {}): Right => ({
  ...{
    kind: 'share',
    by: 'patient1',
    viewer: 'viewer1',
    slot: '0x1',
    resource: 'labs',
    until,
    epoch: 0,
  },
  ...{ isGiven: true, isEnded: false, isEndKnown: false, endMinedAt: undefined },
  patient: {
    ...{ name: 'patient1', localPatient: 'P1', isDual: false, relationship: '0x2' },
    ...{ pointers: { labs: '0x3', visits: '0x4' }, isAccepted: true, isClosed: false, epoch: 0 },
    ...{ alterations: 0, seenAlterations: 0, saidAlterations: 0, written: [] },
    ...{ isOptedOut: false, word: 0 },
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
  expect(verdictOf(right(change), asked, now)).toBe(must)
})

test.each<[string, Partial<Right>, Partial<Question>, number, string]>([
  ['what a delegate passed on', {}, {}, 1_000, 'allow'],
  ['after her delegation was ended', { isEnded: true, isEndKnown: true }, {}, 1_000, 'refuse'],
  ['while its end is on its way', { isEnded: true }, {}, 1_000, 'nothing'],
  ['once that is old in a block', { isEnded: true, endMinedAt: 699 }, {}, 1_000, 'refuse'],
  ['after her delegation was over', { until: 900 }, {}, 1_000, 'refuse'],
  ['for more fields than she passed on', {}, { elements: ['code'] }, 1_000, 'refuse'],
])('the model says of a passed-on share, %s, what must be', (_, change, asked, now, must) => {
  const through = right({ kind: 'delegation', viewer: 'carer', ...change })
  const passed = right({ kind: 'passed', by: 'carer', through })
  expect(verdictOf(passed, asked, now)).toBe(must)
})

test.each<[string, Partial<Right>, Partial<Question>, string]>([
  ['every record', {}, { resource: 'visits', elements: ['reason'] }, 'allow'],
  ['for another purpose', {}, { purpose: 1 }, 'refuse'],
  ['with the access of another', {}, { viewer: 'viewer1' }, 'refuse'],
  ['when it is over', { until: 1_000 }, {}, 'refuse'],
  ['after her word against it', { isEnded: true, isEndKnown: true }, {}, 'refuse'],
])('the model says of an emergency access, %s, what must be', (_, change, asked, must) => {
  const opened = right({ kind: 'emergency', viewer: 'clinician', epoch: undefined, ...change })
  expect(verdictOf(opened, { purpose: 6, ...asked }, 1_000)).toBe(must)
})

test.each<[string, Partial<Patient>, boolean, boolean, string]>([
  ['by whoever is certified', {}, true, true, 'allow'],
  ['by anybody else', {}, false, false, 'refuse'],
  ['against the word of the patient', { isOptedOut: true }, true, true, 'refuse'],
  ['after she closed the relationship', { isClosed: true }, true, true, 'refuse'],
  ['while her word is on its way', { isOptedOut: true }, true, false, 'nothing'],
])(
  'the model says of an emergency access that is opened %s what must be',
  (_, change, isCertified, isCalm, must) => {
    const patient = { ...right().patient, ...change }
    expect(new Model().opening({ patient, isCertified }, isCalm).must).toBe(must)
  },
)

test.each<[string, Partial<Consent>, string]>([
  ['that nobody consented to', { isTried: false, isGiven: false }, 'refuse'],
  ['to which a consent is on its way', { isGiven: false }, 'nothing'],
  ['with a consent', {}, 'allow'],
  ['whose consent is being taken back', { isEnded: true }, 'nothing'],
  ['whose consent was taken back', { isEnded: true, isEndKnown: true }, 'refuse'],
])('the model says of a share %s what must be', (_, change, must) => {
  const consent = { isTried: true, isGiven: true, isEnded: false, isEndKnown: false, ...change }
  expect(verdictOf(right({ consent }), {}, 1_000)).toBe(must)
})

test('a share that is renewed may end at either time until the renewal has arrived', () => {
  const renewed = right({ renewed: 3_000 })
  const model = new Model()
  model.rights.push(renewed)
  const said = [1_999, 2_000, 3_000].map((now) => verdictOf(renewed, {}, now))
  expect(said).toEqual(['allow', 'nothing', 'refuse'])
  model.settle()
  expect([2_000, 2_999, 3_000].map((now) => verdictOf(renewed, {}, now))).toEqual([
    'allow',
    'allow',
    'refuse',
  ])
})

test('what was taken back is remembered until its time is over, with what rested on it', () => {
  const model = new Model()
  const [share, delegation] = [right({ until: 1_500 }), right({ kind: 'delegation' })]
  const passed = right({ kind: 'passed', by: 'carer', through: delegation })
  model.rights.push(share, delegation, passed)
  expect(model.takenBack(1_000)).toEqual([])
  model.end([share, delegation])
  expect(model.takenBack(1_000)).toEqual([share, delegation, passed])
  expect(model.live(1_000)).toEqual([])
  expect(model.takenBack(1_500)).toEqual([delegation, passed])
})

function verdictOf(of: Right, asked: Partial<Question>, now: number): string {
  const { viewer, resource } = of
  const question = { right: of, viewer, resource, elements: ['date'], purpose: 1, ...asked }
  return new Model().verdict(question, now, true).must
}

test('rows that somebody changed are for nobody until the patient says that she saw it', () => {
  const given = right()
  given.patient.alterations = 1
  const model = new Model()
  model.patients.push(given.patient)
  const usual = { right: given, viewer: 'viewer1', resource: 'labs', purpose: 1 } as const
  const verdict = () => model.verdict({ ...usual, elements: ['date'] }, 1_000, true).must
  expect(verdict()).toBe('refuse')
  given.patient.saidAlterations = 1
  expect(verdict()).toBe('nothing')
  model.settle()
  expect(verdict()).toBe('allow')
})
