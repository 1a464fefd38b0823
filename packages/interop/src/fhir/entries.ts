import type * as Person from '../PersonRecord.ts'
import { first, type Json, maxNote, object, objects, optionalText, text } from './json.ts'
import type { Reference, Resource } from './references.ts'
import { coded, codeOf, decimal, instant, measured, span } from './values.ts'

/** What a reader of one resource may ask: its references, and the moment to take when it names none. */
export type Context = {
  /** The last moment the source vouches for: its encounter's start or the bundle's time stamp */
  readonly fallback: string | undefined
  readonly panel: string | undefined
  resolve(value: unknown): Reference | undefined
}

/** What all entries share, or undefined where nothing says what it is. */
function base(
  { id, json }: Resource,
  context: Context,
  code: Person.Coded | undefined,
): Person.Entry | undefined {
  if (!code) return undefined
  return {
    id,
    code,
    status: codeOf(json['status']) || 'unknown',
    encounterId: context.resolve(json['encounter'])?.id,
  }
}

/** Reads an Encounter. */
export function readEncounter(source: Resource, context: Context): Person.Encounter | undefined {
  const { json } = source
  const { start, end } = span({ xPeriod: json['period'] }, 'x')
  const from = start ?? context.fallback
  const kind = coded(first(json['type'])) ?? coded({ coding: [json['class']], text: 'Visit' })
  const entry = base(source, context, kind)
  if (!entry || !from) return undefined
  return {
    ...entry,
    encounterId: undefined,
    class: text(object(json['class'])['code']) || 'AMB',
    start: from,
    end,
    reason: coded(first(json['reasonCode'])),
    organisationId: context.resolve(json['serviceProvider'])?.id,
    practitionerId: context.resolve(first(json['participant'])['individual'])?.id,
  }
}

/** Reads a Condition; its status is the clinical one unless it was entered in error. */
export function readCondition(source: Resource, context: Context): Person.Condition | undefined {
  const { json } = source
  const entry = base(source, context, coded(json['code']))
  const onset = span(json, 'onset').start ?? instant(json['recordedDate']) ?? context.fallback
  if (!entry || !onset) return undefined
  const verification = codeOf(json['verificationStatus']) || 'confirmed'
  const clinical = codeOf(json['clinicalStatus']) || 'active'
  return {
    ...entry,
    status: verification === 'entered-in-error' ? verification : clinical,
    verification,
    onset,
    abatement: span(json, 'abatement').start,
    practitionerId: context.resolve(json['recorder'] ?? json['asserter'])?.id,
  }
}

/** Reads a MedicationRequest or MedicationStatement. */
export function readMedication(source: Resource, context: Context): Person.Medication | undefined {
  const { json } = source
  const named = context.resolve(json['medicationReference'])
  const code =
    coded(json['medicationCodeableConcept']) ??
    coded(named?.resource?.json['code']) ??
    (named?.display ? { system: '', code: '', display: named.display } : undefined)
  const entry = base(source, context, code)
  const { start, end } = span(json, 'effective')
  const from =
    instant(json['authoredOn']) ?? start ?? instant(json['dateAsserted']) ?? context.fallback
  if (!entry || !from) return undefined
  return {
    ...entry,
    encounterId: entry.encounterId ?? context.resolve(json['context'])?.id,
    start: from,
    end: end ?? instant(object(object(json['dispenseRequest'])['validityPeriod'])['end']),
    dosage: dosageOf(first(json['dosageInstruction'] ?? json['dosage'])),
    reason: coded(first(json['reasonCode'])) ?? reasonOf(json, context),
    practitionerId: context.resolve(json['requester'])?.id,
  }
}

function dosageOf(dosage: Json): string | undefined {
  const words = optionalText(dosage['text'])
  if (words) return words
  const repeat = object(object(dosage['timing'])['repeat'])
  const quantity = object(first(dosage['doseAndRate'])['doseQuantity'])
  const parts = [
    decimal(quantity['value']) && `${decimal(quantity['value'])} ${text(quantity['unit'])}`.trim(),
    decimal(repeat['frequency']) &&
      `${decimal(repeat['frequency'])} x per ${decimal(repeat['period']) ?? '1'} ${text(repeat['periodUnit'])}`.trim(),
    dosage['asNeededBoolean'] === true && 'as needed',
  ]
  return parts.filter(Boolean).join(', ') || undefined
}

function reasonOf(json: Json, context: Context): Person.Coded | undefined {
  return coded(context.resolve(first(json['reasonReference']))?.resource?.json['code'])
}

