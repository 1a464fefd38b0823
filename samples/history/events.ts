import { type Acute, acute, allergens, vaccines } from '../clinical/acute.ts'
import { rxnorm, snomed } from '../clinical/codes.ts'
import type { Institution } from '../institutions/catalogue.ts'
import { dayNumber, momentOf } from '../time.ts'
import { type Draft, entryAt, note, type Visit, visit } from './draft.ts'
import { panel, vitals, withinHistory } from './measure.ts'

/** Yearly check-ups (more often in small children), with the vaccinations that are due. */
export function liveThroughCheckUps(draft: Draft): void {
  const { random, profile } = draft
  let last = draft.from - 1
  for (let day = draft.from + random.whole(5, 200); day <= draft.to; ) {
    const age = draft.ageOn(day)
    const seen = visit(draft, age < 18 ? 'child' : 'checkUp', profile.primary, day)
    vitals(draft, seen, false)
    if (age >= 18) panel(draft, seen, 'blood')
    if (age >= 35) panel(draft, seen, 'lipids')
    if (age >= 40 && random.chance(0.4)) panel(draft, seen, 'vitaminD')
    vaccinate(draft, seen, last)
    if (age > 50 && random.chance(0.08))
      draft.procedures.push({
        ...entryAt(draft, seen, snomed('73761001', 'Colonoscopy'), 'completed'),
        start: momentOf(day, seen.minutes),
        end: momentOf(day, seen.minutes + 40),
      })
    last = day
    day += stepAt(age) + random.whole(-15, 25)
  }
}

/** Gives the vaccines that fell due since the last check-up. */
function vaccinate(draft: Draft, at: Visit, last: number): void {
  const { random, profile } = draft
  const birth = dayNumber(profile.demographics.birthDate)
  const isDue = (age: number): boolean => {
    const day = birth + Math.round(age * 365.2425)
    return day > last && day <= at.day
  }
  for (const { code, ages } of vaccines)
    if (ages.some(isDue))
      draft.immunizations.push({
        ...entryAt(draft, at, code, 'completed'),
        date: momentOf(at.day, at.minutes + 15),
        lot: `${random.pick(['AK', 'BX', 'FL', 'ZN'])}${random.whole(1000, 9999)}`,
      })
}

function stepAt(age: number): number {
  if (age < 1) return 70
  if (age < 3) return 180
  return age < 18 || age > 45 ? 365 : 540
}

/** Passing illnesses and injuries, drawn month by month. */
export function liveThroughIllnesses(draft: Draft): void {
  const { random } = draft
  for (let day = draft.from + 20; day < draft.to - 5; day += 30) {
    const age = draft.ageOn(day)
    for (const illness of acute)
      if (random.chance(illness.perYear(age) / 12))
        fallIll(draft, illness, day + random.whole(0, 24))
  }
}

function fallIll(draft: Draft, illness: Acute, day: number): void {
  const { random, profile } = draft
  if (!withinHistory(draft, day)) return
  const place: Institution = illness.emergency ? 'riverside' : profile.primary
  const seen = visit(draft, illness.emergency ? 'emergency' : 'problem', place, day, illness.code)
  vitals(draft, seen, illness.fever)
  if (illness.panel) panel(draft, seen, illness.panel)
  const over = day + random.whole(...illness.days)
  draft.conditions.push({
    ...entryAt(draft, seen, illness.code, over <= draft.to ? 'resolved' : 'active'),
    onset: momentOf(day - random.whole(0, 2), 0),
    abatement: over <= draft.to ? momentOf(over, 0) : undefined,
    verification: 'confirmed',
  })
  if (illness.drug) {
    const until = day + illness.drug.days
    draft.medications.push({
      ...entryAt(draft, seen, illness.drug.drug, until <= draft.to ? 'completed' : 'active'),
      start: momentOf(day, seen.minutes + 12),
      end: momentOf(until, seen.minutes),
      dosage: illness.drug.dosage,
      reason: illness.code,
    })
  }
  if (illness.procedure)
    draft.procedures.push({
      ...entryAt(draft, seen, illness.procedure, 'completed'),
      start: momentOf(day, seen.minutes + 60),
      end: momentOf(day, seen.minutes + 90),
      reason: illness.code,
    })
  note(draft, seen, illness.code.display, illness.note)
}

/** Allergies, recorded at the first visit of the history. */
export function recordAllergies(draft: Draft): void {
  const [first] = draft.encounters
  if (!first) return
  const day = dayNumber(first.start.slice(0, 10))
  for (const position of draft.profile.allergies) {
    const allergen = allergens[position]
    if (allergen)
      draft.allergies.push({
        ...entryAt(draft, { day, minutes: 600, encounter: first }, allergen.code, 'active'),
        recorded: first.start,
        category: allergen.category,
        criticality: allergen.severity === 'severe' ? 'high' : 'low',
        reaction: allergen.reaction,
        severity: allergen.severity,
      })
  }
}

const pregnancyCode = snomed('72892002', 'Normal pregnancy')

/** Pregnancies: visits every month, blood and iron, vitamins, delivery at the hospital. */
export function livePregnancies(draft: Draft): void {
  for (const birth of draft.profile.births) {
    const delivered = dayNumber(birth)
    const began = delivered - 280
    if (!withinHistory(draft, began) || !withinHistory(draft, delivered)) continue
    const first = visit(draft, 'prenatal', draft.profile.specialist, began + 56, pregnancyCode)
    vitals(draft, first, false)
    panel(draft, first, 'blood')
    panel(draft, first, 'iron')
    draft.conditions.push({
      ...entryAt(draft, first, pregnancyCode, 'resolved'),
      onset: momentOf(began, 0),
      abatement: momentOf(delivered, 0),
      verification: 'confirmed',
    })
    draft.medications.push({
      ...entryAt(draft, first, rxnorm('310325', 'ferrous sulfate 325 MG Oral Tablet'), 'completed'),
      start: momentOf(began + 56, first.minutes),
      end: momentOf(delivered, 0),
      dosage: 'One tablet a day',
      reason: pregnancyCode,
    })
    for (const week of [12, 16, 20, 24, 28, 32, 36, 38]) seePregnant(draft, began + week * 7, week)
    deliver(draft, delivered)
  }
}

function seePregnant(draft: Draft, day: number, week: number): void {
  const seen = visit(draft, 'prenatal', draft.profile.specialist, day, pregnancyCode)
  vitals(draft, seen, false)
  if (week === 28) panel(draft, seen, 'blood')
  draft.procedures.push({
    ...entryAt(
      draft,
      seen,
      week === 12 || week === 20
        ? snomed('169230002', 'Ultrasound scan for fetal viability')
        : snomed('225158009', 'Auscultation of the fetal heart'),
      'completed',
    ),
    start: momentOf(day, seen.minutes + 5),
    end: momentOf(day, seen.minutes + 20),
    reason: pregnancyCode,
  })
}

function deliver(draft: Draft, day: number): void {
  const seen = visit(draft, 'birth', 'riverside', day, pregnancyCode)
  vitals(draft, seen, false)
  panel(draft, seen, 'blood')
  draft.procedures.push({
    ...entryAt(draft, seen, snomed('66348005', 'Childbirth'), 'completed'),
    start: momentOf(day, seen.minutes),
    end: momentOf(day, seen.minutes + 380),
  })
  note(
    draft,
    seen,
    'Delivery',
    'Spontaneous delivery at term. Mother and child well, home after two days. Midwife visits arranged.',
  )
}
