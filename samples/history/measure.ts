import type { Measured, Observation } from '@medrec/interop'
import {
  type Analyte,
  type AnalyteName,
  analytes,
  type PanelName,
  panels,
} from '../clinical/analytes.ts'
import { loinc } from '../clinical/codes.ts'
import { type Chronic, chronic, type Shift } from '../clinical/conditions.ts'
import type { Random } from '../random.ts'
import { dayNumber, momentOf } from '../time.ts'
import { type Draft, entryAt, type Visit } from './draft.ts'

/** How far a treated disease has come: all of the first number at onset, all of the second after two years. */
function shiftAt([atOnset, treated]: Shift, years: number): number {
  const share = Math.min(1, years / 2)
  return atOnset + (treated - atOnset) * share
}

function active(draft: Draft, day: number): readonly { disease: Chronic; years: number }[] {
  const age = draft.ageOn(day)
  return draft.profile.chronic
    .filter(({ onset }) => age >= onset)
    .map(({ name, onset }) => ({ disease: chronic[name], years: age - onset }))
}

/** Draws a panel's values at a visit and returns them by name. */
export function panel(
  draft: Draft,
  at: Visit,
  name: PanelName,
  drawn: ReadonlySet<string> = new Set(),
): Readonly<Record<string, string>> {
  const { name: title, analytes: list } = panels[name]
  const values: Record<string, string> = {}
  for (const item of list) {
    if (drawn.has(item)) continue
    const analyte: Analyte = analytes[item]
    const value = levelOf(draft, at.day, item)
    values[item] = value
    draft.observations.push({
      ...entryAt(draft, at, analyte.code, 'final'),
      category: 'laboratory',
      date: momentOf(at.day, at.minutes + 8),
      value: { kind: 'quantity', value, unit: analyte.unit },
      ...rangeOf(analyte, draft.female, Number(value)),
      panel: title,
    })
  }
  return values
}

function levelOf(draft: Draft, day: number, name: AnalyteName): string {
  const analyte: Analyte = analytes[name]
  const mean = (draft.female ? analyte.female?.mean : undefined) ?? analyte.mean
  // A person's own level stays with her; the day adds less.
  const own = draft.trait(name) * 0.8
  const deviation = analyte.deviation * (mean / analyte.mean)
  let value = mean + deviation * (own + draft.random.near(0, 0.4))
  for (const { disease, years } of active(draft, day)) {
    const shift = disease.shifts[name]
    if (shift) value += shiftAt(shift, years) * draft.random.near(1, 0.08)
  }
  const floor = mean * 0.12
  return Math.max(floor, value).toFixed(analyte.decimals)
}

function rangeOf(
  analyte: Analyte,
  female: boolean,
  value: number,
): Pick<Observation, 'low' | 'high' | 'interpretation'> {
  const range = (female ? analyte.female : undefined) ?? analyte
  const interpretation =
    range.low !== undefined && value < range.low
      ? 'L'
      : range.high !== undefined && value > range.high
        ? 'H'
        : 'N'
  return {
    low: range.low === undefined ? undefined : String(range.low),
    high: range.high === undefined ? undefined : String(range.high),
    interpretation,
  }
}

/** Height in cm by age, an even curve to 18 and slow loss from 60. */
function heightAt(draft: Draft, age: number): number {
  const grown = (draft.female ? 164 : 177) + draft.trait('height') * 6.5
  if (age >= 18) return grown - Math.max(0, age - 60) * 0.08
  const share = age < 2 ? 0.29 + age * 0.105 : 0.5 + ((age - 2) / 16) * 0.5
  return grown * share
}

function bmiAt(draft: Draft, day: number, age: number): number {
  const own = draft.trait('bmi') * 2.4
  if (age < 18) return 15.8 + Math.max(0, age - 6) * 0.42 + own * 0.5
  const extra = active(draft, day).reduce((sum, { disease }) => sum + (disease.vitals?.bmi ?? 0), 0)
  return 23.4 + Math.min(age - 18, 40) * 0.06 + own + extra
}

