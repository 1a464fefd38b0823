/** The one statement of the bulk benchmark. */
export const bulkQuery =
  'SELECT id, patient AS owner, day, code, value, note FROM lab WHERE patient = :owner'
const person = 'SELECT id FROM person WHERE id = :value'
const fields = [
  { name: 'id', type: 'int' },
  { name: 'day', type: 'date' },
  { name: 'code', type: 'text' },
  { name: 'value', type: 'decimal' },
  { name: 'note', type: 'text' },
]
/** Its catalogue: five fields of one resource. */
export const bulkCatalogue = {
  ...{ institution: 'bench', name: 'Bench', version: 1, exclusions: [] },
  patients: {
    search: { byNationalId: person, byId: person, byName: person, list: 'SELECT id FROM person' },
  },
  resources: [
    {
      ...{ name: 'labs', category: 5, schema: 'bench/bulk', label: 'Labs', query: bulkQuery },
      ...{ ownerColumn: 'owner', recordKey: ['id'] },
      fields: fields.map((field, bit) => ({ bit, ...field, label: field.name })),
    },
  ],
}
