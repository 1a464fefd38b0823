import type * as Person from '../PersonRecord.ts'
import * as Entries from './entries.ts'
import { first, isObject, type Json, object, objects, text } from './json.ts'
import { readDemographics, readIdentification } from './patient.ts'
import { indexReferences, type ReferenceIndex, type Resource } from './references.ts'
import { coded, instant } from './values.ts'

/** What a FHIR document gave: people, what was read and what was not, in counts and reasons. */
export type ParsedBundle = {
  readonly persons: readonly Person.PersonRecord[]
  /** Resources read, by type */
  readonly mapped: Readonly<Record<string, number>>
  /** Resources left aside because no table of ours holds their type, by type */
  readonly unmapped: Readonly<Record<string, number>>
  /** Reasons without record contents; never empty when there is no person */
  readonly problems: readonly string[]
}

type Draft = {
  readonly patient: Resource
  readonly demographics: Person.Demographics
  readonly entries: { [list in Person.EntryList]: Map<string, Person.PersonRecord[list][number]> }
  readonly organisations: Map<string, Person.Organisation>
  readonly practitioners: Map<string, Person.Practitioner>
}

type State = {
  readonly index: ReferenceIndex
  readonly drafts: Map<Resource, Draft>
  readonly starts: Map<string, string>
  readonly panels: Map<Resource, string>
  readonly stamp: string | undefined
  readonly mapped: Map<string, number>
  readonly unmapped: Map<string, number>
  readonly problems: Map<string, number>
}

type Reader = (
  source: Resource,
  context: Entries.Context,
) => Person.Entry | readonly Person.Entry[] | undefined

const readers: { readonly [type: string]: readonly [Person.EntryList, Reader] | undefined } = {
  Encounter: ['encounters', Entries.readEncounter],
  Condition: ['conditions', Entries.readCondition],
  MedicationRequest: ['medications', Entries.readMedication],
  MedicationStatement: ['medications', Entries.readMedication],
  AllergyIntolerance: ['allergies', Entries.readAllergy],
  Immunization: ['immunizations', Entries.readImmunization],
  Observation: ['observations', Entries.readObservations],
  Procedure: ['procedures', Entries.readProcedure],
  CarePlan: ['carePlans', Entries.readCarePlan],
  DocumentReference: ['documents', Entries.readDocument],
  DiagnosticReport: ['documents', Entries.readDocument],
}

/** Types that are read through the references to them. */
const supporting = new Set([
  'Patient',
  'Organization',
  'Practitioner',
  'PractitionerRole',
  'Medication',
])

/**
 * Reads a FHIR R4 Bundle or a single resource, given as parsed JSON (FHIR R4 Bundle, Resource). Never throws:
 * what cannot be read is counted and named by its reason.
 */
export function parseBundle(json: unknown): ParsedBundle {
  const problems = new Map<string, number>()
  const entries = entriesOf(json, problems)
  const index = indexReferences(entries)
  const state: State = {
    index,
    drafts: new Map(),
    starts: new Map(),
    panels: new Map(),
    stamp: instant(object(json)['timestamp']),
    mapped: new Map(),
    unmapped: new Map(),
    problems,
  }
  for (const resource of index.resources) prepare(state, resource)
  for (const resource of index.resources) readResource(state, resource)
  const persons = [...state.drafts.values()].map(finish)
  if (persons.length === 0) note(problems, 'it holds no patient')
  return {
    persons,
    mapped: Object.fromEntries(state.mapped),
    unmapped: Object.fromEntries(state.unmapped),
    problems: [...problems].map(([reason, times]) =>
      times > 1 ? `${reason} (${times} times)` : reason,
    ),
  }
}

function entriesOf(
  json: unknown,
  problems: Map<string, number>,
): { fullUrl: string; json: Json }[] {
  if (!isObject(json) || typeof json['resourceType'] !== 'string') {
    note(problems, 'it is no FHIR resource')
    return []
  }
  if (json['resourceType'] !== 'Bundle') return [{ fullUrl: '', json }]
  const listed = objects(json['entry'])
  const found = listed.flatMap((entry) => {
    const resource = entry['resource']
    if (isObject(resource) && typeof resource['resourceType'] === 'string')
      return [{ fullUrl: text(entry['fullUrl']), json: resource }]
    note(problems, 'an entry without a resource')
    return []
  })
  return found
}

function prepare(state: State, resource: Resource): void {
  const { type, json } = resource
  if (type === 'Patient') prepareDraft(state, resource)
  if (type === 'Encounter') {
    const start = instant(object(json['period'])['start'])
    if (start) state.starts.set(resource.id, start)
  }
  if (type === 'DiagnosticReport') {
    const name = coded(json['code'])?.display
    for (const result of objects(json['result'])) {
      const target = state.index.resolve(result)?.resource
      if (target && name) state.panels.set(target, name)
    }
  }
}

