import { expect, test } from 'vitest'
import type { Found } from '../../web/src/staff/database/api.ts'
import { goOnWith, planOf, remedied, startOf } from '../../web/src/staff/database/draft.ts'

const connection = { address: 'his.db', secret: '' }

function column(name: string, type = 'text') {
  return { name, type, field: { column: name, name, type, label: name } }
}

function found(...places: readonly string[]): Found {
  const tables = places.map((place) => ({
    ...{ place, isView: false, owner: 'pat', key: ['id'], label: place, patients: {} },
    columns: [column('pat'), column('id'), column('day', 'date')],
  }))
  const resources = tables.map(({ place, key, label }) => ({
    ...{ table: place, name: place, category: 5, label, owner: 'pat', key, fields: [] },
  }))
  const patients = { table: 'people', id: 'id', given: 'g', family: 'f', birthDate: 'b' }
  const exclusions = [{ table: 'diary', reason: 'own' }]
  return {
    ...{ name: 'SQLite', isPresent: false, mappings: [], recognised: null, tables },
    proposal: { patients, resources, exclusions },
  }
}

const draft = startOf(found('lab', 'visit'), connection)
const planned = (more: Partial<typeof draft>) =>
  planOf({ ...draft, ...more }).mapping as {
    resources: readonly { table: string; fields: readonly { name: string; type: string }[] }[]
  }

test('a table that is left out is not in the plan', () => {
  const { resources } = planned(remedied(draft, { do: 'leaveOut', tables: ['lab'] }))
  expect(resources.map(({ table }) => table)).toEqual(['visit'])
})

test('a column is text where that was chosen, and nowhere else', () => {
  const { resources } = planned(remedied(draft, { do: 'asText', columns: [['lab', 'day']] }))
  expect(resources.map(({ fields }) => fields.map(({ type }) => type))).toEqual([
    ['text', 'text'],
    ['text', 'date'],
  ])
})

test('a table may be read after all, whichever way it was named', () => {
  const named = { ...draft, others: 'letters, memos' }
  const more = remedied(named, { do: 'allow', tables: ['diary', 'letters'] })
  expect(planOf({ ...named, ...more }).exclusions.map(({ table }) => table)).toEqual(['memos'])
})

test('who tests the same connection again goes on with what was answered', () => {
  const lab = { ...draft.tables['lab'], label: 'What we found', hidden: ['day'] } as never
  const answered = {
    ...draft,
    tables: { ...draft.tables, lab },
    sensitivity: { lab: 'R' as const },
  }
  const again = goOnWith(answered, found('lab', 'visit', 'new'), connection)
  expect(again.tables['lab']).toEqual(lab)
  expect(again.tables).toMatchObject({ new: { isShared: true } })
  expect(again.sensitivity).toEqual({ lab: 'R' })
  const other = goOnWith(answered, found('lab'), { ...connection, address: 'other.db' })
  expect(other.tables).toMatchObject({ lab: { label: 'lab' } })
})

test('a table that came meanwhile and sounds as if it must stay is proposed to stay', () => {
  const both = found('lab', 'diary')
  const first = { ...draft, exclusions: ['lab'] }
  expect(goOnWith(first, both, connection).exclusions).toEqual(['lab', 'diary'])
  const allowed = { ...startOf(both, connection), exclusions: [] }
  expect(goOnWith(allowed, both, connection).exclusions).toEqual([])
})

test('what is gone meanwhile is not gone on with', () => {
  const lab = { ...draft.tables['lab'], owner: 'person' } as never
  const answered = { ...draft, mapping: 'omop-5.4', tables: { ...draft.tables, lab } }
  const again = goOnWith(answered, found('lab'), connection)
  expect(again).toMatchObject({ mapping: 'pick', tables: { lab: { owner: 'pat' } } })
  expect(again.tables['visit']).toBeUndefined()
})
