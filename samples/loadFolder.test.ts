import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, expect, test } from 'vitest'
import { bundleOf } from './fhir.ts'
import { institutions } from './institutions/catalogue.ts'
import { type LoadOptions, loadFhirFolder } from './loadFolder.ts'
import { generatePeople } from './people.ts'

const folder = mkdtempSync(join(tmpdir(), 'medrec-load-'))
afterAll(() => rmSync(folder, { recursive: true }))

const input = join(folder, 'fhir')
mkdirSync(input)
const people = [...generatePeople({ count: 4, seed: 3, endDate: '2026-11-01', years: 3 })]
for (const [position, person] of people.entries())
  writeFileSync(join(input, `${position}.json`), JSON.stringify(bundleOf(person)))
writeFileSync(join(input, 'broken.json'), '{"resourceType": "Bundle", "entry": [')

const places = (name: string): LoadOptions['databases'] => ({
  riverside: join(folder, `${name}-riverside.sqlite`),
  lakeview: join(folder, `${name}-lakeview.sqlite`),
  hillcrest: join(folder, `${name}-hillcrest.sqlite`),
})

test('a folder goes into the three databases; again, nothing changes', async () => {
  const seen: string[] = []
  const load = () =>
    loadFhirFolder(input, {
      databases: places('whole'),
      onProgress: (done, of, file) => seen.push(`${done}/${of} ${file}`),
    })
  const report = await load()
  expect(seen).toEqual(['1/5 0.json', '2/5 1.json', '3/5 2.json', '4/5 3.json', '5/5 broken.json'])
  expect(report.people.map(({ identification }) => identification)).toEqual(
    people.map(({ identification }) => identification),
  )
  expect(report.problems).toEqual([
    { file: 'broken.json', reason: 'it is no JSON (cut off or damaged)' },
  ])
  expect(report.mapped['Patient']).toBe(4)
  expect(report.unmapped).toEqual({})
  const again = await load()
  expect(institutions.map((institution) => again.inserted[institution].rows)).toEqual([0, 0, 0])
  expect(again.people).toEqual(report.people)
})

test('cancelled half-way, it goes on where it was', async () => {
  const cancel = new AbortController()
  const databases = places('halves')
  const first = loadFhirFolder(input, {
    databases,
    signal: cancel.signal,
    onProgress: (done) => done === 2 && cancel.abort(new Error('stopped by hand')),
  })
  await expect(first).rejects.toThrow('stopped by hand')
  const rest = await loadFhirFolder(input, { databases })
  const whole = await loadFhirFolder(input, { databases: places('straight') })
  expect(rest.people).toEqual(whole.people)
  for (const institution of institutions) {
    const count = (path: string): unknown => {
      const database = new DatabaseSync(path)
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
      const counts = tables.map((table) => {
        const { name } = table as { name: string }
        return [name, database.prepare(`SELECT count(*) AS n FROM ${name}`).get()]
      })
      database.close()
      return counts
    }
    expect(count(databases[institution])).toEqual(count(places('straight')[institution]))
  }
})

test('a file that is no database is refused', async () => {
  const databases = places('damaged')
  writeFileSync(databases.lakeview, 'not a database at all, only words, and long enough to be read')
  await expect(loadFhirFolder(input, { databases })).rejects.toThrow('not a database')
})
