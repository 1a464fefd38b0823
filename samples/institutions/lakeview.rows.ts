import type { Coded, Entry, PersonRecord } from '@medrec/interop'
import { conceptOf, genderConcepts, typeConcepts, visitConcepts } from './lakeview.concepts.ts'
import {
  type Cell,
  columnsOf,
  day,
  type Insert,
  identificationOf,
  maybeDay,
  numberOf,
  personKey,
} from './rows.ts'

type Row = Record<string, Cell>

type Site = {
  readonly insert: Insert
  readonly person: PersonRecord
  readonly personId: number
  number(id: string): number
}

/** Writes a person's part of the record into the OMOP tables. */
export function writeLakeview(insert: Insert, person: PersonRecord): void {
  const key = personKey(person)
  const site: Site = {
    insert,
    person,
    personId: numberOf('lakeview', key),
    number: (id) => numberOf('lakeview', key, id),
  }
  writePerson(site)
  writeVisits(site)
  writeConditions(site)
  writeDrugs(site)
  writeFindings(site)
  writeProcedures(site)
  for (const entry of person.documents)
    insert('note', {
      note_id: site.number(entry.id),
      note_date: day(entry.date),
      note_datetime: local(entry.date),
      note_type_concept_id: typeConcepts.ehr,
      note_class_concept_id: conceptOf(insert, entry.code, 'Note'),
      note_title: entry.title,
      note_text: entry.text,
      note_source_value: entry.code.code,
      ...head(site, entry),
    })
}

/** OMOP writes moments without a zone; the site's clock is UTC. */
function local(moment: string): string {
  return moment.replace('T', ' ').replace('Z', '')
}

function head({ personId, number }: Site, entry: Entry): Row {
  return {
    person_id: personId,
    visit_occurrence_id: entry.encounterId === undefined ? null : number(entry.encounterId),
    provider_id: entry.practitionerId === undefined ? null : providerId(entry.practitionerId),
    source_name: entry.code.display,
    record_status: entry.status,
  }
}

function providerId(id: string): number {
  return numberOf('provider', id)
}

function writePerson({ insert, person, personId }: Site): void {
  const { demographics: who } = person
  const [year, month, dayOfMonth] = who.birthDate.split('-').map(Number) as [number, number, number]
  insert('person', {
    person_id: personId,
    gender_concept_id: genderConcepts[who.gender] ?? 0,
    year_of_birth: year,
    month_of_birth: month,
    day_of_birth: dayOfMonth,
    birth_datetime: `${who.birthDate} 00:00:00`,
    race_concept_id: 0,
    ethnicity_concept_id: 0,
    person_source_value: String(personId),
    gender_source_value: who.gender,
    race_source_value: who.race,
    ethnicity_source_value: who.ethnicity,
  })
  const { value, country } = identificationOf(person)
  insert('person_identity', {
    person_id: personId,
    given_name: who.given,
    family_name: who.family,
    birth_date: who.birthDate,
    national_id: value,
    national_id_country: country,
    street: who.street,
    city: who.city,
    state: who.state,
    zip: who.postalCode,
    country: who.country,
    phone: who.phone,
    language: who.language,
    death_date: who.deathDate ?? null,
  })
}

function writeVisits(site: Site): void {
  const { insert, person, number } = site
  for (const { id, name } of person.organisations)
    insert('care_site', {
      care_site_id: numberOf('care_site', id),
      care_site_name: name,
      place_of_service_concept_id: 0,
      care_site_source_value: id,
    })
  for (const { id, name } of person.practitioners)
    insert('provider', {
      provider_id: providerId(id),
      provider_name: name,
      provider_source_value: id,
    })
  for (const entry of person.encounters) {
    const end = entry.end ?? entry.start
    const { visit_occurrence_id: _, ...rest } = head(site, entry)
    insert('visit_occurrence', {
      ...rest,
      visit_occurrence_id: number(entry.id),
      visit_concept_id: visitConcepts[entry.class] ?? 0,
      visit_start_date: day(entry.start),
      visit_start_datetime: local(entry.start),
      visit_end_date: day(end),
      visit_end_datetime: local(end),
      visit_type_concept_id: typeConcepts.ehr,
      care_site_id:
        entry.organisationId === undefined ? null : numberOf('care_site', entry.organisationId),
      visit_source_value: entry.code.code,
    })
  }
}

