import type { CodeSystem } from './codes.ts'

/** A category with what its tables are usually called: stems in English, German, French, Spanish and Portuguese. */
type Guess = readonly [words: RegExp, category: number, label: string]

/** The first that fits is taken: a table of drug allergies holds allergies. */
const guesses: readonly Guess[] = [
  [/allerg|alergi|intoleran|unvertraglich/, 3, 'Allergies'],
  [/immuni[sz]|vaccin|vacin|impf|vacun/, 7, 'Vaccinations'],
  [/vital|constantes/, 6, 'Vital signs'],
  [
    /medic(?!al|in|[oa]s?\b)|medikament|arznei|prescri|drug|pharmac|farmac|part d event|rezept|verordn|ordonnance|receta|receita/,
    4,
    'Medicines',
  ],
  [
    /\blab(s|or\w*)?\b|result|observation|measurement|befund|messwert|analys|analis|examen|exame|bilan/,
    5,
    'Test results',
  ],
  [
    /condition|diagnos|problem|disease|krankheit|erkrankung|maladie|enfermedad|doenca|antecedent/,
    2,
    'Conditions',
  ],
  [
    /procedure|procedimi|prozedur|operation|operacion|surger|chirurg|cirurg|cirug|care ?plan|eingriff|leistung|interven[ct]/,
    8,
    'Procedures',
  ],
  [
    /encounter|visit|admission|inpatient|outpatient|hospice|appointment|consult|kontakt|\bcitas?\b|aufenthalt|behandlungsfall|\bfalle?\b|besuch|termin|sejour|ingreso|internac|episod/,
    9,
    'Visits',
  ],
  [
    /note|letter|document|dokument|report|bericht|brief|discharge|compte ?rendu|courrier|informe|laudo|relatorio/,
    10,
    'Notes and reports',
  ],
]

/** What must stay at the institution (45 CFR 164.501, psychotherapy notes) is often called like this. */
const private_ =
  /psych|psiqu|psico|therapist|private|personal ?note|confiden[ct]|vertraul|geheim|own ?note|secret|privat|privad|prive|notizen|substance|sucht|peer ?review|incident|fraud|complaint|beschwerde|plainte|queja|litigation/

/** What the tables of people are usually called. */
const people =
  /^((tbl|tab|t|d|dim) )?(patients?|persons?|people|pat|patienten|patient(en)?stamm|pacientes?|clients?|klienten|personen|personnes?|personas|pessoas?|doentes?|utentes?|assures?|versicherte|stammdaten|bene|beneficiar(y|ies)|members?|enrollees?)$/

/** People who are not patients. */
const staff =
  /staff|employee|physician|doctor|provider|nurse|\busers?\b|arzt|pflege|mitarbeiter|benutzer|medecin|soignant|medicos?\b|empleado|enfermer|funcionario|usuario/

/** Tables of money, of keys and of what a system notes of itself hold codes too. */
const administrative =
  /bill|invoice|claim|payment|charge|cost|rechnung|abrechn|zahlung|kosten|factur|fatura|paiement|pago|catalog|katalog|lookup|\blog\b|audit|protokoll/

/** Columns of people, the best name first. */
export const personColumns = {
  given: [
    /^(given|first|fore)/,
    /\b(given|first|fore|gvn) ?(name|nm)\b/,
    /vorname|rufname|prenom|^nombres?( (propio|de pila|del? paciente|paciente))?$|^primer nombre$|^primeiro nome$|^nomes?( (proprio|do utente|do paciente))?$/,
    /^(f|v)name$/,
  ],
  family: [
    /^(family|last|sur)/,
    /\b(family|last|sur|srnm) ?(name|nm)\b/,
    /nachname|familienname|zuname|^(primer )?apellidos?|apelidos?|sobrenome|^nom (de )?(famille|usage|usuel|patronymique)/,
    /^(lname|nname|name|nom|nom (du )?patient)$/,
  ],
  birthDate: [
    /^dob$|birth ?(date|day|dt)|date of birth|born/,
    /^geb(urts)?( ?(dat\w*|tag))?$|geburts ?(dat|tag)|geboren|dat\w* ?(de )?naiss|^naissance$|^ddn$|f(ec|echa)?( de)? ?nac|nacimiento|data( de)? ?nasc|nascimento/,
    /birth/,
  ],
  gender: [/gender|^sex/, /\bsex\b/, /geschlecht|sexe|sexo|genre|genero/],
  nationalId: [
    /national|^ssn?$|social/,
    /insur|nhs|versnr|versicher|kvnr|krankenkass|securite|\bnss\b|assur|seguridad|segurado/,
    /\b(nir|dni|nif|cpf|cns|curp|ahv|mbi)\b|cedula|mrn/,
  ],
} as const

/** A birth has more than a day. */
export const otherOfBirth =
  /place|name\b|ort\b|land\b|lieu|pays|lugar|pais|local|naturalidad|weight|gewicht|poids|peso|order|rang/

