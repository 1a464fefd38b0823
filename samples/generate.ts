import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { PersonRecord } from '@medrec/interop'
import { DatabaseSync } from '@photostructure/sqlite'
import { bundleOf } from './fhir.ts'
import type { Institution } from './institutions/catalogue.ts'
import { createInstitutionDatabase } from './institutions/database.ts'
import { generatePeople } from './people.ts'

const usage = `usage: tsx --conditions=source samples/generate.ts --out DIR
  [--people 50] [--seed 7] [--years 12] [--end YYYY-MM-DD] [--format fhir|ndjson|synthea|omop|clinic]
`

/** Relational formats and the institution that has the schema. */
const schemas: Readonly<Record<string, Institution>> = {
  synthea: 'riverside',
  omop: 'lakeview',
  clinic: 'hillcrest',
}

type Settings = {
  readonly count: number
  readonly seed: string
  readonly years: number
  readonly endDate: string
  readonly format: string
  readonly out: string
}

function settingsOf(args: readonly string[]): Settings | string {
  const { values } = parseArgs({
    args: [...args],
    options: {
      people: { type: 'string', default: '50' },
      seed: { type: 'string', default: '7' },
      years: { type: 'string', default: '12' },
      end: { type: 'string', default: '2026-11-01' },
      format: { type: 'string', default: 'fhir' },
      out: { type: 'string' },
    },
  })
  const { people, years, end, format, out, seed } = values
  if (out === undefined) return '--out is missing'
  if (!/^\d{1,7}$/.test(people)) return '--people is a number up to 9,999,999'
  if (!/^\d{1,2}$/.test(years) || years === '0') return '--years is a number from 1 to 99'
  if (Number.isNaN(Date.parse(end)) || !/^\d{4}-\d\d-\d\d$/.test(end)) return '--end is YYYY-MM-DD'
  if (!['fhir', 'ndjson', ...Object.keys(schemas)].includes(format)) return 'no such --format'
  return { count: Number(people), seed, years: Number(years), endDate: end, format, out }
}

/** Everything at one place, so that one database holds the whole people. */
function* allAt(institution: Institution, people: Iterable<PersonRecord>): Generator<PersonRecord> {
  for (const person of people)
    yield {
      ...person,
      encounters: person.encounters.map((entry) => ({ ...entry, organisationId: institution })),
      documents: person.documents.map((entry) => ({ ...entry, organisationId: institution })),
    }
}

function run(settings: Settings): void {
  const people = generatePeople(settings)
  mkdirSync(settings.out, { recursive: true })
  const institution = schemas[settings.format]
  if (institution) {
    const path = join(settings.out, `${settings.format}.sqlite`)
    createInstitutionDatabase(path, institution, allAt(institution, people))
    const database = new DatabaseSync(path)
    // One file, without the log beside it, with pages in the order of the tables.
    database.exec('PRAGMA journal_mode = DELETE; VACUUM')
    database.close()
    return
  }
  for (const person of people) {
    const { given, family } = person.demographics
    const name = `${given}_${family}_${person.id}`.replaceAll(/[^\p{L}\p{N}-]+/gu, '_')
    const lines = settings.format === 'ndjson'
    const text = JSON.stringify(bundleOf(person), null, lines ? 0 : 1)
    writeFileSync(join(settings.out, `${name}.${lines ? 'ndjson' : 'json'}`), `${text}\n`)
  }
}

function main(args: readonly string[]): number {
  try {
    const settings = settingsOf(args)
    if (typeof settings !== 'string') {
      run(settings)
      return 0
    }
    process.stderr.write(`${settings}\n${usage}`)
    return 2
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const isUsage = String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
    process.stderr.write(`${error.message}\n${isUsage ? usage : ''}`)
    return isUsage ? 2 : 1
  }
}

process.exitCode = main(process.argv.slice(2))
