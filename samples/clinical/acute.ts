import type { Coded } from '@medrec/interop'
import type { PanelName } from './analytes.ts'
import { cvx, rxnorm, snomed } from './codes.ts'

/** An illness or injury that passes. */
export type Acute = {
  readonly code: Coded
  /** Expected number in a year, by age */
  readonly perYear: (age: number) => number
  readonly days: readonly [number, number]
  readonly emergency: boolean
  readonly fever: boolean
  readonly panel?: PanelName
  readonly drug?: { readonly drug: Coded; readonly dosage: string; readonly days: number }
  readonly procedure?: Coded
  readonly note: string
}

const child =
  (inChildhood: number, later: number) =>
  (age: number): number =>
    age < 12 ? inChildhood : later

/** The passing illnesses that the generator knows. */
export const acute: readonly Acute[] = [
  {
    code: snomed('195662009', 'Acute viral pharyngitis'),
    perYear: child(0.25, 0.1),
    days: [6, 13],
    emergency: false,
    fever: true,
    note: 'Sore throat for three days. Throat red, no exudate, ears clear. Rest and fluids; come back if fever lasts beyond three days.',
  },
  {
    code: snomed('10509002', 'Acute bronchitis'),
    perYear: child(0.12, 0.09),
    days: [10, 24],
    emergency: false,
    fever: true,
    panel: 'inflammation',
    drug: {
      drug: rxnorm('313782', 'Acetaminophen 325 MG Oral Tablet'),
      dosage: 'Two tablets up to three times a day',
      days: 5,
    },
    note: 'Cough with clear sputum for a week. Chest clear on both sides. No antibiotic needed; told what to watch for.',
  },
  {
    code: snomed('65363002', 'Otitis media'),
    perYear: child(0.28, 0.01),
    days: [7, 14],
    emergency: false,
    fever: true,
    drug: {
      drug: rxnorm('308182', 'Amoxicillin 250 MG Oral Capsule'),
      dosage: 'One capsule three times a day for seven days',
      days: 7,
    },
    note: 'Earache since last night. Right drum red and bulging. Antibiotic started, control in one week.',
  },
  {
    code: snomed('444814009', 'Viral sinusitis'),
    perYear: child(0.05, 0.1),
    days: [9, 20],
    emergency: false,
    fever: false,
    note: 'Blocked nose and facial pressure for five days. Rinsing with salt water, decongestant for a week at most.',
  },
  {
    code: snomed('68566005', 'Urinary tract infectious disease'),
    perYear: (age) => (age > 16 ? 0.07 : 0.01),
    days: [4, 9],
    emergency: false,
    fever: false,
    panel: 'inflammation',
    drug: {
      drug: rxnorm('311995', 'Nitrofurantoin, macrocrystals 50 MG Oral Capsule'),
      dosage: 'One capsule four times a day for five days',
      days: 5,
    },
    note: 'Burning on passing water since yesterday, no flank pain. Dipstick positive. Short course of antibiotic.',
  },
  {
    code: snomed('44465007', 'Sprain of ankle'),
    perYear: (age) => (age > 5 && age < 60 ? 0.05 : 0.01),
    days: [14, 42],
    emergency: true,
    fever: false,
    drug: {
      drug: rxnorm('310965', 'Ibuprofen 200 MG Oral Tablet'),
      dosage: 'Two tablets up to three times a day with food',
      days: 5,
    },
    procedure: snomed('274474001', 'Bone immobilization'),
    note: 'Twisted the left ankle. Swollen on the outer side, can take four steps, no bony tenderness. Brace for three weeks.',
  },
  {
    code: snomed('25374005', 'Gastroenteritis'),
    perYear: child(0.18, 0.05),
    days: [3, 7],
    emergency: false,
    fever: true,
    note: 'Vomiting and loose stools since yesterday. Drinking well, abdomen soft. Fluids in small sips; advice given.',
  },
  {
    code: snomed('62106007', 'Concussion with no loss of consciousness'),
    perYear: (age) => (age > 4 && age < 25 ? 0.015 : 0.004),
    days: [10, 30],
    emergency: true,
    fever: false,
    note: 'Fell and hit the head, did not pass out. Awake and orientated, pupils equal. Observed for four hours; written advice for the family.',
  },
]

/** A vaccine and the ages (in years) at which it is due. */
export type Vaccine = { readonly code: Coded; readonly ages: readonly number[] }

const yearly = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, i) => from + i)

/** A simplified schedule; `influenza` is given every autumn to the young and the old. */
export const vaccines: readonly Vaccine[] = [
  { code: cvx('08', 'Hep B, adolescent or pediatric'), ages: [0.02, 0.17, 0.5] },
  { code: cvx('20', 'DTaP'), ages: [0.17, 0.34, 0.5, 1.4, 4.5] },
  { code: cvx('10', 'IPV'), ages: [0.17, 0.34, 0.8, 4.5] },
  { code: cvx('133', 'Pneumococcal conjugate PCV 13'), ages: [0.17, 0.34, 0.5, 1.1, 66] },
  { code: cvx('03', 'MMR'), ages: [1.1, 4.6] },
  { code: cvx('21', 'Varicella'), ages: [1.1, 4.6] },
  { code: cvx('62', 'HPV, quadrivalent'), ages: [11.5, 12] },
  { code: cvx('115', 'Tdap'), ages: [11.5] },
  { code: cvx('113', 'Td (adult) preservative free'), ages: [22, 32, 42, 52, 62, 72, 82] },
  { code: cvx('121', 'Zoster vaccine, live'), ages: [61] },
  {
    code: cvx('140', 'Influenza, seasonal, injectable, preservative free'),
    ages: [...yearly(1, 9).map((age) => age + 0.3), ...yearly(35, 95).map((age) => age + 0.3)],
  },
]

/** Things that people react to. */
export const allergens: readonly {
  readonly code: Coded
  readonly category: string
  readonly reaction: Coded
  readonly severity: string
}[] = [
  {
    code: snomed('91936005', 'Allergy to penicillin'),
    category: 'medication',
    reaction: snomed('271807003', 'Eruption of skin'),
    severity: 'moderate',
  },
  {
    code: snomed('91935009', 'Allergy to peanut'),
    category: 'food',
    reaction: snomed('39579001', 'Anaphylaxis'),
    severity: 'severe',
  },
  {
    code: snomed('418689008', 'Allergy to grass pollen'),
    category: 'environment',
    reaction: snomed('76067001', 'Sneezing'),
    severity: 'mild',
  },
  {
    code: snomed('232350006', 'House dust mite allergy'),
    category: 'environment',
    reaction: snomed('76067001', 'Sneezing'),
    severity: 'mild',
  },
  {
    code: snomed('300916003', 'Latex allergy'),
    category: 'environment',
    reaction: snomed('418290006', 'Itching'),
    severity: 'moderate',
  },
  {
    code: snomed('300913006', 'Shellfish allergy'),
    category: 'food',
    reaction: snomed('126485001', 'Urticaria'),
    severity: 'moderate',
  },
]
