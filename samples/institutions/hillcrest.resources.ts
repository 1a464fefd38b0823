import {
  type CatalogueField,
  type CatalogueParameter,
  type CatalogueResource,
  type CatalogueWrite,
  fields,
  optional,
  required,
} from './catalogue.ts'

/** DD.MM.YYYY as YYYY-MM-DD. */
export function iso(column: string): string {
  return `substr(${column}, 7, 4) || '-' || substr(${column}, 4, 2) || '-' || substr(${column}, 1, 2)`
}

/** A canonical date or instant as DD.MM.YYYY. */
export function german(parameter: string): string {
  return `substr(${parameter}, 9, 2) || '.' || substr(${parameter}, 6, 2) || '.' || substr(${parameter}, 1, 4)`
}

/** Day and time of a row as an instant; the practice's clock is UTC. */
export const instant: string = `${iso('datum')} || 'T' || uhrzeit || 'Z'`
const clock = 'substr(:date, 12, 8)'
/** Status of tables that keep one. */
export const stand: string = `CASE storno WHEN 0 THEN stand ELSE 'entered-in-error' END AS status`
/** Status of tables that only know whether an entry was a mistake. */
export const storno: string = `CASE storno WHEN 0 THEN 'completed' ELSE 'entered-in-error' END AS status`
/** First field of every resource. */
export const id: readonly ['id', 'int', string] = ['id', 'int', 'Record number']
/** Last field of every resource. */
export const status: readonly ['status', 'text', string] = ['status', 'text', 'Status']

type Plain = {
  readonly name: string
  readonly category: number
  readonly table: string
  readonly label: string
  /** Columns between owner and status */
  readonly columns: string
  readonly status: string
  readonly fields: readonly CatalogueField[]
  readonly order: string
  readonly where?: string
  readonly insert?: { readonly into: string; readonly parameters: readonly CatalogueParameter[] }
  readonly update?: { readonly set: string; readonly parameters: readonly CatalogueParameter[] }
}

/** A resource of one table with `nr`, `patnr` and `storno`. */
export function resource(plain: Plain): CatalogueResource {
  const { table, insert, update } = plain
  const mine = 'WHERE nr = :id AND patnr = :owner'
  const retract: CatalogueWrite = { sql: `UPDATE ${table} SET storno = 1 ${mine}`, parameters: [] }
  return {
    name: plain.name,
    category: plain.category,
    schema: `hillcrest/${plain.name}`,
    label: plain.label,
    query: `SELECT nr AS id, CAST(patnr AS TEXT) AS owner, ${plain.columns}, ${plain.status}
FROM ${table} WHERE patnr = :owner${plain.where ? ` AND ${plain.where}` : ''} ORDER BY ${iso(plain.order)}, nr`,
    ownerColumn: 'owner',
    recordKey: ['id'],
    fields: plain.fields,
    ...(insert && {
      insert: {
        id: 'int',
        sql: `INSERT INTO ${table} ${insert.into}`,
        parameters: insert.parameters,
      },
    }),
    ...(update && {
      update: { sql: `UPDATE ${table} SET ${update.set} ${mine}`, parameters: update.parameters },
    }),
    retract,
  }
}

const demographics: CatalogueResource = {
  name: 'demographics',
  category: 1,
  schema: 'hillcrest/demographics',
  label: 'Personal details',
  query: `SELECT patnr AS id, CAST(patnr AS TEXT) AS owner, vorname AS given, nachname AS family,
  ${iso('geb')} AS birth_date, geschlecht AS gender, versnr AS national_id, strasse AS street, ort AS city,
  plz AS postal_code, land AS country, telefon AS phone
FROM pat WHERE patnr = :owner`,
  ownerColumn: 'owner',
  recordKey: ['id'],
  fields: fields(
    id,
    ['given', 'text', 'First name'],
    ['family', 'text', 'Last name'],
    ['birth_date', 'date', 'Date of birth'],
    ['gender', 'text', 'Sex'],
    ['national_id', 'text', 'National ID'],
    ['street', 'text', 'Street'],
    ['city', 'text', 'City'],
    ['postal_code', 'text', 'Postal code'],
    ['country', 'text', 'Country'],
    ['phone', 'text', 'Phone'],
  ),
}

const conditions = resource({
  name: 'conditions',
  category: 2,
  table: 'diagnose',
  label: 'Conditions',
  columns: `${iso('seit')} AS date, ${iso('bis')} AS until, code, diagnose AS name`,
  status: stand,
  order: 'seit',
  fields: fields(
    id,
    ['date', 'date', 'Since'],
    ['until', 'date', 'Until'],
    ['code', 'text', 'SNOMED CT code'],
    ['name', 'text', 'Condition'],
    status,
  ),
  insert: {
    into: `(nr, patnr, seit, bis, code, diagnose, stand)
VALUES (:id, :owner, ${german(':date')}, ${german(':until')}, :code, :name,
  CASE WHEN :until IS NULL THEN 'active' ELSE 'resolved' END)`,
    parameters: [
      required('date', 'date', 'Since'),
      optional('until', 'date', 'Until'),
      required('name', 'text', 'Condition'),
      optional('code', 'text', 'SNOMED CT code'),
    ],
  },
  update: {
    set: `diagnose = :name, seit = ${german(':date')}, bis = ${german(':until')}, stand = :status`,
    parameters: [
      required('name', 'text', 'Condition'),
      required('date', 'date', 'Since'),
      optional('until', 'date', 'Until'),
      required('status', 'text', 'Status', ['active', 'resolved', 'inactive']),
    ],
  },
})

