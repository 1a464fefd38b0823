import type { Coded } from '@medrec/interop'
import type { AnalyteName, PanelName } from './analytes.ts'
import { rxnorm, snomed } from './codes.ts'

/** A shift of a measured value: how much at onset, how much once treated for two years. */
export type Shift = readonly [atOnset: number, treated: number]

/** A disease that lasts: how it is found, followed and treated. */
export type Chronic = {
  readonly code: Coded
  /** Chance that a grown person of the age has it, by sex */
  readonly chance: (age: number, female: boolean) => number
  /** Age at which it begins, earliest and latest */
  readonly onset: readonly [number, number]
  readonly visitsPerYear: number
  readonly panels: readonly PanelName[]
  readonly shifts: Readonly<Partial<Record<AnalyteName, Shift>>>
  readonly vitals?: {
    readonly systolic?: Shift
    readonly diastolic?: Shift
    readonly bmi?: number
    readonly saturation?: number
  }
  readonly drugs: readonly {
    readonly drug: Coded
    readonly dosage: string
    readonly afterYears?: number
  }[]
  readonly specialist: boolean
  readonly procedure?: { readonly code: Coded; readonly everyYears: number }
  readonly carePlan?: Coded
  /** What a clinician would write at a follow-up; {name}, {value} are filled in */
  readonly note: string
}

const older =
  (from: number, full: number, top: number) =>
  (age: number): number =>
    age < from ? 0 : Math.min(1, (age - from) / (full - from)) * top