function prepareDraft(state: State, patient: Resource): void {
  const demographics = readDemographics(patient.json)
  if (!demographics) {
    note(state.problems, 'a patient without a birth date')
    return
  }
  state.drafts.set(patient, {
    patient,
    demographics,
    entries: {
      encounters: new Map(),
      conditions: new Map(),
      medications: new Map(),
      allergies: new Map(),
      immunizations: new Map(),
      observations: new Map(),
      procedures: new Map(),
      documents: new Map(),
      carePlans: new Map(),
    },
    organisations: new Map(),
    practitioners: new Map(),
  })
}

function readResource(state: State, resource: Resource): void {
  const reader = readers[resource.type]
  if (!reader) {
    const counted = supporting.has(resource.type) ? state.mapped : state.unmapped
    note(counted, resource.type || '(none)')
    return
  }
  const { json } = resource
  const owner = state.index.resolve(json['subject'] ?? json['patient'])?.resource
  const draft = owner && state.drafts.get(owner)
  if (!draft) {
    note(state.problems, `${resource.type}: its patient is not in the file`)
    return
  }
  const [list, read] = reader
  const result = read(resource, contextOf(state, draft, resource))
  const found = result === undefined ? [] : 'id' in result ? [result] : result
  if (found.length === 0 && !isReportOnly(resource)) {
    note(state.problems, `${resource.type}: without code, time or text`)
    return
  }
  note(state.mapped, resource.type)
  for (const entry of found) keep(state, draft, list, entry)
}

/** A report without text lives on in the panel's name of its results. */
function isReportOnly({ type, json }: Resource): boolean {
  return type === 'DiagnosticReport' && objects(json['result']).length > 0
}

function contextOf(state: State, draft: Draft, resource: Resource): Entries.Context {
  const { json } = resource
  const encounter = state.index.resolve(json['encounter'])?.id
  return {
    fallback: (encounter === undefined ? undefined : state.starts.get(encounter)) ?? state.stamp,
    panel: state.panels.get(resource),
    resolve(value) {
      const reference = state.index.resolve(value, json)
      if (reference) remember(draft, value, reference)
      return reference
    },
  }
}

function remember(
  draft: Draft,
  value: unknown,
  {
    resource,
    id,
    display,
  }: {
    resource: Resource | undefined
    id: string
    display: string
  },
): void {
  const type = resource?.type ?? /(\w+)[/?]/.exec(text(object(value)['reference']))?.[1]
  if (type === 'Organization')
    draft.organisations.set(id, { id, name: text(resource?.json['name']) || display || id })
  if (type === 'Practitioner')
    draft.practitioners.set(id, { id, name: nameOf(resource?.json) || display || id })
}

function nameOf(practitioner: Json | undefined): string {
  const name = first(practitioner?.['name'])
  const given = Array.isArray(name['given']) ? text(name['given'][0]) : ''
  const prefix = Array.isArray(name['prefix']) ? text(name['prefix'][0]) : ''
  return [prefix, given, text(name['family'])].filter(Boolean).join(' ') || text(name['text'])
}

function keep(state: State, draft: Draft, list: Person.EntryList, entry: Person.Entry): void {
  const entries = draft.entries[list] as Map<string, Person.Entry>
  if (list === 'documents' && isCopy(draft, entry as Person.ClinicalDocument)) return
  if (entries.has(entry.id)) note(state.problems, `${list}: an id that stands twice`)
  else entries.set(entry.id, entry)
}

/** The same note often comes twice, as DocumentReference and as DiagnosticReport. */
function isCopy(draft: Draft, { text: words, encounterId }: Person.ClinicalDocument): boolean {
  if (encounterId === undefined) return false
  for (const known of draft.entries.documents.values())
    if (known.encounterId === encounterId && known.text === words) return true
  return false
}

function finish(draft: Draft): Person.PersonRecord {
  const { patient, demographics, entries } = draft
  return {
    id: patient.id,
    identification: readIdentification(patient.json, demographics.birthDate),
    demographics,
    organisations: [...draft.organisations.values()],
    practitioners: [...draft.practitioners.values()],
    encounters: [...entries.encounters.values()],
    conditions: [...entries.conditions.values()],
    medications: [...entries.medications.values()],
    allergies: [...entries.allergies.values()],
    immunizations: [...entries.immunizations.values()],
    observations: [...entries.observations.values()],
    procedures: [...entries.procedures.values()],
    documents: [...entries.documents.values()],
    carePlans: [...entries.carePlans.values()],
  }
}

function note(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}
