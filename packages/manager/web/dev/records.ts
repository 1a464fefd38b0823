import type { FieldInfo, RecordSet, Row, Who } from '../src/patient/model.ts'

export const riverside: Who = { idTag: '0xa1', name: 'Riverside Hospital', kind: 'institution' }
export const lakeview: Who = { idTag: '0xa2', name: 'Lakeview Medical Group', kind: 'institution' }
export const hillcrest: Who = { idTag: '0xa3', name: 'Hillcrest Clinic', kind: 'institution' }

const at = 1_795_000_000

function fields(...list: readonly (readonly [string, FieldInfo['type'], string])[]): FieldInfo[] {
  return list.map(([name, type, label], bit) => ({ bit, name, type, label }))
}

function set(options: {
  id: string
  institution: Who
  label: string
  category: number
  fields: FieldInfo[]
  rows: Row[]
}): RecordSet {
  const { id, institution, label, category } = options
  return {
    id: `0x${id}`,
    relationship: `0x${institution.idTag.slice(2)}01`,
    institution,
    resource: label.toLowerCase(),
    label,
    category,
    right: { source: { relationship: `0x${institution.idTag.slice(2)}01` }, purpose: 0 },
    state: 'current',
    current: {
      version: 1,
      time: at,
      origin: 1,
      fields: options.fields,
      rows: options.rows,
      proof: 'anchored',
      block: 12,
    },
  }
}

const labFields = fields(
  ['observation_id', 'text', 'Number'],
  ['date', 'instant', 'Date'],
  ['description', 'text', 'Test'],
  ['value', 'decimal', 'Result'],
  ['units', 'text', 'Unit'],
  ['code', 'text', 'LOINC code'],
)

const labs: Row[] = Array.from({ length: 24 }, (_, i) => [
  `obs-${i}`,
  `${2026 - Math.floor(i / 6)}-${String((i % 12) + 1).padStart(2, '0')}-14T09:30:00Z`,
  ['Hemoglobin A1c', 'Cholesterol, total', 'Creatinine', 'Glucose'][i % 4] as string,
  ['6.1', '182', '0.94', '101'][i % 4] as string,
  ['%', 'mg/dL', 'mg/dL', 'mg/dL'][i % 4] as string,
  ['4548-4', '2093-3', '2160-0', '2339-0'][i % 4] as string,
])

const conditions = set({
  id: 'c2',
  institution: lakeview,
  label: 'Conditions',
  category: 2,
  fields: fields(
    ['condition_occurrence_id', 'int', 'Number'],
    ['condition_start_date', 'date', 'Since'],
    ['condition_name', 'text', 'Condition'],
    ['condition_status', 'text', 'Status'],
  ),
  rows: [
    ['11', '2019-03-02', 'Essential hypertension', 'active'],
    ['12', '2021-10-19', 'Type 2 diabetes mellitus without complication', 'active'],
  ],
})

export const changedMedicines: RecordSet = (() => {
  const medicines = set({
    id: 'd4',
    institution: riverside,
    label: 'Medicines',
    category: 4,
    fields: fields(
      ['medication_id', 'text', 'Number'],
      ['start', 'date', 'Start'],
      ['description', 'text', 'Medicine'],
      ['dose', 'text', 'Dose'],
      ['reason', 'text', 'Taken for'],
    ),
    rows: [
      ['m1', '2024-05-11', 'Metformin 500 mg tablet', '2 a day', 'Type 2 diabetes'],
      ['m2', '2023-02-01', 'Lisinopril 10 mg tablet', '1 a day', 'High blood pressure'],
    ],
  })
  const current = medicines.current as NonNullable<RecordSet['current']>
  return {
    ...medicines,
    state: 'unexplained',
    former: current,
    current: {
      ...current,
      version: 2,
      origin: 3,
      rows: [
        ['m1', '2024-05-11', 'Metformin 500 mg tablet', '4 a day', 'Type 2 diabetes'],
        current.rows[1] as Row,
      ],
      proof: 'promised',
    },
  }
})()

/** What tables find hard: many columns, long values, words without a place to break, and gaps. */
const visits = set({
  id: 'a1',
  institution: riverside,
  label: 'Visits and what was written down at each of them',
  category: 1,
  fields: fields(
    ['visit_id', 'text', 'Number'],
    ['start', 'instant', 'Start'],
    ['end', 'instant', 'End'],
    ['reason', 'text', 'Reason'],
    ['note', 'text', 'Note'],
    ['who', 'text', 'Responsible physician or other clinician'],
    ['place', 'text', 'Place'],
    ['emergency', 'bool', 'Emergency'],
    ['cost', 'decimal', 'Cost'],
    ['link', 'text', 'Document'],
    ['class_code', 'text', 'Class'],
    ['source_system', 'text', 'Source system'],
  ),
  rows: Array.from({ length: 12 }, (_, i) => [
    `v-${i}`,
    `202${i % 6}-04-0${(i % 9) + 1}T08:00:00Z`,
    i % 2 ? null : `202${i % 6}-04-0${(i % 9) + 1}T09:15:00Z`,
    i % 3 ? 'Check-up' : 'Follow-up after a longer stay for heart failure with reduced ejection',
    i % 4 ? null : 'Feels well. Walks two flights without a stop. No swelling. '.repeat(12),
    i % 2 ? '' : 'Dr Wilhelmina Featherstonehaugh-Oyelaran',
    'Ward 4',
    i % 2 ? 'true' : null,
    i % 3 ? null : '128.40',
    i % 4 ? null : `https://documents.example/${'d41d8cd98f00b204e9800998ecf8427e'.repeat(3)}`,
    'AMB',
    'urn:example:visits',
  ]),
})

/** Records of the made-up patient. */
export const records: readonly RecordSet[] = [
  set({
    id: 'b5',
    institution: riverside,
    label: 'Lab results',
    category: 5,
    fields: labFields,
    rows: labs,
  }),
  changedMedicines,
  visits,
  conditions,
  set({
    id: 'e3',
    institution: lakeview,
    label: 'Allergies',
    category: 3,
    fields: fields(
      ['allergy_id', 'int', 'Number'],
      ['recorded', 'date', 'Noted'],
      ['allergen_name', 'text', 'Allergy'],
      ['reaction', 'text', 'Reaction'],
    ),
    rows: [['5', '2018-06-30', 'Penicillin', 'Rash']],
  }),
]

/** What the third institution proposes. */
export const proposedRecords: readonly RecordSet[] = [
  set({
    id: 'f7',
    institution: hillcrest,
    label: 'Vaccines',
    category: 7,
    fields: fields(
      ['vac_no', 'int', 'Number'],
      ['given_on', 'date', 'Given on'],
      ['vaccine', 'text', 'Vaccine'],
    ),
    rows: [
      ['31', '2025-10-02', 'Influenza, seasonal'],
      ['32', '2024-09-21', 'COVID-19, mRNA'],
    ],
  }),
]
