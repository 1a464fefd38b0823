import type { Coded } from '@medrec/interop'
import { type PanelName, panels } from '../clinical/analytes.ts'
import { type Chronic, chronic } from '../clinical/conditions.ts'
import type { Institution } from '../institutions/catalogue.ts'
import { dayNumber, momentOf } from '../time.ts'
import { type Draft, entryAt, note, type Visit, visit } from './draft.ts'
import { panel, vitals } from './measure.ts'

/** Finds, treats and follows each of the person's chronic diseases to the end of the history. */
export function liveWithChronic(draft: Draft): void {
  for (const { name, onset } of draft.profile.chronic) {
    const disease: Chronic = chronic[name]
    const began = dayNumber(draft.profile.demographics.birthDate) + Math.round(onset * 365.2425)
    if (began > draft.to) continue
    const place = disease.specialist ? draft.profile.specialist : draft.profile.primary
    const first = Math.max(began, draft.from) + draft.random.whole(3, 25)
    if (first <= draft.to) follow(draft, disease, began, first, place)
  }
}

function follow(
  draft: Draft,
  disease: Chronic,
  began: number,
  first: number,
  place: Institution,
): void {
  const { random } = draft
  const found = visit(draft, 'problem', draft.profile.primary, first, disease.code)
  vitals(draft, found, false)
  measureAll(draft, found, disease.panels)
  draft.conditions.push({
    ...entryAt(draft, found, disease.code, 'active'),
    onset: momentOf(Math.min(began, first), 0),
    verification: 'confirmed',
  })
  prescribeDue(draft, disease, found, began, Number.NEGATIVE_INFINITY)
  if (disease.carePlan)
    draft.carePlans.push({
      ...entryAt(draft, found, disease.carePlan, 'active'),
      start: momentOf(first, 0),
      reason: disease.code,
    })
  const step = 365.2425 / disease.visitsPerYear
  let previous = first
  let nextProcedure = first + 30
  for (let day = first + step; day <= draft.to; day += step) {
    const on = Math.min(draft.to, Math.round(day + random.near(0, step * 0.06)))
    const seen = visit(draft, 'followUp', place, on, disease.code)
    vitals(draft, seen, false)
    const values = measureAll(draft, seen, disease.panels)
    note(
      draft,
      seen,
      'Follow-up',
      disease.note.replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? '-'),
    )
    prescribeDue(draft, disease, seen, began, previous)
    if (disease.procedure && on >= nextProcedure) {
      doProcedure(draft, seen, disease.procedure.code, disease.code)
      nextProcedure = on + disease.procedure.everyYears * 360
    }
    previous = on
  }
}

function measureAll(
  draft: Draft,
  at: Visit,
  names: readonly PanelName[],
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {}
  const drawn = new Set<string>()
  for (const name of names) {
    // Glucose stands in two panels; it is drawn once a visit.
    if (panels[name].analytes.every((analyte) => drawn.has(analyte))) continue
    Object.assign(values, panel(draft, at, name, drawn))
    for (const analyte of panels[name].analytes) drawn.add(analyte)
  }
  return values
}

/** Prescribes what falls due between the last visit and this one. */
function prescribeDue(
  draft: Draft,
  disease: Chronic,
  at: Visit,
  began: number,
  previous: number,
): void {
  for (const { drug, dosage, afterYears = 0 } of disease.drugs) {
    const due = began + afterYears * 365
    if (due > previous && due <= at.day)
      draft.medications.push({
        ...entryAt(draft, at, drug, 'active'),
        start: momentOf(at.day, at.minutes + 12),
        dosage,
        reason: disease.code,
      })
  }
}

function doProcedure(draft: Draft, at: Visit, code: Coded, reason: Coded): void {
  draft.procedures.push({
    ...entryAt(draft, at, code, 'completed'),
    start: momentOf(at.day, at.minutes + 10),
    end: momentOf(at.day, at.minutes + 30),
    reason,
  })
}
