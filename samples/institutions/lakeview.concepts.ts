import type { Coded } from '@medrec/interop'
import { type Insert, numberOf } from './rows.ts'

/** OMOP's type concepts: where a row comes from (Athena, vocabulary Type Concept). */
export const typeConcepts = {
  ehr: 32817,
  administered: 32818,
  prescribed: 32838,
  lab: 32856,
} as const

/** OMOP's visit concepts by HL7 v3 ActCode (Athena, vocabulary Visit). */
export const visitConcepts: Readonly<Record<string, number>> = { AMB: 9202, EMER: 9203, IMP: 9201 }

/** OMOP's gender concepts (Athena, vocabulary Gender). */
export const genderConcepts: Readonly<Record<string, number>> = { female: 8532, male: 8507 }

/** Standard concepts of the codes that the site meets most (Athena); `vocabulary|code`. */
const standardConcepts: Readonly<Record<string, number>> = {
  'SNOMED|195967001': 317009,
  'SNOMED|235595009': 318800,
  'SNOMED|271737000': 439777,
  'SNOMED|370143000': 4152280,
  'SNOMED|44054006': 201826,
  'SNOMED|49436004': 313217,
  'SNOMED|53741008': 317576,
  'SNOMED|55822004': 432867,
  'SNOMED|59621000': 320128,
  'SNOMED|64859006': 80502,
  'SNOMED|72892002': 4217975,
  'LOINC|2085-9': 3007070,
  'LOINC|2093-3': 3027114,
  'LOINC|2160-0': 3016723,
  'LOINC|2276-4': 3001122,
  'LOINC|2339-0': 3000483,
  'LOINC|2345-7': 3004501,
  'LOINC|2571-8': 3022192,
  'LOINC|2823-3': 3023103,
  'LOINC|29463-7': 3025315,
  'LOINC|2951-2': 3019550,
  'LOINC|39156-5': 3038553,
  'LOINC|4548-4': 3004410,
  'LOINC|59408-5': 40762499,
  'LOINC|718-7': 3000963,
  'LOINC|8302-2': 3036277,
  'LOINC|8310-5': 3020891,
  'LOINC|8462-4': 3012888,
  'LOINC|8480-6': 3004249,
  'LOINC|8867-4': 3027018,
  'LOINC|9279-1': 3024171,
  'RxNorm|197361': 1332419,
  'RxNorm|259255': 1545959,
  'RxNorm|310325': 19077344,
  'RxNorm|310965': 19078461,
  'RxNorm|313782': 1127433,
  'RxNorm|314076': 19080128,
  'RxNorm|314231': 1539463,
  'RxNorm|860975': 40163924,
}

const vocabularies: Readonly<Record<string, string>> = {
  'http://snomed.info/sct': 'SNOMED',
  'http://loinc.org': 'LOINC',
  'http://www.nlm.nih.gov/research/umls/rxnorm': 'RxNorm',
  'http://hl7.org/fhir/sid/cvx': 'CVX',
}

/** Concepts from this number on are a site's own (OMOP CDM conventions). */
const firstLocalConcept = 2_000_000_000

/** Records the concept of a code and gives its number: OMOP's where we know it, else one of the site's own. */
export function conceptOf(insert: Insert, code: Coded, domain: string): number {
  const vocabulary = vocabularies[code.system] ?? 'Local'
  const standard = standardConcepts[`${vocabulary}|${code.code}`]
  const local =
    firstLocalConcept + (numberOf('concept', vocabulary, code.code, code.display) % 147_000_000)
  const conceptId = standard ?? local
  insert('concept', {
    concept_id: conceptId,
    concept_name: code.display,
    domain_id: domain,
    vocabulary_id: vocabulary,
    concept_class_id: 'Undefined',
    standard_concept: standard === undefined ? null : 'S',
    concept_code: code.code || 'none',
    valid_start_date: '1970-01-01',
    valid_end_date: '2099-12-31',
    invalid_reason: null,
  })
  return conceptId
}
