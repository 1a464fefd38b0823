import type { Entry, Observation, PersonRecord } from '@medrec/interop'
import { type Cell, type Insert, identificationOf, numberOf, personKey } from './rows.ts'

type Row = Record<string, Cell>

/** Writes a person's part of the record into the practice's tables. */
export function writeHillcrest(insert: Insert, person: PersonRecord): void {
  const key = personKey(person)
  const number = (id: string): number => numberOf('hillcrest', key, id)
  const patnr = numberOf('hillcrest', key)
  const head = (entry: Entry): Row => ({
    nr: number(entry.id),
    patnr,
    kontakt: entry.encounterId === undefined ? null : number(entry.encounterId),
    code: entry.code.code,
    storno: entry.status === 'entered-in-error' ? 1 : 0,
  })
  insert('pat', patientRow(patnr, person))
  for (const { id, name } of person.practitioners) insert('behandler', { kuerzel: id, name })
  for (const entry of person.encounters) {
    const { kontakt: _, ...rest } = head(entry)
    insert('kontakt', {
      ...rest,
      ...dated(entry.start),
      art: entry.code.display,
      anlass: entry.reason?.display ?? null,
      behandler: entry.practitionerId ?? null,
    })
  }
  for (const entry of person.conditions)
    insert('diagnose', {
      ...head(entry),
      seit: germanDay(entry.onset),
      bis: maybeGermanDay(entry.abatement),
      diagnose: entry.code.display,
      stand: entry.status,
    })
  for (const entry of person.allergies)
    insert('allergie', {
      ...head(entry),
      seit: germanDay(entry.recorded),
      ausloeser: entry.code.display,
      art: entry.category,
      reaktion: entry.reaction?.display ?? null,
      schwere: entry.severity ?? null,
      stand: entry.status,
    })
  for (const entry of person.medications)
    insert('rezept', {
      ...head(entry),
      datum: germanDay(entry.start),
      bis: maybeGermanDay(entry.end),
      praeparat: entry.code.display,
      dosierung: entry.dosage ?? null,
      grund: entry.reason?.display ?? null,
      stand: entry.status,
    })
  for (const entry of person.observations)
    insert(isVital(entry) ? 'vitalwerte' : 'labor', { ...head(entry), ...finding(entry) })
  writeDone(insert, person, head)
}

function writeDone(insert: Insert, person: PersonRecord, head: (entry: Entry) => Row): void {
  for (const entry of person.immunizations)
    insert('impfung', {
      ...head(entry),
      datum: germanDay(entry.date),
      impfstoff: entry.code.display,
      charge: entry.lot ?? null,
    })
  const services = [
    ...person.procedures.map((entry) => ({ entry, art: 'leistung' })),
    ...person.carePlans.map((entry) => ({ entry, art: 'behandlungsplan' })),
  ]
  for (const { entry, art } of services)
    insert('leistung', {
      ...head(entry),
      datum: germanDay(entry.start),
      bis: maybeGermanDay(entry.end),
      bezeichnung: entry.code.display,
      grund: entry.reason?.display ?? null,
      art,
    })
  for (const entry of person.documents) {
    const { code: _, ...rest } = head(entry)
    insert('brief', {
      ...rest,
      datum: germanDay(entry.date),
      art: entry.code.display,
      betreff: entry.title,
      inhalt: entry.text,
      stand: entry.status,
    })
  }
}

function isVital(entry: Observation): boolean {
  return entry.category === 'vital-signs' || entry.category === 'vital-sign'
}

function finding({ value, ...entry }: Observation): Row {
  return {
    ...dated(entry.date),
    bezeichnung: entry.code.display,
    wert: value?.kind === 'quantity' ? comma(value.value) : null,
    einheit: value?.kind === 'quantity' ? value.unit : null,
    unten: entry.low === undefined ? null : comma(entry.low),
    oben: entry.high === undefined ? null : comma(entry.high),
    befund: value?.kind === 'text' ? value.text : null,
    art: entry.category,
    stand: entry.status,
  }
}

function comma(decimal: string): string {
  return decimal.replace('.', ',')
}

function germanDay(moment: string): string {
  return `${moment.slice(8, 10)}.${moment.slice(5, 7)}.${moment.slice(0, 4)}`
}

function maybeGermanDay(moment: string | undefined): string | null {
  return moment === undefined ? null : germanDay(moment)
}

function dated(moment: string): Row {
  return { datum: germanDay(moment), uhrzeit: moment.slice(11, 19) }
}

function patientRow(patnr: number, person: PersonRecord): Row {
  const { demographics: who } = person
  const { value, country } = identificationOf(person)
  return {
    patnr,
    vorname: who.given,
    nachname: who.family,
    titel: who.prefix ?? null,
    geb: germanDay(who.birthDate),
    geschlecht: { female: 'w', male: 'm', other: 'd', unknown: 'u' }[who.gender],
    versnr: value,
    versland: country,
    strasse: who.street,
    plz: who.postalCode,
    ort: who.city,
    bundesland: who.state,
    land: who.country,
    telefon: who.phone,
    sprache: who.language,
    famstand: who.maritalStatus,
    verstorben: maybeGermanDay(who.deathDate),
  }
}
