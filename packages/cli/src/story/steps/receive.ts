import { Acknowledgement, Notifications, Query, Relationship, Results } from '@medrec/library'
import { until } from '@medrec/node/people'
import type { Hex } from '@medrec/protocol'
import { type PatientPage, pathOf } from '../../institution/PatientPage.ts'
import type { Actor } from '../Actor.ts'
import { check, checkSame, checkThat, present } from '../check.ts'
import { mined, type Staff } from '../staff.ts'
import type { Trace } from '../Trace.ts'
import type { World } from '../World.ts'
import type { Added, ListedPerson } from './addRecord.ts'

/** What the second step leaves for the others. */
export type Received = {
  readonly facts: Readonly<Record<string, unknown>>
  /** The pointer to the laboratory results, and the version that she read */
  readonly labs: Hex
  readonly version: number
  readonly declined: Hex
}

const reason = 'I am no longer treated there.'

/** 2: the patient is notified, reads and checks, declines one proposal and accepts the other (4-9). */
export async function receive(world: World, added: Added, trace: Trace): Promise<Received> {
  const { patient, clinician } = world
  const { participant } = patient
  const { relationship } = added
  await until(participant, () => statusOf(patient, relationship) === 'proposed')
  const { proposed } = Relationship.of(participant, relationship, 'subject')
  const blocks = Math.max(0, (patient.firstSeen.get(relationship) as number) - proposed.number)
  checkThat('She is notified within one block', blocks <= 1, blocks)
  const notifications = await Notifications.list(participant)
  checkThat(
    'Her notifications name the proposal',
    notifications.some((one) => one.kind === 'proposal' && one.relationship === relationship),
  )
  const read = await readEverything(patient, added)
  check('She has not answered yet', 'proposed', statusOf(patient, relationship))
  const declined = await decline(world, trace)
  const accepted = await Relationship.accept(participant, relationship)
  await trace.mined('Her acceptance stands on the chain', accepted)
  const seen = { relationship, pointer: read.labs, version: read.version }
  await trace.mined(
    'Her acknowledgement stands on the chain',
    await Acknowledgement.seen(participant, seen),
  )
  const page = await clinician.until<PatientPage>(
    'The clinician sees that it arrived and was answered',
    pathOf(added.localPatient),
    ({ status, pointers }) =>
      status === 'accepted' && pointers.some(({ id, seen: said }) => id === read.labs && said),
  )
  const pointer = page.pointers.find(({ id }) => id === read.labs)
  check('The clinician sees that it was seen', 'seen', pointer?.seen?.verdict)
  return {
    facts: {
      notifiedAfterBlocks: blocks,
      readBeforeAccepting: read.pointers,
      proven: read.proven,
      cached: read.cached,
      declined: { relationship: declined, reason },
      accepted: relationship,
      clinicianSees: { status: page.status, seen: pointer?.seen?.verdict },
    },
    labs: read.labs,
    version: read.version,
    declined,
  }
}

/** Reads and checks every record, and finds what the clinician entered. */
async function readEverything(
  { participant }: Actor,
  { relationship, key, values }: Added,
): Promise<{
  labs: Hex
  version: number
  pointers: number
  cached: number
  proven: { anchored: number; pending: number }
}> {
  const index = await Query.index(participant, { relationship })
  if (!index.ok) return check('She reads the list of records', 'ok', index.code) as never
  const proven = { anchored: 0, pending: 0 }
  let labs: Query.Result | undefined
  let cached = 0
  for (const { pointer } of index.index.pointers) {
    const read = await Query.read(participant, { relationship, pointer, purpose: 0 })
    if (!read.ok) return check('She reads a record, proven', 'ok', read.code) as never
    proven[read.result.commitment.is] += 1
    if (read.result.resource === 'labs') labs = read.result
    if (await Results.latest(participant, { relationship, pointer })) cached += 1
  }
  const found = present('There are laboratory results', labs)
  const row = Query.rowsOf(found).find(({ id }) => id === key)
  checkSame(
    'She reads exactly what the clinician entered',
    values,
    row && Object.fromEntries(Object.keys(values).map((name) => [name, row[name]])),
  )
  const pointers = index.index.pointers.length
  check('Everything that she read is in her cache', pointers, cached)
  return { labs: found.pointer, version: found.version, pointers, cached, proven }
}

/** Another institution proposes to her, too; she declines and says why. */
async function decline(world: World, trace: Trace): Promise<Hex> {
  const { otherClinician, patient } = world
  const { id, relationship } = await proposeAgain(otherClinician, patient, trace)
  await until(patient.participant, () => statusOf(patient, relationship) === 'proposed')
  const rejection = await Relationship.reject(patient.participant, { relationship, reason })
  await trace.mined('Her refusal stands on the chain', rejection)
  const page = await otherClinician.until<PatientPage>(
    'The other clinician sees that she declined, and why',
    pathOf(id),
    ({ history }) => history.some((line) => line.kind === 'declined' && line.reason !== undefined),
  )
  check('The other clinician sees that it was declined', 'rejected', page.status)
  check(
    'The other clinician reads her reason',
    reason,
    page.history.find(({ kind }) => kind === 'declined')?.reason,
  )
  return relationship
}

/** She had ended her relationship with another institution, which proposes once more. */
async function proposeAgain(
  clinician: Staff,
  patient: Actor,
  trace: Trace,
): Promise<{ id: string; relationship: Hex }> {
  const { participant, person } = patient
  const { people } = await clinician.get<{ people: readonly ListedPerson[] }>(
    `people?search=${encodeURIComponent(person.identification.value)}`,
  )
  const { id, relationship: former } = present('The other institution knows her', people[0])
  const closed = await Relationship.close(participant, {
    relationship: present('She has a relationship there', former),
  })
  await trace.mined('That she ended it stands on the chain', closed)
  await clinician.until<PatientPage>(
    'The other clinician sees that she ended it',
    pathOf(id),
    ({ status }) => status === 'closed',
  )
  const { submission, relationship } = await clinician.post<{
    submission: string
    relationship: Hex
  }>(`${pathOf(id)}/relationship`, { idTag: patient.idTag, policy: 'subjectOnly' })
  await mined(clinician, submission, trace)
  return { id, relationship }
}

function statusOf({ participant }: Actor, relationship: Hex): string | undefined {
  return participant.summary().relationships.find(({ id }) => id === relationship)?.status
}
