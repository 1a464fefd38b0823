import { type Hex, purposes } from '@medrec/protocol'
import type { LoggedEntry } from './accessLogFile.ts'

const codes = {
  dicom: 'http://dicom.nema.org/resources/ontology/DCM',
  kind: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  rest: 'http://hl7.org/fhir/restful-interaction',
  lifecycle: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle',
  entity: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  role: 'http://terminology.hl7.org/CodeSystem/object-role',
  reason: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  participation: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  source: 'http://terminology.hl7.org/CodeSystem/security-source-type',
  sensitivity: 'http://snomed.info/sct',
} as const
const profiles = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.'
/** Namespaces of our identifiers in FHIR. */
const chains = 'urn:medrec:log-chain'
const idTags = 'urn:medrec:idtag'
const shares = 'urn:medrec:share'
const emergencies = 'urn:medrec:emergency'
const records = 'urn:medrec:pointer'
/** Purposes of docs/protocol.md section 3 in HL7's vocabulary; `other` has no code there. */
const actReasons = ['TREAT', 'TREAT', 'FAMRQT', 'HRESCH', 'HPAYMT', undefined, 'ETREAT'] as const

type Coding = { readonly system: string; readonly code: string; readonly display: string }
type Institution = { readonly name: string; readonly idTag: Hex; readonly url?: string }

/** An entry of the access log with what is known of the names in it; no patient's name. */
export type Audited = {
  readonly entry: LoggedEntry & { readonly sequence: number }
  /** idTag of the patient, when the entry is about one and the institution tells. */
  readonly subject: Hex | undefined
  /** What stands for the patient where her idTag is not told. */
  readonly pseudonym?: string | undefined
  /** Who asked, by name where it is public. */
  readonly name: string
  readonly isSubject: boolean
  /** The record's name in the catalogue. */
  readonly label: string | undefined
  readonly resource: string | undefined
}

/**
 * An entry of the access log as a FHIR R4 AuditEvent: reads by others in the shape of IHE BALP's
 * PrivacyDisclosure.Source, the patient's own in that of PatientRead, refusals and what staff did as FHIR core has
 * them. Without the patient's idTag no profile is claimed. We keep no IP addresses: where BALP asks for the asker's place in the network stands her idTag as a URI.
 */
export function auditEventOf(audited: Audited, institution: Institution): object {
  const { entry } = audited
  const isRead = entry.kind === 'read' || entry.kind === 'index' || entry.kind === 'log'
  const isDisclosure = isRead && !audited.isSubject
  const profile = isDisclosure ? 'PrivacyDisclosure.Source' : 'PatientRead'
  const id = `${entry.sequence}`
  return {
    resourceType: 'AuditEvent',
    id,
    ...(isRead &&
      audited.subject !== undefined && { meta: { profile: [`${profiles}${profile}`] } }),
    ...typeOf(audited, isDisclosure),
    recorded: new Date(entry.time * 1_000).toISOString(),
    ...outcomeOf(audited),
    ...purposeOf(entry.purpose),
    agent: agentsOf(audited, institution, isDisclosure),
    source: {
      site: institution.name,
      observer: identified(idTags, institution.idTag, institution.name),
      type: [coding(codes.source, '4', 'Application Server')],
    },
    ...entitiesOf(audited, isDisclosure),
  }
}

function typeOf({ entry }: Audited, isDisclosure: boolean): object {
  const read = coding(codes.rest, 'read', 'read')
  const rest = coding(codes.kind, 'rest', 'RESTful Operation')
  switch (entry.kind) {
    case 'explained':
    case 'exported':
    case 'examined':
    case 'reviewed':
      return { type: coding(codes.dicom, '110101', 'Audit Log Used'), action: 'R' }
    case 'previewed':
      return { type: coding(codes.dicom, '110112', 'Query'), action: 'R' }
    case 'revoked':
      return { type: coding(codes.dicom, '110136', 'Security Roles Changed'), action: 'D' }
    case 'emergency':
      return { type: coding(codes.dicom, '110127', 'Emergency Override Started'), action: 'E' }
    case 'refused':
      return { type: rest, subtype: [read], action: 'R' }
    default: {
      const disclose = coding(codes.lifecycle, 'disclose', 'Disclose Record Lifecycle Event')
      return isDisclosure
        ? { type: coding(codes.dicom, '110106', 'Export'), subtype: [disclose, read], action: 'R' }
        : { type: rest, subtype: [read], action: 'R' }
    }
  }
}

