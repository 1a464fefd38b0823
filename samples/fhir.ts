import type * as Person from '@medrec/interop'

type Json = { readonly [key: string]: unknown }

const terminology = 'http://terminology.hl7.org/CodeSystem'

/** A person's whole record as one FHIR R4 collection Bundle; entries refer to each other by `urn:uuid:` (FHIR R4 Bundle). */
export function bundleOf(person: Person.PersonRecord): Json {
  const resources = [
    patient(person),
    ...person.organisations.map(organization),
    ...person.practitioners.map(practitioner),
    ...person.encounters.map((entry) => encounter(person, entry)),
    ...person.conditions.map((entry) => condition(person, entry)),
    ...person.medications.map((entry) => medication(person, entry)),
    ...person.allergies.map((entry) => allergy(person, entry)),
    ...person.immunizations.map((entry) => immunization(person, entry)),
    ...person.observations.map((entry) => observation(person, entry)),
    ...person.procedures.map((entry) => procedure(person, entry)),
    ...person.carePlans.map((entry) => carePlan(person, entry)),
    ...person.documents.map((entry) => document(person, entry)),
  ]
  return {
    resourceType: 'Bundle',
    type: 'collection',
    entry: resources.map((resource) => ({
      fullUrl: urlOf(String(resource['resourceType']), String(resource['id'])),
      resource,
    })),
  }
}

/** People's entries have UUIDs; organisations and professionals go by their short names. */
function urlOf(type: string, id: string): string {
  return type === 'Organization' || type === 'Practitioner' ? `${type}/${id}` : `urn:uuid:${id}`
}

function reference(type: string, id: string | undefined): Json | undefined {
  return id === undefined ? undefined : { reference: urlOf(type, id) }
}

function concept({ system, code, display }: Person.Coded): Json {
  return { coding: [{ system, code, display }], text: display }
}

function maybeConcepts(code: Person.Coded | undefined): readonly Json[] | undefined {
  return code && [concept(code)]
}

function coding(system: string, code: string): Json {
  return { coding: [{ system: `${terminology}/${system}`, code }] }
}

function head(type: string, person: Person.PersonRecord, entry: Person.Entry): Json {
  const owner = ['AllergyIntolerance', 'Immunization'].includes(type) ? 'patient' : 'subject'
  return {
    resourceType: type,
    id: entry.id,
    [owner]: reference('Patient', person.id),
    encounter: reference('Encounter', entry.encounterId),
  }
}

function patient({ id, identification, demographics: who }: Person.PersonRecord): Json {
  return {
    resourceType: 'Patient',
    id,
    identifier: identification && [
      {
        type: coding('v2-0203', 'SS'),
        system: 'http://hl7.org/fhir/sid/us-ssn',
        value: identification.value,
      },
    ],
    name: [{ use: 'official', family: who.family, given: [who.given] }],
    telecom: [{ system: 'phone', value: who.phone }],
    gender: who.gender,
    birthDate: who.birthDate,
    deceasedDateTime: who.deathDate,
    address: [
      {
        line: [who.street],
        city: who.city,
        state: who.state,
        postalCode: who.postalCode,
        country: who.country,
      },
    ],
    maritalStatus: coding('v3-MaritalStatus', who.maritalStatus),
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: who.language }] } }],
  }
}

function organization({ id, name }: Person.Organisation): Json {
  return { resourceType: 'Organization', id, active: true, name }
}

function practitioner({ id, name }: Person.Practitioner): Json {
  const words = name.split(' ')
  const prefix = words[0] === 'Dr.' ? [words.shift()] : undefined
  const family = words.pop()
  return {
    resourceType: 'Practitioner',
    id,
    active: true,
    name: [{ family, given: words, prefix }],
  }
}

function encounter(person: Person.PersonRecord, entry: Person.Encounter): Json {
  const individual = reference('Practitioner', entry.practitionerId)
  return {
    ...head('Encounter', person, entry),
    status: entry.status,
    class: { system: `${terminology}/v3-ActCode`, code: entry.class },
    type: [concept(entry.code)],
    participant: individual && [{ individual }],
    period: { start: entry.start, end: entry.end },
    reasonCode: maybeConcepts(entry.reason),
    serviceProvider: reference('Organization', entry.organisationId),
  }
}

