import {
  type CatalogueResource,
  type CatalogueWrite,
  fields,
  optional,
  required,
} from './catalogue.ts'

/** Marks an entry as entered in error. */
export function retract(table: string): CatalogueWrite {
  return {
    sql: `UPDATE ${table} SET STATUS = 'entered-in-error' WHERE Id = :id AND PATIENT = :owner`,
    parameters: [],
  }
}

const observationFields = fields(
  ['id', 'text', 'Record number'],
  ['date', 'instant', 'Taken'],
  ['code', 'text', 'LOINC code'],
  ['name', 'text', 'Name'],
  ['value', 'decimal', 'Value'],
  ['unit', 'text', 'Unit'],
  ['text', 'text', 'Finding in words'],
  ['low', 'decimal', 'Reference low'],
  ['high', 'decimal', 'Reference high'],
  ['panel', 'text', 'Panel'],
  ['status', 'text', 'Status'],
)

function observationQuery(where: string): string {
  return `SELECT Id AS id, PATIENT AS owner, DATE AS date, CODE AS code, DESCRIPTION AS name,
  CASE TYPE WHEN 'numeric' THEN VALUE END AS value, UNITS AS unit,
  CASE TYPE WHEN 'numeric' THEN NULL ELSE VALUE END AS text,
  REFERENCE_LOW AS low, REFERENCE_HIGH AS high, PANEL AS panel, STATUS AS status
FROM observations WHERE PATIENT = :owner AND ${where} ORDER BY DATE, Id`
}

function observationWrites(
  category: string,
): Pick<CatalogueResource, 'insert' | 'update' | 'retract'> {
  return {
    insert: {
      id: 'uuid',
      sql: `INSERT INTO observations (Id, DATE, PATIENT, CATEGORY, CODE, DESCRIPTION, VALUE, UNITS, TYPE,
  REFERENCE_LOW, REFERENCE_HIGH, STATUS)
VALUES (:id, :date, :owner, '${category}', :code, :name, coalesce(:value, :text), :unit,
  CASE WHEN :value IS NULL THEN 'text' ELSE 'numeric' END, :low, :high, 'final')`,
      parameters: [
        required('date', 'instant', 'Taken'),
        required('name', 'text', 'Name'),
        optional('code', 'text', 'LOINC code'),
        optional('value', 'decimal', 'Value'),
        optional('unit', 'text', 'Unit'),
        optional('text', 'text', 'Finding in words'),
        optional('low', 'decimal', 'Reference low'),
        optional('high', 'decimal', 'Reference high'),
      ],
    },
    update: {
      sql: `UPDATE observations SET VALUE = coalesce(:value, :text), UNITS = :unit,
  TYPE = CASE WHEN :value IS NULL THEN 'text' ELSE 'numeric' END, STATUS = 'corrected'
WHERE Id = :id AND PATIENT = :owner`,
      parameters: [
        optional('value', 'decimal', 'Value'),
        optional('unit', 'text', 'Unit'),
        optional('text', 'text', 'Finding in words'),
      ],
    },
    retract: retract('observations'),
  }
}

