import type { Coded, Measured } from '../PersonRecord.ts'
import { first, isObject, type Json, object, objects, text } from './json.ts'

const preferredSystems = [
  'http://snomed.info/sct',
  'http://loinc.org',
  'http://www.nlm.nih.gov/research/umls/rxnorm',
  'http://hl7.org/fhir/sid/cvx',
]

/** Reads a CodeableConcept, taking the terminology that our institutions speak if there is a choice. */
export function coded(value: unknown): Coded | undefined {
  const concept = object(value)
  const codings = objects(concept['coding'])
  const chosen =
    codings.find((coding) => preferredSystems.includes(text(coding['system']))) ?? codings[0]
  const code = text(chosen?.['code'])
  const display = text(chosen?.['display']) || text(concept['text']) || code
  if (display.trim() === '') return undefined
  return { system: text(chosen?.['system']), code, display }
}

/** The code of a CodeableConcept or a plain code. */
export function codeOf(value: unknown): string {
  if (typeof value === 'string') return text(value)
  return text(first(object(value)['coding'])['code'])
}

const dateForm = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/

/** A FHIR date, dateTime or instant as `YYYY-MM-DDTHH:MM:SSZ` in UTC; the missing parts of a partial date are the first. */
export function instant(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 40) return undefined
  const partial = dateForm.exec(value)
  if (!partial && !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value)) return undefined
  const [, year, month = '01', day = '01'] = partial ?? []
  const milliseconds = Date.parse(partial ? `${year}-${month}-${day}T00:00:00Z` : zoned(value))
  if (Number.isNaN(milliseconds)) return undefined
  const iso = new Date(milliseconds).toISOString()
  if (!/^\d{4}-/.test(iso)) return undefined
  if (partial && !iso.startsWith(`${year}-${month}-${day}`)) return undefined
  return `${iso.slice(0, 19)}Z`
}

function zoned(value: string): string {
  return /(Z|[+-]\d{2}:\d{2})$/.test(value) ? value : `${value}Z`
}

/** A FHIR date as `YYYY-MM-DD`. */
export function date(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  return instant(value.length > 10 ? value.slice(0, 10) : value)?.slice(0, 10)
}

/** Start and end of `xPeriod`, or the moment of `xDateTime`, whichever stands there. */
export function span(
  resource: Json,
  name: string,
): { start: string | undefined; end: string | undefined } {
  const period = object(resource[`${name}Period`])
  return {
    start: instant(period['start']) ?? instant(resource[`${name}DateTime`]),
    end: instant(period['end']),
  }
}

/** A finite number in plain digits (`-0.00012`), never with an exponent. */
export function decimal(value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  const short = String(Object.is(value, -0) ? 0 : value)
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(short)
  if (!parts) return short
  const [, sign, whole = '', fraction = '', exponent] = parts
  const digits = whole + fraction
  const point = 1 + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length)
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** Reads `value[x]` of an Observation or of one of its components. */
export function measured(holder: Json): Measured | undefined {
  const quantity = holder['valueQuantity']
  if (isObject(quantity)) {
    const value = decimal(quantity['value'])
    if (value === undefined) return undefined
    return { kind: 'quantity', value, unit: text(quantity['code']) || text(quantity['unit']) }
  }
  const code = coded(holder['valueCodeableConcept'])
  if (code) return { kind: 'text', text: code.display, code }
  const words =
    text(holder['valueString']) ||
    scalar(holder['valueInteger']) ||
    scalar(holder['valueBoolean']) ||
    (instant(holder['valueDateTime']) ?? '') ||
    coded(object(holder)['dataAbsentReason'])?.display
  return words ? { kind: 'text', text: words } : undefined
}

function scalar(value: unknown): string {
  return typeof value === 'boolean' ? String(value) : (decimal(value) ?? '')
}
