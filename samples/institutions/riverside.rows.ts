import type { Entry, PersonRecord } from '@medrec/interop'
import {
  type Cell,
  columnsOf,
  day,
  type Insert,
  identificationOf,
  maybeDay,
  personKey,
  uuidOf,
} from './rows.ts'

const encounterClasses: Readonly<Record<string, string>> = {
  AMB: 'ambulatory',
  EMER: 'emergency',
  IMP: 'inpatient',
  VR: 'virtual',
}

/** Writes a person's part of the record into the hospital's tables. */
export function writeRiverside(insert: Insert, person: PersonRecord): void {
  const key = personKey(person)
  const patient = uuidOf('riverside', key)
  const rowId = (id: string): string => uuidOf('riverside', key, id)
  const head = (entry: Entry): Record<string, Cell> => ({
    Id: rowId(entry.id),
    PATIENT: patient,
    ENCOUNTER: entry.encounterId === undefined ? null : rowId(entry.encounterId),
    CODE: entry.code.code,
    DESCRIPTION: entry.code.display,
    STATUS: entry.status,
  })
  insert('patients', patientRow(patient, person))
  for (const { id, name } of person.organisations) insert('organizations', { Id: id, NAME: name })
  for (const { id, name } of person.practitioners) insert('providers', { Id: id, NAME: name })
  for (const entry of person.encounters) {
    const { ENCOUNTER: _, ...rest } = head(entry)
    insert('encounters', {
      ...rest,
      ...interval(entry),
      ...reason(entry),
      ORGANIZATION: entry.organisationId ?? null,
      PROVIDER: entry.practitionerId ?? null,
      ENCOUNTERCLASS: encounterClasses[entry.class] ?? entry.class,
    })
  }
  for (const entry of person.conditions)
    insert('conditions', {
      ...head(entry),
      START: day(entry.onset),
      STOP: maybeDay(entry.abatement),
    })
  for (const entry of person.medications)
    insert('medications', {
      ...head(entry),
      ...interval(entry),
      ...reason(entry),
      DOSAGE: entry.dosage ?? null,
    })
  writeFindings(insert, person, head)
  for (const entry of person.procedures)
    insert('procedures', { ...head(entry), ...interval(entry), ...reason(entry) })
  for (const entry of person.carePlans)
    insert('careplans', {
      ...head(entry),
      ...reason(entry),
      START: day(entry.start),
      STOP: maybeDay(entry.end),
    })
  for (const entry of person.documents)
    insert('notes', {
      ...head(entry),
      DATE: entry.date,
      TITLE: entry.title,
      TEXT: entry.text,
      AUTHOR: entry.practitionerId ?? null,
    })
}

function writeFindings(
  insert: Insert,
  person: PersonRecord,
  head: (entry: Entry) => Record<string, Cell>,
): void {
  for (const entry of person.allergies)
    insert('allergies', {
      ...head(entry),
      START: day(entry.recorded),
      SYSTEM: entry.code.system,
      CATEGORY: entry.category,
      DESCRIPTION1: entry.reaction?.display ?? null,
      SEVERITY1: entry.severity ?? null,
    })
  for (const entry of person.immunizations)
    insert('immunizations', { ...head(entry), DATE: entry.date, LOT: entry.lot ?? null })
  for (const entry of person.observations) {
    const { number, unit, words } = columnsOf(entry.value)
    insert('observations', {
      ...head(entry),
      DATE: entry.date,
      CATEGORY: entry.category === 'vital-sign' ? 'vital-signs' : entry.category,
      PANEL: entry.panel ?? null,
      VALUE: number ?? words,
      UNITS: unit,
      TYPE: number === null ? 'text' : 'numeric',
      REFERENCE_LOW: entry.low ?? null,
      REFERENCE_HIGH: entry.high ?? null,
    })
  }
}

function interval(entry: { start: string; end?: string | undefined }): Record<string, Cell> {
  return { START: entry.start, STOP: entry.end ?? null }
}

function reason(entry: {
  reason?: { code: string; display: string } | undefined
}): Record<string, Cell> {
  return {
    REASONCODE: entry.reason?.code ?? null,
    REASONDESCRIPTION: entry.reason?.display ?? null,
  }
}

function patientRow(id: string, person: PersonRecord): Record<string, Cell> {
  const { demographics: who } = person
  const { value, country } = identificationOf(person)
  return {
    Id: id,
    BIRTHDATE: who.birthDate,
    DEATHDATE: who.deathDate ?? null,
    SSN: value,
    ID_COUNTRY: country,
    PREFIX: who.prefix ?? null,
    FIRST: who.given,
    LAST: who.family,
    MARITAL: who.maritalStatus,
    RACE: who.race,
    ETHNICITY: who.ethnicity,
    GENDER: { female: 'F', male: 'M', other: 'O', unknown: 'U' }[who.gender],
    ADDRESS: who.street,
    CITY: who.city,
    STATE: who.state,
    ZIP: who.postalCode,
    COUNTRY: who.country,
    PHONE: who.phone,
    LANGUAGE: who.language,
  }
}