/** Columns with a patient's id, beside those that are called like the table of patients. */
export const ownerWords =
  'patient|patienten|paciente|pac|person|persona|personne|pessoa|subject|client|klient|utente|doente|assure|bene|member|pat'

/** What columns of an id have before or after its name. */
export const idWords = 'id|ids?|nr|no|num|nummer|numero|number|key|fk|ref|cod|code|codigo|kennung'

/** Columns that tell what a table holds: a dose is of a medicine, a value with a unit is a result. */
const telling: readonly (readonly [words: RegExp, category: number])[] = [
  [/\bdos(e|age|is|ierung|aje|agem)\b|dosier|posolog/, 4],
  [/^(einheit|unit|units|unite|unidad|unidade)$/, 5],
  [/^(wert|messwert|value|valeur|valor|result|ergebnis|resultat|resultado)$/, 5],
]

/** Words of a name as people write them: `labResults`, `LAB_RESULTS` and `lab-results` are the same, accents aside. */
export function wordsIn(name: string): string {
  return name
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_\W]+/gu, ' ')
    .trim()
    .toLowerCase()
}

/** How much each kind of evidence counts; what codes say counts more than a name. */
const weight = { own: 3, name: 2, column: 1 } as const

/** Categories that codes speak of. ICD-10 and SNOMED codes stand in visits and prescriptions too: a name counts as much. */
const codeWeights: {
  readonly [system in CodeSystem]: readonly [category: number, weight: number]
} = {
  loinc: [5, weight.own],
  atc: [4, weight.own],
  icd: [2, weight.name],
  snomed: [2, weight.column],
}

/** These kinds of records are coded with others' codes (an allergy to a medicine by ATC): their names decide. */
const coded = new Set([3, 6, 7])

/** What is known of a column where a table's category is looked for. */
type Told = { readonly name: string; readonly codes: CodeSystem | undefined }

/**
 * The category that a table's codes, its name and its columns' names speak of, if they do. Columns alone are too
 * little, and codes alone as well where the name speaks of money or of the system itself.
 */
export function categoryOf(
  table: string,
  columns: readonly Told[] = [],
): { category: number; label: string } | undefined {
  const words = wordsIn(table)
  const named = guesses.find(([pattern]) => pattern.test(words))?.[1]
  const hasCodes = columns.some(({ codes }) => codes !== undefined)
  if (named === undefined && (!hasCodes || administrative.test(words))) return undefined
  const isNamed: Evidence = [named ?? 0, named === undefined ? 0 : weight.name]
  const isSure = named !== undefined && coded.has(named)
  const category = heaviest([isNamed, ...(isSure ? [] : evidenceOf(columns))])
  const label = guesses.find((guess) => guess[1] === category)?.[2]
  return label === undefined ? undefined : { category, label }
}

type Evidence = readonly [category: number, weight: number]

/** What codes and the names of columns speak for, each system once. */
function evidenceOf(columns: readonly Told[]): readonly Evidence[] {
  const systems = new Set(columns.flatMap(({ codes }) => codes ?? []))
  const names = columns.flatMap(({ name }) =>
    telling.filter(([pattern]) => pattern.test(wordsIn(name))),
  )
  return [
    ...[...systems].map((system) => codeWeights[system]),
    ...names.map(([, category]): Evidence => [category, weight.column]),
  ]
}

/** The category with most behind it; of several the one that was named first. */
function heaviest(evidence: readonly Evidence[]): number {
  const sums = new Map<number, number>()
  for (const [category, more] of evidence) sums.set(category, (sums.get(category) ?? 0) + more)
  return [...sums].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 0
}

/** Whether a table's name sounds as if it must not leave the institution. */
export function soundsPrivate(table: string): boolean {
  return private_.test(wordsIn(table))
}

/** Whether a table's name is one that tables of patients have, or of other people. */
export function peopleIn(table: string): 'patients' | 'staff' | undefined {
  const words = wordsIn(table)
  if (people.test(words)) return 'patients'
  return staff.test(words) ? 'staff' : undefined
}

/** `taken_at` as a heading: "Taken at". */
export function labelOf(name: string): string {
  const words = name
    .replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase()
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1)
}

/** A name of a field or resource: small letters, digits and `_`. */
export function identifierOf(name: string): string {
  return (
    wordsIn(name)
      .replaceAll(/[^a-z0-9]+/g, '_')
      .slice(0, 60) || 'field'
  )
}

/** What a column's number most likely is; `record-number` is the institution's own. */
export function kindOfNumber(column: string): string {
  const words = wordsIn(column)
  if (
    /national|^ssn?$|social|\b(dni|nir|nif|cpf|curp|ahv)\b|cedula|securite|\bnss\b|nhs/.test(words)
  )
    return 'national-id'
  if (/insur|\bmbi\b|versnr|versicher|kvnr|krankenkass|assur|seguro|segurado/.test(words))
    return 'insurance-number'
  return /passport|passnr|reisepass|pasaporte|passaporte|passeport/.test(words)
    ? 'passport'
    : 'record-number'
}
