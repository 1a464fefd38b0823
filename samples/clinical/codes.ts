import type { Coded } from '@medrec/interop'

/** A SNOMED CT concept. */
export function snomed(code: string, display: string): Coded {
  return { system: 'http://snomed.info/sct', code, display }
}

/** A LOINC term. */
export function loinc(code: string, display: string): Coded {
  return { system: 'http://loinc.org', code, display }
}

/** An RxNorm drug. */
export function rxnorm(code: string, display: string): Coded {
  return { system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code, display }
}

/** A CVX vaccine. */
export function cvx(code: string, display: string): Coded {
  return { system: 'http://hl7.org/fhir/sid/cvx', code, display }
}
