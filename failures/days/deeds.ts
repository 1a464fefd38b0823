import { Acknowledgement, Contact, type Participant, Query, Relationship } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import type { Random } from '../../samples/random.ts'
import { staff } from '../staff.ts'
import { consenting, unconsenting } from './consents.ts'
import type { Deed } from './Deed.ts'
import { opening, speaking } from './emergencies.ts'
import type { Patient, Resource } from './Model.ts'
import { viewers } from './people.ts'
import {
  closing,
  giving,
  isPending,
  passing,
  renewing,
  revoking,
  stopping,
  undelegating,
} from './sharing.ts'
import type { World } from './World.ts'

const mostPatients = 6

export type DeedKind =
  | 'enrol'
  | 'share'
  | 'shareForConsent'
  | 'delegate'
  | 'passOn'
  | 'renew'
  | 'revoke'
  | 'undelegate'
  | 'emergency'
  | 'emergencyWord'
  | 'consent'
  | 'unconsent'
  | 'stopAll'
  | 'close'
  | 'write'
  | 'alter'
  | 'look'
  | 'confirm'

/** What a draw makes of a kind of deed as things stand; undefined: there is nobody to do it. */
export function deedOf(world: World, kind: DeedKind, random: Random): Deed | undefined {
  const { model } = world
  const open = model.open()
  if (kind === 'enrol')
    return model.patients.length < mostPatients ? enrolment(world, random) : undefined
  if (open.length === 0) return undefined
  const patient = random.pick(open)
  switch (kind) {
    case 'delegate': {
      const able = open.filter(({ isDual }) => !isDual)
      return able.length > 0 ? giving(world, random.pick(able), { kind, random }) : undefined
    }
    case 'share':
      return giving(world, patient, { kind, random })
    case 'shareForConsent': {
      const asking = open.filter(({ isDual }) => isDual)
      return asking.length > 0
        ? giving(world, random.pick(asking), { kind: 'share', random })
        : undefined
    }
    case 'consent':
      return consenting(world, random)
    case 'unconsent':
      return unconsenting(world, random)
    case 'passOn':
      return passing(world, random)
    case 'renew':
      return renewing(world, random)
    case 'revoke':
      return revoking(world, random)
    case 'undelegate':
      return undelegating(world, random)
    case 'emergency':
      return opening(world, random)
    case 'emergencyWord':
      return speaking(world, patient)
    case 'stopAll':
      return stopping(world, patient)
    case 'close':
      return open.length > 2 ? closing(world, patient) : undefined
    case 'write':
      return writing(world, patient)
    case 'alter':
      return altering(world, patient)
    case 'look':
      return looking(world)
    case 'confirm':
      return confirming(world, open)
  }
}

/** Somebody comes for the first time: registered, enrolled, accepts, and knows the viewers. */
function enrolment(world: World, random: Random): Deed {
  const { stage, model } = world
  const name = `patient${model.patients.length + 1}`
  const localPatient = `${name}-${random.whole(1, 9_999)}`
  const isDual = model.patients.length % 2 === 1
  return {
    at: 'hospital',
    says: `${name} is enrolled${isDual ? ', under dual consent' : ''}`,
    act: async () => {
      if (!stage.names().includes(name)) await stage.town.chain.mineWhile(stage.invite([name]))
      stage.inClinic((clinic) => {
        clinic
          .prepare(
            `INSERT OR IGNORE INTO person VALUES (?, 'Ada', 'Berg', '1980-01-02', 'female', ?)`,
          )
          .run(localPatient, localPatient)
        const firstLab = model.patients.length * 1_000 + 100
        clinic
          .prepare(`INSERT OR IGNORE INTO lab VALUES (?, ?, '2024-03-01', '4548-4', '6.1', 1)`)
          .run(firstLab, localPatient)
        clinic
          .prepare(`INSERT OR IGNORE INTO visit VALUES (?, ?, '2024-03-01', 'check-up')`)
          .run(firstLab, localPatient)
      })
      const subjectTag = stage.person(name).idTag
      const known = model.patients.find((one) => one.name === name)
      const policy = isDual ? 'dualConsent' : 'subjectOnly'
      const enrolling = stage.hospital.gatekeeper.enrol({ localPatient, subjectTag, policy })
      const enrolled = await world.during(world.alive('hospital', enrolling))
      const patient = known ?? newPatient({ name, localPatient, isDual })
      patient.relationship = enrolled.relationship
      await world.until('she sees her records', () => pointersOf(world, patient).length === 2)
      await accept(world, patient)
      patient.pointers = {
        labs: pointer(world, patient, 'labs'),
        visits: pointer(world, patient, 'visits'),
      }
      await meet(world, name)
      if (!known) model.patients.push(patient)
      patient.isAccepted = true
    },
  }
}

