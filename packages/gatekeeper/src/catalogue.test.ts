import { expect, test } from 'vitest'
import {
  CatalogueError,
  definitionOf,
  definitionText,
  parseCatalogue,
  queryText,
  type Resource,
  readDefinition,
} from './catalogue.ts'
import { clinicCatalogue } from './clinic.test-support.ts'

const [labs] = clinicCatalogue.resources as readonly [Resource]
const withLabs = (change: object): unknown => ({
  ...clinicCatalogue,
  resources: [{ ...labs, ...change }],
})

test.each([
  ['no object', 5],
  ['a missing member', { ...clinicCatalogue, resources: undefined }],
  ['no resources', { ...clinicCatalogue, resources: [] }],
  ['two resources of one name', { ...clinicCatalogue, resources: [labs, labs] }],
  ['an unknown type', withLabs({ fields: [{ bit: 0, name: 'a', type: 'float', label: 'A' }] })],
  ['a bit left out', withLabs({ fields: [{ bit: 1, name: 'a', type: 'int', label: 'A' }] })],
  [
    'a field name that a query cannot spell',
    withLabs({ fields: [{ bit: 0, name: 'A B', type: 'int', label: 'A' }] }),
  ],
  ['a member that is not known', withLabs({ filter: 'x' })],
  ['a statement with NUL in it', withLabs({ query: `${labs.query}\0` })],
  [
    'an exclusion with NUL in it',
    { ...clinicCatalogue, exclusions: [{ table: 'a\0b', reason: '', ifPresent: true }] },
  ],
  ['no record key', withLabs({ recordKey: [] })],
])('refuses %s', (_, json) => {
  expect(() => parseCatalogue(json)).toThrow(CatalogueError)
})

test('a definition reads back from its text, under the same digest', () => {
  const definition = definitionOf(clinicCatalogue, labs)
  expect(readDefinition(definitionText(definition))).toEqual(definition)
})

test('whatever is asked, and how it is read, is part of the digest', () => {
  const { digest } = definitionOf(clinicCatalogue, labs)
  const others = [
    { query: `${labs.query} ` },
    { ownerColumn: 'patient' },
    { recordKey: ['id', 'date'] },
    { fields: labs.fields.slice(1) },
    { category: 6 },
    { schema: 'other' },
  ].map((change) => definitionOf(clinicCatalogue, { ...labs, ...change } as Resource).digest)
  expect(new Set([digest, ...others]).size).toBe(others.length + 1)
})

test('a query names resource, owner and definition in one spelling', () => {
  const definition = { ...definitionOf(clinicCatalogue, labs), digest: '0123456789abcdef' }
  expect(queryText(definition, 'P 1&x')).toMatchInlineSnapshot(
    `"labs?owner=P%201%26x&definition=0123456789abcdef"`,
  )
})