function condition(person: Person.PersonRecord, entry: Person.Condition): Json {
  return {
    ...head('Condition', person, entry),
    clinicalStatus: coding('condition-clinical', entry.status),
    verificationStatus: coding('condition-ver-status', entry.verification),
    code: concept(entry.code),
    onsetDateTime: entry.onset,
    abatementDateTime: entry.abatement,
    recordedDate: entry.onset,
    recorder: reference('Practitioner', entry.practitionerId),
  }
}

function medication(person: Person.PersonRecord, entry: Person.Medication): Json {
  return {
    ...head('MedicationRequest', person, entry),
    status: entry.status,
    intent: 'order',
    medicationCodeableConcept: concept(entry.code),
    authoredOn: entry.start,
    requester: reference('Practitioner', entry.practitionerId),
    reasonCode: maybeConcepts(entry.reason),
    dosageInstruction: entry.dosage === undefined ? undefined : [{ text: entry.dosage }],
    dispenseRequest: entry.end === undefined ? undefined : { validityPeriod: { end: entry.end } },
  }
}

function allergy(person: Person.PersonRecord, entry: Person.Allergy): Json {
  return {
    ...head('AllergyIntolerance', person, entry),
    clinicalStatus: coding('allergyintolerance-clinical', entry.status),
    verificationStatus: coding('allergyintolerance-verification', 'confirmed'),
    category: [entry.category],
    criticality: entry.criticality,
    code: concept(entry.code),
    recordedDate: entry.recorded,
    recorder: reference('Practitioner', entry.practitionerId),
    reaction: entry.reaction && [
      { manifestation: [concept(entry.reaction)], severity: entry.severity },
    ],
  }
}

function immunization(person: Person.PersonRecord, entry: Person.Immunization): Json {
  return {
    ...head('Immunization', person, entry),
    status: entry.status,
    vaccineCode: concept(entry.code),
    occurrenceDateTime: entry.date,
    primarySource: true,
    lotNumber: entry.lot,
  }
}

function observation(person: Person.PersonRecord, entry: Person.Observation): Json {
  const { value, low, high } = entry
  const bound = (text: string | undefined): Json | undefined =>
    text === undefined ? undefined : { value: Number(text) }
  const performer = reference('Practitioner', entry.practitionerId)
  return {
    ...head('Observation', person, entry),
    status: entry.status,
    category: [coding('observation-category', entry.category)],
    code: concept(entry.code),
    effectiveDateTime: entry.date,
    performer: performer && [performer],
    valueQuantity:
      value?.kind === 'quantity'
        ? {
            value: Number(value.value),
            unit: value.unit,
            system: 'http://unitsofmeasure.org',
            code: value.unit,
          }
        : undefined,
    valueString: value?.kind === 'text' ? value.text : undefined,
    interpretation: entry.interpretation && [
      coding('v3-ObservationInterpretation', entry.interpretation),
    ],
    referenceRange:
      low === undefined && high === undefined
        ? undefined
        : [{ low: bound(low), high: bound(high) }],
  }
}

function procedure(person: Person.PersonRecord, entry: Person.Procedure): Json {
  const actor = reference('Practitioner', entry.practitionerId)
  return {
    ...head('Procedure', person, entry),
    status: entry.status,
    code: concept(entry.code),
    performedPeriod: { start: entry.start, end: entry.end },
    performer: actor && [{ actor }],
    reasonCode: maybeConcepts(entry.reason),
  }
}

function carePlan(person: Person.PersonRecord, entry: Person.CarePlan): Json {
  return {
    ...head('CarePlan', person, entry),
    status: entry.status,
    intent: 'plan',
    category: [concept(entry.code)],
    period: { start: entry.start, end: entry.end },
  }
}

function document(person: Person.PersonRecord, entry: Person.ClinicalDocument): Json {
  const author = reference('Practitioner', entry.practitionerId)
  const visit = reference('Encounter', entry.encounterId)
  const { encounter: _, ...rest } = head('DocumentReference', person, entry)
  return {
    ...rest,
    status: entry.status,
    type: concept(entry.code),
    date: entry.date,
    author: author && [author],
    custodian: reference('Organization', entry.organisationId),
    content: [
      {
        attachment: {
          contentType: entry.contentType,
          title: entry.title,
          data: Buffer.from(entry.text, 'utf8').toString('base64'),
        },
      },
    ],
    context: visit && { encounter: [visit] },
  }
}