function newPatient(who: Pick<Patient, 'name' | 'localPatient' | 'isDual'>): Patient {
  return {
    ...{ ...who, relationship: '0x', pointers: { labs: '0x', visits: '0x' } },
    ...{ isAccepted: false, isClosed: false, epoch: 0, written: [] },
    ...{ isOptedOut: false, word: 0 },
    ...{ alterations: 0, seenAlterations: 0, saidAlterations: 0 },
  }
}

async function accept(world: World, { name, relationship }: Patient): Promise<void> {
  const status = (): string =>
    Relationship.of(world.stage.device(name).participant, relationship).status
  if (status() === 'proposed' && !isPending(world, name, 'accept'))
    await world.alive(name, Relationship.accept(world.stage.device(name).participant, relationship))
  await world.until('she accepted', () => status() === 'accepted')
}

/** Somebody and the viewers show each other their cards. */
export async function meet(world: World, name: string): Promise<void> {
  for (const viewer of viewers.filter((other) => other !== name))
    for (const [owner, shown] of [
      [name, viewer],
      [viewer, name],
    ] as const) {
      const node = (): Participant => world.stage.device(owner).participant
      const { idTag } = world.stage.person(shown)
      if (Contact.list(node()).some((contact) => contact.idTag === idTag)) continue
      await world.until(`${owner} knows ${shown}`, () => node().peer(idTag) !== undefined)
      const { participant: other } = world.stage.device(shown)
      await world.alive(owner, Contact.add(node(), { card: Contact.card(other, shown) }))
    }
}

function writing(world: World, patient: Patient): Deed {
  const day = new Date((1_767_225_600 + patient.written.length * 86_400) * 1000)
  const date = day.toISOString().slice(0, 10)
  return {
    at: 'hospital',
    says: `a clinician writes for ${patient.name}`,
    act: async () => {
      const adding = world.stage.hospital.gatekeeper.add({
        ...{ localPatient: patient.localPatient, by: staff, resource: 'labs' },
        request: `${patient.localPatient} ${date}`,
        values: { date, code: '4548-4', value: '5.1' },
      })
      await world.alive('hospital', adding)
      if (!patient.written.includes(date)) patient.written.push(date)
    },
  }
}

function altering(world: World, patient: Patient): Deed {
  return {
    at: 'hospital',
    says: `somebody changes the results of ${patient.name} behind the gatekeeper's back`,
    act: async () => {
      patient.alterations++
      const value = `7.${patient.alterations}`
      world.stage.inClinic((clinic) =>
        clinic
          .prepare(`UPDATE lab SET value = ? WHERE patient = ? AND date = '2024-03-01'`)
          .run(value, patient.localPatient),
      )
    },
  }
}

function looking(world: World): Deed {
  return {
    at: 'hospital',
    says: 'the gatekeeper looks for changes',
    act: () => world.alive('hospital', world.stage.hospital.gatekeeper.checkChanges()),
  }
}

/** A patient whose rows somebody changed reads them, and says that she saw it. */
function confirming(world: World, open: readonly Patient[]): Deed | undefined {
  const patient = open.find((one) => one.alterations > one.saidAlterations)
  if (!patient) return undefined
  const { relationship } = patient
  return {
    at: patient.name,
    says: `${patient.name} says that she saw the change`,
    act: async () => {
      const { alterations } = patient
      await world.alive('hospital', world.stage.hospital.gatekeeper.checkChanges())
      const { participant } = world.stage.device(patient.name)
      const pointer = patient.pointers.labs
      const reads = world.readsOf(patient.name, patient.name)
      reads.asked++
      const read = await world.alive(
        patient.name,
        Query.read(participant, { relationship, pointer, purpose: 0 }),
      )
      if (read.ok) reads.answered++
      if (!read.ok) throw new Error(`her own read: ${read.code}`)
      const { version } = read.result
      const saying = Acknowledgement.seen(participant, { relationship, pointer, version })
      await world.alive(patient.name, saying)
      patient.saidAlterations = alterations
    },
  }
}

function pointersOf(
  { stage }: World,
  { name, relationship }: Patient,
): readonly { readonly id: Hex; readonly resource: string }[] {
  const { participant } = stage.device(name)
  return Relationship.list(participant).find(({ id }) => id === relationship)?.pointers ?? []
}

function pointer(world: World, patient: Patient, resource: Resource): Hex {
  return pointersOf(world, patient).find((one) => one.resource === resource)?.id as Hex
}