const allergies = resource({
  name: 'allergies',
  category: 3,
  table: 'allergie',
  label: 'Allergies',
  columns: `${iso('seit')} AS date, code, ausloeser AS name, art AS kind, reaktion AS reaction, schwere AS severity`,
  status: stand,
  order: 'seit',
  fields: fields(
    id,
    ['date', 'date', 'Recorded'],
    ['code', 'text', 'Code'],
    ['name', 'text', 'Allergy'],
    ['kind', 'text', 'Kind'],
    ['reaction', 'text', 'Reaction'],
    ['severity', 'text', 'Severity'],
    status,
  ),
  insert: {
    into: `(nr, patnr, seit, code, ausloeser, art, reaktion, schwere, stand)
VALUES (:id, :owner, ${german(':date')}, :code, :name, :kind, :reaction, :severity, 'active')`,
    parameters: [
      required('date', 'date', 'Recorded'),
      required('name', 'text', 'Allergy'),
      optional('code', 'text', 'Code'),
      required('kind', 'text', 'Kind', ['food', 'medication', 'environment', 'biologic']),
      optional('reaction', 'text', 'Reaction'),
      optional('severity', 'text', 'Severity', ['mild', 'moderate', 'severe']),
    ],
  },
})

const medications = resource({
  name: 'medications',
  category: 4,
  table: 'rezept',
  label: 'Medicines',
  columns: `${iso('datum')} AS date, ${iso('bis')} AS until, code, praeparat AS name, dosierung AS dosage,
  grund AS reason`,
  status: stand,
  order: 'datum',
  fields: fields(
    id,
    ['date', 'date', 'Prescribed'],
    ['until', 'date', 'Until'],
    ['code', 'text', 'RxNorm code'],
    ['name', 'text', 'Medicine'],
    ['dosage', 'text', 'Dosage'],
    ['reason', 'text', 'Reason'],
    status,
  ),
  insert: {
    into: `(nr, patnr, datum, bis, code, praeparat, dosierung, grund, stand)
VALUES (:id, :owner, ${german(':date')}, ${german(':until')}, :code, :name, :dosage, :reason, 'active')`,
    parameters: [
      required('date', 'date', 'Prescribed'),
      optional('until', 'date', 'Until'),
      required('name', 'text', 'Medicine'),
      optional('code', 'text', 'RxNorm code'),
      required('dosage', 'text', 'Dosage'),
      optional('reason', 'text', 'Reason'),
    ],
  },
  update: {
    set: `praeparat = :name, dosierung = :dosage, bis = ${german(':until')}, stand = :status`,
    parameters: [
      required('name', 'text', 'Medicine'),
      required('dosage', 'text', 'Dosage'),
      optional('until', 'date', 'Until'),
      required('status', 'text', 'Status', ['active', 'stopped', 'completed']),
    ],
  },
})

type Finding = {
  readonly name: string
  readonly category: number
  readonly table: 'labor' | 'vitalwerte'
  readonly label: string
  readonly art: string
  readonly where?: string
}

function finding({ name, category, table, label, art, where }: Finding): CatalogueResource {
  return resource({
    name,
    category,
    table,
    label,
    columns: `${instant} AS date, code, bezeichnung AS name, replace(wert, ',', '.') AS value, einheit AS unit,
  befund AS text, replace(unten, ',', '.') AS low, replace(oben, ',', '.') AS high`,
    status: stand,
    order: 'datum',
    ...(where === undefined ? {} : { where }),
    fields: fields(
      id,
      ['date', 'instant', 'Taken'],
      ['code', 'text', 'LOINC code'],
      ['name', 'text', 'Name'],
      ['value', 'decimal', 'Value'],
      ['unit', 'text', 'Unit'],
      ['text', 'text', 'Finding in words'],
      ['low', 'decimal', 'Reference low'],
      ['high', 'decimal', 'Reference high'],
      status,
    ),
    insert: {
      into: `(nr, patnr, datum, uhrzeit, code, bezeichnung, wert, einheit, unten, oben, befund, art, stand)
VALUES (:id, :owner, ${german(':date')}, ${clock}, :code, :name, replace(:value, '.', ','), :unit,
  replace(:low, '.', ','), replace(:high, '.', ','), :text, '${art}', 'final')`,
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
      set: `wert = replace(:value, '.', ','), einheit = :unit, befund = :text, stand = 'corrected'`,
      parameters: [
        optional('value', 'decimal', 'Value'),
        optional('unit', 'text', 'Unit'),
        optional('text', 'text', 'Finding in words'),
      ],
    },
  })
}

/** Clinical resources of the practice, in the order of their categories. */
export const hillcrestResources: readonly CatalogueResource[] = [
  demographics,
  conditions,
  allergies,
  medications,
  finding({
    name: 'labs',
    category: 5,
    table: 'labor',
    label: 'Laboratory results',
    art: 'laboratory',
    where: "art = 'laboratory'",
  }),
  finding({
    name: 'assessments',
    category: 5,
    table: 'labor',
    label: 'Assessments and questionnaires',
    art: 'survey',
    where: "art <> 'laboratory'",
  }),
  finding({
    name: 'vitals',
    category: 6,
    table: 'vitalwerte',
    label: 'Vital signs',
    art: 'vital-signs',
  }),
]