/** Who a person is and what is known of her for long. */
export const person: readonly CatalogueResource[] = [
  {
    name: 'demographics',
    category: 1,
    schema: 'synthea/patients',
    label: 'Personal details',
    query: `SELECT Id AS id, Id AS owner, FIRST AS given, LAST AS family, BIRTHDATE AS birth_date, GENDER AS gender,
  SSN AS national_id, ADDRESS AS street, CITY AS city, STATE AS state, ZIP AS postal_code, COUNTRY AS country,
  PHONE AS phone, LANGUAGE AS language, MARITAL AS marital_status, DEATHDATE AS death_date
FROM patients WHERE Id = :owner`,
    ownerColumn: 'owner',
    recordKey: ['id'],
    fields: fields(
      ['id', 'text', 'Record number'],
      ['given', 'text', 'First name'],
      ['family', 'text', 'Last name'],
      ['birth_date', 'date', 'Date of birth'],
      ['gender', 'text', 'Sex'],
      ['national_id', 'text', 'National ID'],
      ['street', 'text', 'Street'],
      ['city', 'text', 'City'],
      ['state', 'text', 'State'],
      ['postal_code', 'text', 'Postal code'],
      ['country', 'text', 'Country'],
      ['phone', 'text', 'Phone'],
      ['language', 'text', 'Language'],
      ['marital_status', 'text', 'Marital status'],
      ['death_date', 'date', 'Date of death'],
    ),
    update: {
      sql: `UPDATE patients SET ADDRESS = :street, CITY = :city, ZIP = :postal_code, PHONE = :phone
WHERE Id = :id AND Id = :owner`,
      parameters: [
        required('street', 'text', 'Street'),
        required('city', 'text', 'City'),
        required('postal_code', 'text', 'Postal code'),
        required('phone', 'text', 'Phone'),
      ],
    },
  },
  {
    name: 'conditions',
    category: 2,
    schema: 'synthea/conditions',
    label: 'Conditions',
    query: `SELECT Id AS id, PATIENT AS owner, START AS date, STOP AS until, CODE AS code, DESCRIPTION AS name,
  STATUS AS status
FROM conditions WHERE PATIENT = :owner ORDER BY START, Id`,
    ownerColumn: 'owner',
    recordKey: ['id'],
    fields: fields(
      ['id', 'text', 'Record number'],
      ['date', 'date', 'Since'],
      ['until', 'date', 'Until'],
      ['code', 'text', 'SNOMED CT code'],
      ['name', 'text', 'Condition'],
      ['status', 'text', 'Status'],
    ),
    insert: {
      id: 'uuid',
      sql: `INSERT INTO conditions (Id, START, STOP, PATIENT, CODE, DESCRIPTION, STATUS)
VALUES (:id, :date, :until, :owner, :code, :name, CASE WHEN :until IS NULL THEN 'active' ELSE 'resolved' END)`,
      parameters: [
        required('date', 'date', 'Since'),
        optional('until', 'date', 'Until'),
        required('name', 'text', 'Condition'),
        optional('code', 'text', 'SNOMED CT code'),
      ],
    },
    update: {
      sql: `UPDATE conditions SET DESCRIPTION = :name, START = :date, STOP = :until, STATUS = :status
WHERE Id = :id AND PATIENT = :owner`,
      parameters: [
        required('name', 'text', 'Condition'),
        required('date', 'date', 'Since'),
        optional('until', 'date', 'Until'),
        required('status', 'text', 'Status', ['active', 'resolved', 'inactive']),
      ],
    },
    retract: retract('conditions'),
  },
  {
    name: 'allergies',
    category: 3,
    schema: 'synthea/allergies',
    label: 'Allergies',
    query: `SELECT Id AS id, PATIENT AS owner, START AS date, CODE AS code, DESCRIPTION AS name, CATEGORY AS kind,
  DESCRIPTION1 AS reaction, SEVERITY1 AS severity, STATUS AS status
FROM allergies WHERE PATIENT = :owner ORDER BY START, Id`,
    ownerColumn: 'owner',
    recordKey: ['id'],
    fields: fields(
      ['id', 'text', 'Record number'],
      ['date', 'date', 'Recorded'],
      ['code', 'text', 'Code'],
      ['name', 'text', 'Allergy'],
      ['kind', 'text', 'Kind'],
      ['reaction', 'text', 'Reaction'],
      ['severity', 'text', 'Severity'],
      ['status', 'text', 'Status'],
    ),
    insert: {
      id: 'uuid',
      sql: `INSERT INTO allergies (Id, START, PATIENT, CODE, DESCRIPTION, CATEGORY, DESCRIPTION1, SEVERITY1, STATUS)
VALUES (:id, :date, :owner, :code, :name, :kind, :reaction, :severity, 'active')`,
      parameters: [
        required('date', 'date', 'Recorded'),
        required('name', 'text', 'Allergy'),
        optional('code', 'text', 'Code'),
        required('kind', 'text', 'Kind', ['food', 'medication', 'environment', 'biologic']),
        optional('reaction', 'text', 'Reaction'),
        optional('severity', 'text', 'Severity', ['mild', 'moderate', 'severe']),
      ],
    },
    retract: retract('allergies'),
  },
]

