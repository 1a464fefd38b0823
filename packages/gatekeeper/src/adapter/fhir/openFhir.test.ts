import { expect, test } from 'vitest'
import { type Catalogue, CatalogueError } from '../../catalogue.ts'
import { parseSource } from '../source.ts'
import { openFor } from '../suite.test-support.ts'
import { fhirCatalogue } from './clinic.test-support.ts'

/** Nothing listens there: a catalogue that cannot hold is refused before anybody is asked. */
const nowhere = 'http://127.0.0.1:9/fhir'
const withLabs = (change: object): Catalogue => ({
  ...fhirCatalogue,
  resources: fhirCatalogue.resources.map((one) =>
    one.name === 'labs' ? { ...one, ...change } : one,
  ),
})

test('a record key that is no field is refused with its name and the fields that there are', async () => {
  const refused = await openFor(
    parseSource(nowhere),
    withLabs({ recordKey: ['id', 'encounter'] }),
  ).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(CatalogueError)
  expect(refused).toMatchObject({ code: 'CATALOGUE_WRONG' })
  expect((refused as Error).message).toMatch(
    /record key of a FHIR catalogue is no field[\s\S]*no field: encounter\n[\s\S]*Fields: .*id/,
  )
})

test('a field without a path is refused too', async () => {
  const wrong = openFor(parseSource(nowhere), withLabs({ paths: {} }))
  await expect(wrong).rejects.toThrow(/lacks a path[\s\S]*Path of field/)
})
