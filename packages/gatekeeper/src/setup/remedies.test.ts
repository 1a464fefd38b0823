import { expect, test } from 'vitest'
import type { MappedResource, Problem } from './Mapping.ts'
import { remedied, remediesFor, type Told } from './remedies.ts'

function shared(table: string): MappedResource {
  const [name, category] = [`kind_of_${table}`, 5]
  const fields = (['day', 'note'] as const).map((column) => ({
    ...{ column, name: `${column}_`, label: column, type: column === 'day' ? 'date' : 'text' },
  })) as MappedResource['fields']
  return { table, name, category, label: table, owner: 'pat', key: ['id'], fields }
}

const told: Told = {
  mapping: {
    patients: { table: 'people', id: 'id', given: 'g', family: 'f', birthDate: 'b' },
    resources: [shared('lab'), shared('visit')],
  },
  exclusions: [{ table: 'diary', reason: 'own' }],
  sensitivity: { kind_of_lab: 'R', kind_of_visit: 'V' },
}
const [text, table] = ['in words', 'lab']

test.each<[string, readonly Problem[], readonly object[]]>([
  ['a table', [{ text, about: 'table', table }], [{ do: 'leaveOut', tables: ['lab'] }]],
  [
    'a view of what must stay',
    [{ text, about: 'table', table, excluded: 'diary' }],
    [
      { do: 'leaveOut', tables: ['lab'] },
      { do: 'allow', tables: ['diary'] },
    ],
  ],
  [
    'an exclusion that is not ours to take away',
    [{ text, about: 'table', table, excluded: 'other' }],
    [{ do: 'leaveOut', tables: ['lab'] }],
  ],
  [
    'a value without the form of its type',
    [
      { text, about: 'kind', kind: 'kind_of_lab', field: 'day_' },
      { text, about: 'kind', kind: 'kind_of_lab', field: 'day_' },
    ],
    [
      { do: 'leaveOut', tables: ['lab'] },
      { do: 'asText', columns: [['lab', 'day']] },
    ],
  ],
  [
    'a text that is none',
    [{ text, about: 'kind', kind: 'kind_of_lab', field: 'note_' }],
    [{ do: 'leaveOut', tables: ['lab'] }],
  ],
  [
    'a value and a table: text alone would not do',
    [
      { text, about: 'kind', kind: 'kind_of_lab', field: 'day_' },
      { text, about: 'table', table: 'visit' },
    ],
    [],
  ],
  ['people', [{ text, about: 'people' }], []],
  [
    'people who must stay',
    [{ text, about: 'people', excluded: 'diary' }],
    [{ do: 'allow', tables: ['diary'] }],
  ],
  [
    'labels and samples',
    [
      { text, about: 'sensitivity' },
      { text, about: 'samples' },
    ],
    [],
  ],
])('for %s these ways out are offered', (_, problems, remedies) => {
  expect(remediesFor(problems, told)).toEqual(remedies)
})

test('a table that is left out takes its label with it', () => {
  const { mapping, sensitivity, exclusions } = remedied(told, { do: 'leaveOut', tables: ['lab'] })
  expect(mapping.resources.map((resource) => resource.table)).toEqual(['visit'])
  expect({ sensitivity, exclusions }).toEqual({
    sensitivity: { kind_of_visit: 'V' },
    exclusions: told.exclusions,
  })
})

test('only the column that is meant becomes text, only the table that is meant may be read', () => {
  const asText = remedied(told, { do: 'asText', columns: [['lab', 'day']] })
  const types = asText.mapping.resources.map(({ fields }) => fields.map(({ type }) => type))
  expect(types).toEqual([
    ['text', 'text'],
    ['date', 'text'],
  ])
  const { exclusions, mapping } = remedied(told, { do: 'allow', tables: ['diary'] })
  expect({ exclusions, mapping }).toEqual({ exclusions: [], mapping: told.mapping })
})
