import { entryLists, type PersonRecord } from '@medrec/interop'
import { readFhirFolder } from '@medrec/interop/node'
import {
  cast,
  castRecords,
  generatePeople,
  type Institution,
  identificationOf,
  insertBundle,
  institutions,
  openInstitutionDatabase,
  splitByInstitution,
} from '@medrec/samples'
import type { DemoHome } from './home.ts'
import { type DemoPerson, fromCast, outsiders } from './people.ts'

type Home = Omit<DemoHome, 'unlock'>
type Databases = ReadonlyMap<Institution, ReturnType<typeof openInstitutionDatabase>>

/** Of a folder of bundles so many people get an identity of the demonstration; the others stay unregistered. */
const mostIdentities = 16
/** People in the hospitals' databases who are not registered with the network. */
const unregistered = 20
const peopleAtOnce = 20

/** Fills the three institutions' databases and names the people who take part. Doing it twice changes nothing. */
export async function fillInstitutions(
  home: Home,
  progress: (text: string) => void,
): Promise<readonly DemoPerson[]> {
  const databases: Databases = new Map(
    institutions.map((key) => [
      key,
      openInstitutionDatabase(home.path('institutions', `${key}.db`), key),
    ]),
  )
  try {
    const people =
      home.data === undefined
        ? fillInvented(databases)
        : await fillFromFolder(databases, home.data, progress)
    return [...people, ...outsiders().map((member) => fromCast(member, []))]
  } finally {
    for (const database of databases.values()) database.close()
  }
}

function fillInvented(databases: Databases): readonly DemoPerson[] {
  const options = { seed: 'medrec', endDate: new Date().toISOString().slice(0, 10) }
  const records = castRecords(options)
  insertAll(databases, records)
  insertAll(databases, [...generatePeople({ ...options, count: unregistered })])
  return records.flatMap((record, position) => {
    const member = cast[position]
    return member ? [fromCast(member, [...splitByInstitution(record).keys()])] : []
  })
}

async function fillFromFolder(
  databases: Databases,
  folder: string,
  progress: (text: string) => void,
): Promise<readonly DemoPerson[]> {
  const people: DemoPerson[] = []
  const unmapped: Record<string, number> = {}
  let waiting: PersonRecord[] = []
  const records = readFhirFolder(folder, {
    onProgress: ({ done, of, unmapped: more }) => {
      if (done % 10 === 0 || done === of) progress(`Reading bundles: ${done} of ${of}`)
      for (const [type, count] of Object.entries(more))
        unmapped[type] = (unmapped[type] ?? 0) + count
    },
    onProblem: ({ file, reason }) => progress(`Left out: ${file}: ${reason}`),
  })
  for await (const record of records) {
    waiting.push(record)
    if (people.length < mostIdentities && hasRecords(record))
      people.push(personOf(record, people.length))
    if (waiting.length < peopleAtOnce) continue
    insertAll(databases, waiting)
    waiting = []
  }
  insertAll(databases, waiting)
  const left = Object.entries(unmapped).map(([type, count]) => `${type} ${count}`)
  if (left.length > 0) progress(`Kinds without a place here: ${left.join(', ')}`)
  return people
}

function insertAll(databases: Databases, people: readonly PersonRecord[]): void {
  for (const [institution, database] of databases) {
    database.exec('BEGIN')
    for (const person of people) insertBundle(database, institution, person)
    database.exec('COMMIT')
  }
}

function hasRecords(record: PersonRecord): boolean {
  return entryLists.some((list) => record[list].length > 0)
}

function personOf(record: PersonRecord, position: number): DemoPerson {
  const { given, family, birthDate } = record.demographics
  const plain = `${given}.${family}`.normalize('NFKD').toLowerCase()
  return {
    login: `${plain.replace(/[^a-z.]/g, '')}.${position + 1}`,
    name: `${given} ${family}`,
    kind: 'patient',
    about: `Born ${birthDate}; from the folder of bundles.`,
    identification: identificationOf(record),
    institutions: [...splitByInstitution(record).keys()],
  }
}