/** The chronic diseases that the generator knows. */
export const chronic = {
  diabetes: {
    code: snomed('44054006', 'Type 2 diabetes mellitus'),
    chance: older(32, 65, 0.2),
    onset: [34, 62],
    visitsPerYear: 2,
    panels: ['diabetes', 'metabolic', 'lipids'],
    shifts: { a1c: [3.6, 1.6], glucose: [88, 42], albuminuria: [8, 16], triglycerides: [60, 35] },
    vitals: { bmi: 5 },
    drugs: [
      {
        drug: rxnorm('860975', '24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet'),
        dosage: 'Two tablets with the evening meal',
      },
      {
        drug: rxnorm('314231', 'Simvastatin 10 MG Oral Tablet'),
        dosage: 'One tablet in the evening',
        afterYears: 1,
      },
    ],
    specialist: true,
    procedure: { code: snomed('134395001', 'Diabetic retinal eye exam'), everyYears: 1 },
    carePlan: snomed('698360004', 'Diabetes self management plan'),
    note: 'Diabetes follow-up. HbA1c {a1c} %. Feet inspected, no ulcer, pulses present. Metformin tolerated. Diet and walking discussed; next HbA1c in three to six months.',
  },
  hypertension: {
    code: snomed('59621000', 'Essential hypertension'),
    chance: older(28, 70, 0.5),
    onset: [32, 66],
    visitsPerYear: 1,
    panels: ['metabolic', 'lipids'],
    shifts: { creatinine: [0.05, 0.08] },
    vitals: { systolic: [27, 9], diastolic: [15, 4], bmi: 2 },
    drugs: [
      {
        drug: rxnorm('314076', 'lisinopril 10 MG Oral Tablet'),
        dosage: 'One tablet in the morning',
      },
      {
        drug: rxnorm('197361', 'Amlodipine 5 MG Oral Tablet'),
        dosage: 'One tablet in the morning',
        afterYears: 4,
      },
    ],
    specialist: false,
    carePlan: snomed('443402002', 'Lifestyle education regarding hypertension'),
    note: 'Blood pressure review. Home readings brought along, in line with today. No cough, no swelling of the ankles. Treatment goes on unchanged.',
  },
  hyperlipidemia: {
    code: snomed('55822004', 'Hyperlipidemia'),
    chance: older(30, 65, 0.3),
    onset: [32, 64],
    visitsPerYear: 1,
    panels: ['lipids', 'liver'],
    shifts: { cholesterol: [68, 8], ldl: [62, -2], triglycerides: [50, 30] },
    drugs: [
      {
        drug: rxnorm('312961', 'Simvastatin 20 MG Oral Tablet'),
        dosage: 'One tablet in the evening',
      },
    ],
    specialist: false,
    note: 'Lipids reviewed: LDL {ldl} mg/dL. Statin taken regularly, no muscle pain.',
  },
  asthma: {
    code: snomed('195967001', 'Asthma'),
    chance: () => 0.09,
    onset: [4, 24],
    visitsPerYear: 1,
    panels: ['breathing'],
    shifts: { peakFlow: [-95, -25] },
    vitals: { saturation: -1.5 },
    drugs: [
      {
        drug: rxnorm('745679', '200 ACTUAT Albuterol 0.09 MG/ACTUAT Metered Dose Inhaler'),
        dosage: 'Two puffs when needed, at most four times a day',
      },
      {
        drug: rxnorm(
          '895994',
          '120 ACTUAT Fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler',
        ),
        dosage: 'Two puffs morning and evening',
      },
    ],
    specialist: true,
    procedure: { code: snomed('127783003', 'Spirometry'), everyYears: 2 },
    carePlan: snomed('699728000', 'Asthma self management'),
    note: 'Asthma review. Relief inhaler used about once a week, no night symptoms. Inhaler technique checked and good. Peak flow {peakFlow} L/min.',
  },
  anemia: {
    code: snomed('87522002', 'Iron deficiency anemia'),
    chance: (age, female) => (female && age >= 15 && age < 52 ? 0.12 : 0.03),
    onset: [16, 70],
    visitsPerYear: 2,
    panels: ['blood', 'iron'],
    shifts: {
      hemoglobin: [-3.1, -0.5],
      hematocrit: [-8, -1.2],
      mcv: [-14, -3],
      ferritin: [-54, -42],
      iron: [-62, -18],
      transferrin: [-22, -7],
    },
    drugs: [
      {
        drug: rxnorm('310325', 'ferrous sulfate 325 MG Oral Tablet'),
        dosage: 'One tablet every other day before breakfast',
      },
    ],
    specialist: false,
    note: 'Tiredness better. Hemoglobin {hemoglobin} g/dL, ferritin {ferritin} ng/mL. Iron continued every other day; control in three months.',
  },
  hypothyroidism: {
    code: snomed('40930008', 'Hypothyroidism'),
    chance: (age, female) => (age > 30 ? (female ? 0.09 : 0.02) : 0.01),
    onset: [26, 60],
    visitsPerYear: 1,
    panels: ['thyroid'],
    shifts: { tsh: [8.2, 0.6], thyroxine: [-0.5, 0] },
    drugs: [
      {
        drug: rxnorm('966222', 'levothyroxine sodium 0.075 MG Oral Tablet'),
        dosage: 'One tablet 30 minutes before breakfast',
      },
    ],
    specialist: true,
    note: 'Thyroid control. TSH {tsh} mIU/L on 75 micrograms of levothyroxine. Feels well, weight stable.',
  },
  fibrillation: {
    code: snomed('49436004', 'Atrial fibrillation'),
    chance: older(60, 85, 0.14),
    onset: [60, 78],
    visitsPerYear: 3,
    panels: ['clotting', 'metabolic'],
    shifts: {},
    drugs: [
      {
        drug: rxnorm('855332', 'Warfarin Sodium 5 MG Oral Tablet'),
        dosage: 'By INR, as written in the booklet',
      },
      {
        drug: rxnorm('866414', '24 HR metoprolol succinate 100 MG Extended Release Oral Tablet'),
        dosage: 'One tablet in the morning',
      },
    ],
    specialist: true,
    procedure: { code: snomed('40701008', 'Echocardiography'), everyYears: 2 },
    note: 'Rate controlled. INR {inr}, target 2 to 3. No bleeding. Dose of warfarin unchanged.',
  },
  depression: {
    code: snomed('370143000', 'Major depressive disorder'),
    chance: (age, female) => (age > 17 ? (female ? 0.1 : 0.06) : 0),
    onset: [18, 55],
    visitsPerYear: 2,
    panels: ['thyroid'],
    shifts: {},
    drugs: [
      {
        drug: rxnorm('312938', 'sertraline 100 MG Oral Tablet'),
        dosage: 'One tablet in the morning',
      },
    ],
    specialist: true,
    note: 'Medication review. Sleeps through most nights, back at work half time. Dose unchanged, next appointment agreed.',
  },
  reflux: {
    code: snomed('235595009', 'Gastroesophageal reflux disease'),
    chance: older(25, 55, 0.18),
    onset: [26, 58],
    visitsPerYear: 0.5,
    panels: ['blood'],
    shifts: {},
    drugs: [
      {
        drug: rxnorm('198051', 'Omeprazole 20 MG Delayed Release Oral Capsule'),
        dosage: 'One capsule before breakfast, for eight weeks at a time',
      },
    ],
    specialist: false,
    note: 'Heartburn well controlled with short courses. No alarm signs.',
  },
  osteoarthritis: {
    code: snomed('239873007', 'Osteoarthritis of knee'),
    chance: older(45, 75, 0.35),
    onset: [48, 72],
    visitsPerYear: 1,
    panels: ['inflammation'],
    shifts: {},
    drugs: [
      {
        drug: rxnorm('313782', 'Acetaminophen 325 MG Oral Tablet'),
        dosage: 'Two tablets up to three times a day when in pain',
      },
    ],
    specialist: false,
    procedure: { code: snomed('91251008', 'Physical therapy procedure'), everyYears: 1 },
    note: 'Knee pain on stairs, no swelling. Exercises shown, physiotherapy renewed.',
  },
  kidney: {
    code: snomed('433144002', 'Chronic kidney disease stage 3'),
    chance: older(60, 85, 0.2),
    onset: [61, 78],
    visitsPerYear: 2,
    panels: ['metabolic', 'blood'],
    shifts: { creatinine: [0.55, 0.75], egfr: [-42, -50], urea: [10, 14], potassium: [0.3, 0.5] },
    drugs: [],
    specialist: true,
    note: 'Kidney function stable, eGFR {egfr}. No drugs to be avoided on the list; fluids and blood pressure discussed.',
  },
} as const satisfies Readonly<Record<string, Chronic>>

/** Short name of a chronic disease. */
export type ChronicName = keyof typeof chronic