/** What was prescribed, measured and given. */
export const care: readonly CatalogueResource[] = [
  {
    name: 'medications',
    category: 4,
    schema: 'synthea/medications',
    label: 'Medicines',
    query: `SELECT Id AS id, PATIENT AS owner, START AS date, STOP AS until, CODE AS code, DESCRIPTION AS name,
  DOSAGE AS dosage, REASONDESCRIPTION AS reason, STATUS AS status
FROM medications WHERE PATIENT = :owner ORDER BY START, Id`,
    ownerColumn: 'owner',
    recordKey: ['id'],
    fields: fields(
      ['id', 'text', 'Record number'],
      ['date', 'instant', 'Prescribed'],
      ['until', 'instant', 'Until'],
      ['code', 'text', 'RxNorm code'],
      ['name', 'text', 'Medicine'],
      ['dosage', 'text', 'Dosage'],
      ['reason', 'text', 'Reason'],
      ['status', 'text', 'Status'],
    ),
    insert: {
      id: 'uuid',
      sql: `INSERT INTO medications (Id, START, STOP, PATIENT, CODE, DESCRIPTION, DOSAGE, REASONDESCRIPTION, STATUS)
VALUES (:id, :date, :until, :owner, :code, :name, :dosage, :reason, 'active')`,
      parameters: [
        required('date', 'instant', 'Prescribed'),
        optional('until', 'instant', 'Until'),
        required('name', 'text', 'Medicine'),
        optional('code', 'text', 'RxNorm code'),
        required('dosage', 'text', 'Dosage'),
        optional('reason', 'text', 'Reason'),
      ],
    },
    update: {
      sql: `UPDATE medications SET DESCRIPTION = :name, DOSAGE = :dosage, STOP = :until, STATUS = :status
WHERE Id = :id AND PATIENT = :owner`,
      parameters: [
        required('name', 'text', 'Medicine'),
        required('dosage', 'text', 'Dosage'),
        optional('until', 'instant', 'Until'),
        required('status', 'text', 'Status', ['active', 'stopped', 'completed']),
      ],
    },
    retract: retract('medications'),
  },
  {
    name: 'labs',
    category: 5,
    schema: 'synthea/labs',
    label: 'Laboratory results',
    query: observationQuery("CATEGORY = 'laboratory'"),
    ownerColumn: 'owner',
    recordKey: ['id'],
    fields: observationFields,
    ...observationWrites('laboratory'),
  },
  {
    name: 'assessments',
    category: 5,
    schema: 'synthea/assessments',
    label: 'Assessments and questionnaires',
    sensitivity: 'R',
    query: observationQuery("CATEGORY NOT IN ('laboratory', 'vital-signs')"),
    ownerColumn: 'owner',
    recordKey: ['id'],
    fields: observationFields,
    ...observationWrites('survey'),
  },
  {
    name: 'vitals',
    category: 6,
    schema: 'synthea/vitals',
    label: 'Vital signs',
    query: observationQuery("CATEGORY = 'vital-signs'"),
    ownerColumn: 'owner',
    recordKey: ['id'],
    fields: observationFields,
    ...observationWrites('vital-signs'),
  },
  {
    name: 'immunizations',
    category: 7,
    schema: 'synthea/immunizations',
    label: 'Vaccinations',
    query: `SELECT Id AS id, PATIENT AS owner, DATE AS date, CODE AS code, DESCRIPTION AS name, LOT AS lot,
  STATUS AS status
FROM immunizations WHERE PATIENT = :owner ORDER BY DATE, Id`,
    ownerColumn: 'owner',
    recordKey: ['id'],
    fields: fields(
      ['id', 'text', 'Record number'],
      ['date', 'instant', 'Given'],
      ['code', 'text', 'CVX code'],
      ['name', 'text', 'Vaccine'],
      ['lot', 'text', 'Lot'],
      ['status', 'text', 'Status'],
    ),
    insert: {
      id: 'uuid',
      sql: `INSERT INTO immunizations (Id, DATE, PATIENT, CODE, DESCRIPTION, LOT, STATUS)
VALUES (:id, :date, :owner, :code, :name, :lot, 'completed')`,
      parameters: [
        required('date', 'instant', 'Given'),
        required('name', 'text', 'Vaccine'),
        optional('code', 'text', 'CVX code'),
        optional('lot', 'text', 'Lot'),
      ],
    },
    retract: retract('immunizations'),
  },
]
