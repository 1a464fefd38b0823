import {
  cast,
  castRecords,
  createInstitutionDatabase,
  generatePeople,
  type Institution,
  institutions,
  type LoadedPerson,
  loadFhirFolder,
  splitByInstitution,
} from '@medrec/samples'
import type { DemoHome } from './home.ts'
import { type DemoPerson, fromCast, outsiders } from './people.ts'

type Home = Omit<DemoHome, 'unlock'>

/** Of a folder of bundles so many people get an identity of the demonstration; the others stay unregistered. */
const mostIdentities = 16
/** People in the hospitals' databases who are not registered with the network. */
const unregistered = 20
/** Those with about so many entries come first: enough to show, and nothing that no screen shows */
const usualEntries = 400

/** Fills the three institutions' databases and names the people who take part. Doing it twice changes nothing. */
export async function fillInstitutions(
  home: Home,
  progress: (text: string) => void,
): Promise<readonly DemoPerson[]> {
  const people =
    home.data === undefined ? fillInvented(home) : await fillFromFolder(home, home.data, progress)
  return [...people, ...outsiders().map((member) => fromCast(member, []))]
}

function fillInvented(home: Home): readonly DemoPerson[] {
  const options = { seed: 'medrec', endDate: new Date().toISOString().slice(0, 10) }
  const records = castRecords(options)
  const everybody = [...records, ...generatePeople({ ...options, count: unregistered })]
  for (const key of institutions)
    createInstitutionDatabase(home.path('institutions', `${key}.db`), key, everybody)
  return records.flatMap((record, position) => {
    const member = cast[position]
    return member ? [fromCast(member, [...splitByInstitution(record).keys()])] : []
  })
}

async function fillFromFolder(
  home: Home,
  folder: string,
  progress: (text: string) => void,
): Promise<readonly DemoPerson[]> {
  const file = (key: Institution): string => home.path('institutions', `${key}.db`)
  const { people, unmapped, problems } = await loadFhirFolder(folder, {
    databases: {
      riverside: file('riverside'),
      lakeview: file('lakeview'),
      hillcrest: file('hillcrest'),
    },
    onProgress: (done, of) => {
      if (done % 10 === 0 || done === of) progress(`Reading bundles: ${done} of ${of}`)
    },
  })
  for (const { file: name, reason } of problems) progress(`Left out: ${name}: ${reason}`)
  const left = Object.entries(unmapped).map(([type, count]) => `${type} ${count}`)
  if (left.length > 0) progress(`Kinds without a place here: ${left.join(', ')}`)
  return people
    .filter(({ entries }) => entries > 0)
    .toSorted((a, b) => Math.abs(a.entries - usualEntries) - Math.abs(b.entries - usualEntries))
    .slice(0, mostIdentities)
    .map(personOf)
}

function personOf(person: LoadedPerson, position: number): DemoPerson {
  const plain = person.name.normalize('NFKD').toLowerCase().replaceAll(' ', '.')
  return {
    login: `${plain.replace(/[^a-z.]/g, '')}.${position + 1}`,
    name: person.name,
    kind: 'patient',
    about: `Born ${person.identification.birthDate}; from the folder of bundles.`,
    identification: person.identification,
    institutions: [...person.institutions],
  }
}
