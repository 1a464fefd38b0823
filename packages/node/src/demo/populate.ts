import { followChain } from '@medrec/client'
import { Contact, openParticipant, type Participant, Relationship } from '@medrec/library'
import { fromHex, type Hex, Keys } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import type { Institution } from '@medrec/samples'
import { readNetwork } from '../networkFile.ts'
import { urlOf } from './configs.ts'
import { type DemoHome, writeWhole } from './home.ts'
import { type DemoPerson, demoStaff, dualConsentOf, readPeople, storyOf } from './people.ts'
import { type StaffClient, signIn } from './staffClient.ts'
import { until } from './until.ts'

type Home = Omit<DemoHome, 'unlock'>

/** Relationships that are made side by side */
const atOnce = 8

/** Makes the relationships that people have had for long, through the same doors that everybody uses. */
export async function populate(home: Home, progress: (text: string) => void): Promise<void> {
  const people = readPeople(home)
  const network = readNetwork(home.path('network.json'), [urlOf(home, 'chain')])
  const chain = await followChain({ network, doors: network.doors, store: openMemoryStore() })
  try {
    await chain.synced()
    const networkId = fromHex(network.networkId)
    const open = (person: DemoPerson): Promise<Participant> =>
      openParticipant({
        keys: Keys.fromEntropy(home.entropyOf(person.login), networkId),
        chain,
        store: openMemoryStore(),
        clock: () => Math.floor(Date.now() / 1000),
      })
    const participants = new Map<string, Participant>()
    for (const person of people) participants.set(person.login, await open(person))
    await relate(home, { people, participants, progress })
    await introduce(people, participants)
    for (const participant of participants.values()) await participant.close()
  } finally {
    await chain.stop()
  }
  writeWhole(home.path('populated.json'), '{}\n')
}

type Setting = {
  readonly people: readonly DemoPerson[]
  readonly participants: ReadonlyMap<string, Participant>
  readonly progress: (text: string) => void
}

async function relate(home: Home, setting: Setting): Promise<void> {
  const story = storyOf(setting.people)
  const dual = dualConsentOf(setting.people)
  const clients = new Map<Institution, StaffClient>()
  for (const { key, url, login, password, role } of demoStaff(home))
    if (role === 'clinician' && !clients.has(key))
      clients.set(key, await signIn(url, login, password))
  const wanted = setting.people.flatMap((person) =>
    person.institutions
      .filter((key) => person !== story.person || key !== story.institution)
      .map((key) => ({ person, client: clients.get(key) as StaffClient, key })),
  )
  const policyOf = ({ person, key }: (typeof wanted)[number]): string =>
    person === dual.person && key === dual.institution ? 'dualConsent' : 'subjectOnly'
  let done = 0
  const relateOne = async (one: (typeof wanted)[number]): Promise<void> => {
    const participant = setting.participants.get(one.person.login) as Participant
    await enrolAndAccept({ ...one, policy: policyOf(one) }, participant)
    done += 1
    if (done % 5 === 0 || done === wanted.length)
      setting.progress(`Relationships: ${done} of ${wanted.length}`)
  }
  // A few at a time: each waits for two blocks, and blocks have room for all of them.
  const waiting = [...wanted]
  const worker = async (): Promise<void> => {
    for (let one = waiting.shift(); one; one = waiting.shift()) await relateOne(one)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

async function enrolAndAccept(
  { person, client, policy }: { person: DemoPerson; client: StaffClient; policy: string },
  participant: Participant,
): Promise<void> {
  const me = participant.me()
  if (!me) return
  const search = encodeURIComponent(person.identification.value)
  const { people } = await client.get<{ people: readonly { id: string }[] }>(
    `people?search=${search}`,
  )
  const [patient] = people
  if (!patient) return
  const path = `patients/${encodeURIComponent(patient.id)}/relationship`
  const { relationship } = await client.post<{ relationship: Hex }>(path, {
    idTag: me.idTag,
    policy,
  })
  await until(participant, () => find(participant, relationship) !== undefined)
  if (find(participant, relationship)?.status !== 'proposed') return
  const submission = await Relationship.accept(participant, relationship)
  await submission.until('mined')
}

function find(
  participant: Participant,
  relationship: Hex,
): ReturnType<typeof Relationship.list>[number] | undefined {
  return Relationship.list(participant).find(({ id }) => id === relationship)
}

/** Those who know each other have each other's cards. */
async function introduce(
  people: readonly DemoPerson[],
  participants: ReadonlyMap<string, Participant>,
): Promise<void> {
  const story = storyOf(people).person
  const doctor = people.find(({ kind }) => kind === 'doctor')
  const pairs: (readonly [DemoPerson, DemoPerson, string, string])[] = []
  if (doctor)
    for (const patient of [story, dualConsentOf(people).person])
      pairs.push([patient, doctor, 'second opinion', 'patient'])
  for (const person of people) {
    const relative = people.find(({ login }) => login === person.relativeOf)
    if (relative) pairs.push([relative, person, 'family', 'family'])
  }
  for (const [one, other, towards, back] of pairs) {
    await addContact(participants, one, other, towards)
    await addContact(participants, other, one, back)
  }
}

async function addContact(
  participants: ReadonlyMap<string, Participant>,
  owner: DemoPerson,
  other: DemoPerson,
  relation: string,
): Promise<void> {
  const participant = participants.get(owner.login) as Participant
  const card = Contact.card(participants.get(other.login) as Participant, other.name)
  const isKnown = participant.summary().contacts.some(({ idTag }) => idTag === card.idTag)
  if (isKnown) return
  const submission = await Contact.add(participant, { card, relation })
  await submission.until('mined')
}