function writeConditions(site: Site): void {
  for (const entry of site.person.conditions)
    site.insert('condition_occurrence', {
      condition_occurrence_id: site.number(entry.id),
      condition_concept_id: conceptOf(site.insert, entry.code, 'Condition'),
      condition_start_date: day(entry.onset),
      condition_start_datetime: local(entry.onset),
      condition_end_date: maybeDay(entry.abatement),
      condition_type_concept_id: typeConcepts.ehr,
      condition_source_value: entry.code.code,
      ...head(site, entry),
    })
}

function writeDrugs(site: Site): void {
  const drug = (entry: Entry, start: string, end: string | undefined, type: number): Row => ({
    drug_exposure_id: site.number(entry.id),
    drug_concept_id: conceptOf(site.insert, entry.code, 'Drug'),
    drug_exposure_start_date: day(start),
    drug_exposure_start_datetime: local(start),
    drug_exposure_end_date: day(end ?? start),
    verbatim_end_date: maybeDay(end),
    drug_type_concept_id: type,
    drug_source_value: entry.code.code,
    ...head(site, entry),
  })
  for (const entry of site.person.medications)
    site.insert('drug_exposure', {
      ...drug(entry, entry.start, entry.end, typeConcepts.prescribed),
      sig: entry.dosage ?? null,
      stop_reason: null,
    })
  for (const entry of site.person.immunizations)
    site.insert('drug_exposure', {
      ...drug(entry, entry.date, entry.date, typeConcepts.administered),
      lot_number: entry.lot ?? null,
    })
}

function writeFindings(site: Site): void {
  const { insert, person } = site
  for (const entry of person.observations) {
    const kind = measurementTypes[entry.category]
    const { number, unit, words } = columnsOf(entry.value)
    if (kind === undefined)
      insert(
        'observation',
        observation(site, entry, entry.date, {
          value_as_number: number,
          value_as_string: words,
          unit_source_value: unit,
          qualifier_source_value: entry.category,
        }),
      )
    else
      insert('measurement', {
        measurement_id: site.number(entry.id),
        measurement_concept_id: conceptOf(insert, entry.code, 'Measurement'),
        measurement_date: day(entry.date),
        measurement_datetime: local(entry.date),
        measurement_type_concept_id: kind,
        value_as_number: number,
        value_as_concept_id: null,
        range_low: entry.low ?? null,
        range_high: entry.high ?? null,
        measurement_source_value: entry.code.code,
        unit_source_value: unit,
        value_source_value: number ?? words,
        ...head(site, entry),
      })
  }
  for (const entry of person.allergies)
    insert(
      'observation',
      observation(site, entry, entry.recorded, {
        value_as_number: null,
        value_as_string:
          [entry.reaction?.display, entry.severity].filter(Boolean).join(', ') || null,
        unit_source_value: null,
        qualifier_source_value: 'allergy',
      }),
    )
}

const measurementTypes: Readonly<Record<string, number>> = {
  laboratory: typeConcepts.lab,
  'vital-signs': typeConcepts.ehr,
  'vital-sign': typeConcepts.ehr,
}

function observation(site: Site, entry: Entry, moment: string, rest: Row): Row {
  return {
    observation_id: site.number(entry.id),
    observation_concept_id: conceptOf(site.insert, entry.code, 'Observation'),
    observation_date: day(moment),
    observation_datetime: local(moment),
    observation_type_concept_id: typeConcepts.ehr,
    observation_source_value: entry.code.code,
    ...head(site, entry),
    ...rest,
  }
}

function writeProcedures(site: Site): void {
  const { insert, person } = site
  const procedure = (
    entry: Entry & { start: string; end?: string | undefined },
    code: Coded,
  ): Row => ({
    procedure_occurrence_id: site.number(entry.id),
    procedure_concept_id: conceptOf(insert, code, 'Procedure'),
    procedure_date: day(entry.start),
    procedure_datetime: local(entry.start),
    procedure_end_datetime: entry.end === undefined ? null : local(entry.end),
    procedure_type_concept_id: typeConcepts.ehr,
    procedure_source_value: code.code,
    ...head(site, entry),
  })
  // OMOP files plans of care with the procedures they consist of.
  for (const entry of [...person.procedures, ...person.carePlans])
    insert('procedure_occurrence', procedure(entry, entry.code))
}