/** Reads an AllergyIntolerance. */
export function readAllergy(source: Resource, context: Context): Person.Allergy | undefined {
  const { json } = source
  const entry = base(source, context, coded(json['code']))
  const recorded = instant(json['recordedDate']) ?? span(json, 'onset').start ?? context.fallback
  if (!entry || !recorded) return undefined
  const reaction = first(json['reaction'])
  const wrong = codeOf(json['verificationStatus']) === 'entered-in-error'
  return {
    ...entry,
    status: wrong ? 'entered-in-error' : codeOf(json['clinicalStatus']) || 'active',
    recorded,
    category: text(Array.isArray(json['category']) ? json['category'][0] : undefined),
    criticality: optionalText(json['criticality']),
    reaction: coded(first(reaction['manifestation'])),
    severity: optionalText(reaction['severity']),
    practitionerId: context.resolve(json['recorder'])?.id,
  }
}

/** Reads an Immunization. */
export function readImmunization(
  source: Resource,
  context: Context,
): Person.Immunization | undefined {
  const { json } = source
  const entry = base(source, context, coded(json['vaccineCode']))
  const given = instant(json['occurrenceDateTime']) ?? instant(json['recorded']) ?? context.fallback
  if (!entry || !given) return undefined
  return { ...entry, date: given, lot: optionalText(json['lotNumber']) }
}

/** Reads an Observation: one entry for its own value and one for each component. */
export function readObservations(
  source: Resource,
  context: Context,
): readonly Person.Observation[] {
  const { json } = source
  const entry = base(source, context, coded(json['code']))
  const taken =
    span(json, 'effective').start ??
    instant(json['effectiveInstant']) ??
    instant(json['issued']) ??
    context.fallback
  if (!entry || !taken) return []
  const common = {
    category: codeOf(first(json['category'])) || 'unknown',
    date: taken,
    practitionerId: context.resolve(first(json['performer']))?.id,
  }
  const components = objects(json['component']).flatMap((component, position) => {
    const code = coded(component['code'])
    const id = `${entry.id}.${code?.code || position}`
    return code
      ? [{ ...entry, ...common, ...measurementOf(component), id, code, panel: entry.code.display }]
      : []
  })
  const own = { ...entry, ...common, ...measurementOf(json), panel: context.panel }
  return own.value || components.length === 0 ? [own, ...components] : components
}

function measurementOf(
  holder: Json,
): Pick<Person.Observation, 'value' | 'low' | 'high' | 'interpretation'> {
  const range = first(holder['referenceRange'])
  return {
    value: measured(holder),
    low: decimal(object(range['low'])['value']),
    high: decimal(object(range['high'])['value']),
    interpretation: codeOf(first(holder['interpretation'])) || undefined,
  }
}

/** Reads a Procedure. */
export function readProcedure(source: Resource, context: Context): Person.Procedure | undefined {
  const { json } = source
  const entry = base(source, context, coded(json['code']))
  const { start, end } = span(json, 'performed')
  const from = start ?? context.fallback
  if (!entry || !from) return undefined
  return {
    ...entry,
    start: from,
    end,
    reason: coded(first(json['reasonCode'])) ?? reasonOf(json, context),
    practitionerId: context.resolve(first(json['performer'])['actor'])?.id,
  }
}

/** Reads a CarePlan. */
export function readCarePlan(source: Resource, context: Context): Person.CarePlan | undefined {
  const { json } = source
  const code = coded(first(json['category'])) ?? coded({ text: json['title'] })
  const entry = base(source, context, code)
  const { start, end } = span({ xPeriod: json['period'] }, 'x')
  const from = start ?? context.fallback
  if (!entry || !from) return undefined
  const reason = coded(context.resolve(first(json['addresses']))?.resource?.json['code'])
  return { ...entry, start: from, end, reason }
}

/** Reads the written text of a DocumentReference or DiagnosticReport, if it carries one inline. */
export function readDocument(
  source: Resource,
  context: Context,
): Person.ClinicalDocument | undefined {
  const { json, type } = source
  const attachment = object(
    type === 'DocumentReference'
      ? first(json['content'])['attachment']
      : first(json['presentedForm']),
  )
  const code = coded(json['type']) ?? coded(json['code'])
  const entry = base(source, context, code)
  const written = instant(json['date']) ?? span(json, 'effective').start ?? context.fallback
  const words = fromBase64(attachment['data'])
  if (!entry || !written || words === undefined) return undefined
  return {
    ...entry,
    encounterId:
      entry.encounterId ?? context.resolve(first(object(json['context'])['encounter']))?.id,
    date: written,
    title: text(attachment['title']) || entry.code.display,
    contentType: text(attachment['contentType']) || 'text/plain',
    text: words,
    organisationId: context.resolve(json['custodian'])?.id,
    practitionerId: context.resolve(first(json['author'] ?? json['performer']))?.id,
  }
}

/** Base64 text as UTF-8 words; undefined when it is no text (a scan stays where it is). */
function fromBase64(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  try {
    const bytes = Uint8Array.from(atob(value), (character) => character.charCodeAt(0))
    return text(new TextDecoder('utf-8', { fatal: true }).decode(bytes), maxNote)
  } catch (error) {
    if (error instanceof DOMException || error instanceof TypeError) return undefined
    throw error
  }
}