function outcomeOf({ entry }: Audited): object {
  if (entry.kind !== 'refused') return { outcome: '0' }
  const times = entry.count === undefined || entry.count === 1 ? '' : ` (${entry.count} times)`
  return { outcome: '4', outcomeDesc: `${entry.code ?? 'refused'}${times}` }
}

function purposeOf(purpose: number | undefined): object {
  if (purpose === undefined) return {}
  const code = actReasons[purpose]
  const text = purposes[purpose] ?? 'other'
  return {
    purposeOfEvent: [{ ...(code && { coding: [{ system: codes.reason, code }] }), text }],
  }
}

function agentsOf(audited: Audited, institution: Institution, isDisclosure: boolean): object[] {
  const { entry, name, isSubject, subject } = audited
  const server = {
    type: concept(codes.dicom, '110153', 'Source Role ID'),
    who: identified(idTags, institution.idTag, institution.name),
    requestor: false,
    ...(institution.url && { network: { address: institution.url, type: '5' } }),
  }
  if (entry.staff) return [server, { who: { display: name }, name, requestor: true }]
  const { idTag } = entry.who
  if (idTag === undefined) return [server, { who: { display: name }, requestor: true }]
  const client = {
    type: concept(codes.dicom, '110152', 'Destination Role ID'),
    who: identified(idTags, idTag, name),
    requestor: true,
    network: { address: `${idTags}:${idTag}`, type: '5' },
  }
  if (!isDisclosure || subject === undefined || isSubject) return [client, server]
  return [server, client, ...authorizersOf(entry, subject)]
}

/** Whose signature allowed it: the patient's, and her delegate's who shared for her; in an emergency nobody's. */
function authorizersOf({ emergency, grant, delegate }: Audited['entry'], subject: Hex): object[] {
  if (emergency) return []
  const authorizer = (idTag: Hex, name: string): object => ({
    type: concept(codes.sensitivity, '429577009', 'Patient advocate'),
    who: identified(idTags, idTag, name),
    requestor: false,
  })
  return [
    authorizer(subject, 'The patient'),
    ...(grant && delegate ? [authorizer(delegate, "The patient's delegate")] : []),
  ]
}

function shownWithoutPointer(kind: Audited['entry']['kind']): string {
  if (kind === 'examined' || kind === 'reviewed') return 'An emergency access'
  return kind === 'log' ? 'The access log' : 'The list of records'
}

function entitiesOf(audited: Audited, isDisclosure: boolean): object {
  const { entry, subject, pseudonym, label, resource } = audited
  const identifier = subject
    ? { system: idTags, value: subject }
    : pseudonym && { system: chains, value: pseudonym }
  if (!identifier) return {}
  const patient = {
    what: { type: 'Patient', identifier },
    type: coding(codes.entity, '1', 'Person'),
    role: coding(codes.role, '1', 'Patient'),
  }
  const what = entry.pointer
    ? identified(records, entry.pointer, label ?? resource ?? 'A record')
    : { display: shownWithoutPointer(entry.kind) }
  const { part } = entry
  const fields = [
    ...(entry.elements ?? []).map((name) => ({ type: 'field', valueString: name })),
    // An AuditEvent is about one exchange: a reading in parts is as many of them, each told as such.
    ...(part ? [{ type: 'part', valueString: `${part.number + 1} of ${part.of}` }] : []),
    ...(part ? [{ type: 'rows', valueString: `${part.rows}` }] : []),
  ]
  const data = {
    what,
    type: coding(codes.entity, '2', 'System Object'),
    role: isDisclosure
      ? coding(codes.role, '3', 'Report')
      : coding(codes.role, '4', 'Domain Resource'),
    ...(fields.length > 0 && { detail: fields }),
  }
  return { entity: [patient, data, ...(isDisclosure ? basisOf(entry) : [])] }
}

/** The share or the emergency access that was used, by its name. */
function basisOf({ grant, emergency, delegate }: Audited['entry']): object[] {
  const signer = delegate ? 'a delegate' : 'the patient'
  const what = emergency
    ? identified(emergencies, emergency, 'The emergency access that was opened')
    : grant && identified(shares, grant, `The share that ${signer} signed`)
  if (!what) return []
  const type = coding(codes.entity, '2', 'System Object')
  return [{ what, type, role: coding(codes.role, '13', 'Security Resource') }]
}

function coding(system: string, code: string, display: string): Coding {
  return { system, code, display }
}

function concept(system: string, code: string, display: string): object {
  return { coding: [coding(system, code, display)] }
}

function identified(system: string, value: string, display: string): object {
  return { identifier: { system, value }, display }
}