/** Measures height, weight, pressures, pulse, breathing, temperature and oxygen at a visit. */
export function vitals(draft: Draft, at: Visit, fever: boolean): void {
  const { random } = draft
  const age = draft.ageOn(at.day)
  const height = heightAt(draft, age)
  const bmi = bmiAt(draft, at.day, age) + random.near(0, 0.3)
  const illnesses = active(draft, at.day).map(({ disease, years }) => ({
    vitals: disease.vitals,
    years,
  }))
  const shifted = (of: 'systolic' | 'diastolic'): number =>
    illnesses.reduce((sum, { vitals: v, years }) => sum + (v?.[of] ? shiftAt(v[of], years) : 0), 0)
  const child = Math.max(0, 18 - age)
  const list: readonly Vital[] = [
    ['8302-2', 'Body height', height, 'cm', 1],
    ['29463-7', 'Body weight', bmi * (height / 100) ** 2, 'kg', 1],
    ['39156-5', 'Body mass index (BMI) [Ratio]', bmi, 'kg/m2', 1],
    ['8867-4', 'Heart rate', random.near(72 + child * 2.5, 6) + (fever ? 14 : 0), '/min', 0],
    ['9279-1', 'Respiratory rate', random.near(14 + child * 0.7, 1.2), '/min', 0],
    ['8310-5', 'Body temperature', (fever ? 38.4 : 36.7) + random.near(0, 0.25), 'Cel', 1],
    [
      '59408-5',
      'Oxygen saturation in Arterial blood by Pulse oximetry',
      saturation(draft, at.day, random),
      '%',
      0,
    ],
  ]
  const pressures: readonly Vital[] =
    age < 3
      ? []
      : [
          [
            '8480-6',
            'Systolic blood pressure',
            116 -
              child * 1.4 +
              Math.max(0, age - 40) * 0.25 +
              shifted('systolic') +
              random.near(0, 5),
            'mm[Hg]',
            0,
          ],
          [
            '8462-4',
            'Diastolic blood pressure',
            73 - child * 0.9 + shifted('diastolic') + random.near(0, 3.5),
            'mm[Hg]',
            0,
          ],
        ]
  for (const vital of [...list, ...pressures]) addVital(draft, at, vital)
}

type Vital = readonly [code: string, name: string, value: number, unit: string, decimals: number]

function saturation(draft: Draft, day: number, random: Random): number {
  const loss = active(draft, day).reduce(
    (sum, { disease }) => sum + (disease.vitals?.saturation ?? 0),
    0,
  )
  return Math.min(100, 98 + loss + random.near(0, 0.6))
}

function addVital(draft: Draft, at: Visit, [code, name, value, unit, decimals]: Vital): void {
  const measured: Measured = { kind: 'quantity', value: value.toFixed(decimals), unit }
  const normal = adultRanges[code]
  const grown = draft.ageOn(at.day) >= 18
  draft.observations.push({
    ...entryAt(draft, at, loinc(code, name), 'final'),
    category: 'vital-signs',
    date: momentOf(at.day, at.minutes + 3),
    value: measured,
    low: grown ? normal?.[0] : undefined,
    high: grown ? normal?.[1] : undefined,
  })
}

const adultRanges: Readonly<Record<string, readonly [string, string]>> = {
  '8480-6': ['90', '129'],
  '8462-4': ['60', '84'],
  '8867-4': ['50', '100'],
  '9279-1': ['12', '20'],
  '8310-5': ['36.1', '37.5'],
  '59408-5': ['95', '100'],
  '39156-5': ['18.5', '24.9'],
}

/** Days from the end of a history on which nothing may be dated later. */
export function withinHistory(draft: Draft, day: number): boolean {
  return (
    day >= draft.from && day <= draft.to && day >= dayNumber(draft.profile.demographics.birthDate)
  )
}
