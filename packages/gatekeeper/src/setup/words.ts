/** A category with what its tables are usually called, in English, German, French and Spanish stems. */
type Guess = readonly [words: RegExp, category: number, label: string]

/** The first that fits is taken: a table of drug allergies holds allergies. */
const guesses: readonly Guess[] = [
  [/allerg|intoleran/, 3, 'Allergies'],
  [/immuni[sz]|vaccin|impf|vacun/, 7, 'Vaccinations'],
  [/vital/, 6, 'Vital signs'],
  [/medic(?!al)|prescri|drug|pharmac|part d event|rezept|ordonnance|receta/, 4, 'Medicines'],
  [/\blab(s|or\w*)?\b|result|observation|measurement|befund|analys/, 5, 'Test results'],
  [/condition|diagnos|problem|disease/, 2, 'Conditions'],
  [/procedure|operation|surger|care ?plan|eingriff|leistung/, 8, 'Procedures'],
  [
    /encounter|visit|admission|inpatient|outpatient|hospice|appointment|consult|kontakt|cita/,
    9,
    'Visits',
  ],
  [/note|letter|document|report|brief|discharge/, 10, 'Notes and reports'],
]

/** What must stay at the institution (45 CFR 164.501, psychotherapy notes) is often called like this. */
const private_ =
  /psych|therapist|private|personal ?note|confidential|own ?note|secret|privat|notizen|substance|peer ?review|incident|fraud|complaint|litigation/

/** What the tables of people are usually called. */
const people =
  /^(patients?|persons?|people|pat|patienten|pacientes?|clients?|bene|beneficiar(y|ies)|members?|enrollees?)$/

/** Columns of people, the best name first. */
export const personColumns = {
  given: [
    /^(given|first|fore)/,
    /\b(given|first|fore|gvn) ?(name|nm)\b/,
    /vorname|prenom|nombre/,
    /^fname$/,
  ],
  family: [
    /^(family|last|sur)/,
    /\b(family|last|sur|srnm) ?(name|nm)\b/,
    /nachname|apellido/,
    /^(lname|name|nom)$/,
  ],
  birthDate: [/birth|^dob$|born/, /^geb|naissance|nacimiento/],
  gender: [/gender|^sex/, /\bsex\b/, /geschlecht|sexe|sexo/],
  nationalId: [
    /national|^ssn?$|social/,
    /insur|nhs|versnr|versicherung/,
    /\bnir\b|\bdni\b|\bmbi\b|mrn/,
  ],
} as const

/** Words of a name as people write them: `labResults`, `LAB_RESULTS` and `lab-results` are the same. */
export function wordsIn(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_\W]+/gu, ' ')
    .trim()
    .toLowerCase()
}

/** The category that a table's name speaks of, if it does. */
export function categoryOf(table: string): { category: number; label: string } | undefined {
  const guess = guesses.find(([words]) => words.test(wordsIn(table)))
  return guess && { category: guess[1], label: guess[2] }
}

/** Whether a table's name sounds as if it must not leave the institution. */
export function soundsPrivate(table: string): boolean {
  return private_.test(wordsIn(table))
}

/** Whether a table's name is one that tables of people have. */
export function soundsLikePeople(table: string): boolean {
  return people.test(wordsIn(table))
}

/** `taken_at` as a heading: "Taken at". */
export function labelOf(name: string): string {
  const words = wordsIn(name)
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1)
}

/** A name of a field or resource: small letters, digits and `_`. */
export function identifierOf(name: string): string {
  const plain = wordsIn(name.normalize('NFKD').replaceAll(/\p{M}/gu, ''))
  return plain.replaceAll(/[^a-z0-9]+/g, '_').slice(0, 60) || 'field'
}

/** What a column's number most likely is; `record-number` is the institution's own. */
export function kindOfNumber(column: string): string {
  const words = wordsIn(column)
  if (/national|^ssn?$|social|\bdni\b|\bnir\b|nhs/.test(words)) return 'national-id'
  if (/insur|\bmbi\b|versnr|versicherung/.test(words)) return 'insurance-number'
  return /passport/.test(words) ? 'passport' : 'record-number'
}
