import {
  Acknowledgement,
  Contact,
  Delegation,
  type Participant,
  Query,
  Relationship,
  Share,
} from '@medrec/library'
import { type Hex, schemaId } from '@medrec/protocol'
import type { Random } from '../../samples/random.ts'
import { staff } from '../staff.ts'
import { type Patient, purposes, type Resource, type Right } from './Model.ts'
import type { World } from './World.ts'

/** Who reads; the last one is a carer, who acts for patients. */
export const viewers = ['viewer1', 'viewer2', 'carer'] as const
const mostPatients = 6
const hour = 3_600
/** Shares of these fields: date and value, date. */
const masks = { labs: '0xa', visits: '0x2' } as const
const categories = { labs: 5, visits: 9 } as const

/** What somebody set out to do. */
export type Deed = {
  /** Whose machine it is done at. */
  readonly at: string
  readonly says: string
  /** Doing it again after a failure is safe. */
  act(): Promise<void>
}

export type DeedKind =
  | 'enrol'
  | 'share'
  | 'delegate'
  | 'revoke'
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
    case 'share':
    case 'delegate':
      return giving(world, patient, { kind, random })
    case 'revoke': {
      const live = model.live(world.now)
      return live.length > 0 ? revoking(world, random.pick(live)) : undefined
    }
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
  return {
    at: 'hospital',
    says: `${name} is enrolled`,
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
      const enrolling = stage.hospital.gatekeeper.enrol({ localPatient, subjectTag })
      const enrolled = await world.during(world.alive('hospital', enrolling))
      const patient = known ?? newPatient(name, localPatient)
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

function newPatient(name: string, localPatient: string): Patient {
  return {
    ...{ name, localPatient, relationship: '0x', pointers: { labs: '0x', visits: '0x' } },
    ...{ isAccepted: false, isClosed: false, epoch: 0, written: [] },
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

/** She and the viewers show each other their cards. */
async function meet(world: World, name: string): Promise<void> {
  for (const viewer of viewers)
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

/** A share for some hours, or a delegation. */
function giving(
  world: World,
  patient: Patient,
  { kind, random }: { kind: 'share' | 'delegate'; random: Random },
): Deed {
  const isShare = kind === 'share'
  const viewer = isShare ? random.pick(viewers) : 'carer'
  const resource: Resource = !isShare || random.chance(0.7) ? 'labs' : 'visits'
  const until = Math.floor(world.now) + random.whole(900, (isShare ? 8 : 16) * hour)
  const before = new Set(slotsOf(world, patient.name))
  return {
    at: patient.name,
    says: `${patient.name} ${kind}s ${resource} with ${viewer} until ${new Date(until * 1000).toISOString().slice(11, 19)}`,
    act: async () => {
      const { participant } = world.stage.device(patient.name)
      const { idTag } = world.stage.person(viewer)
      // Whoever was cut off looks first whether it is on its way.
      const known = slotsOf(world, patient.name).find((slot) => !before.has(slot))
      const give = isShare ? shareOf : delegationOf
      const slot =
        known ??
        (await world.alive(patient.name, give(participant, { patient, idTag, resource, until })))
      world.model.rights.push({
        kind: isShare ? 'share' : 'delegation',
        ...{ patient, viewer, slot, resource, until, epoch: patient.epoch },
        ...{ isGiven: false, isEnded: false, isEndKnown: false, endMinedAt: undefined },
      })
    },
  }
}

type Gift = {
  readonly patient: Patient
  readonly idTag: Hex
  readonly resource: Resource
  readonly until: number
}

async function shareOf(participant: Participant, gift: Gift): Promise<Hex> {
  const { patient, idTag, resource, until } = gift
  const granted = await Share.grant(participant, {
    ...{ relationship: patient.relationship, viewer: idTag, expiresAt: until },
    purposes: [purposes.given],
    entries: [
      {
        ...{ pointer: patient.pointers[resource], category: categories[resource] },
        ...{ catalogue: 1, mask: masks[resource], schema: schemaId(`clinic/${resource}`) },
      },
    ],
  })
  return granted.grant
}

async function delegationOf(participant: Participant, gift: Gift): Promise<Hex> {
  const { patient, idTag, until } = gift
  const given = await Delegation.give(participant, {
    ...{ relationship: patient.relationship, delegate: idTag, expiresAt: until },
    ...{ categories: [categories.labs], mayShare: false },
  })
  return given.slot
}

/** Every share and delegation that she made, as her outbox remembers them. */
function slotsOf(world: World, name: string): readonly Hex[] {
  return world.stage
    .device(name)
    .participant.outbox.all()
    .filter(({ about }) => about.kind === 'grant' || about.kind === 'delegate')
    .map(({ about }) => about['grant'] as Hex)
}

function revoking(world: World, right: Right): Deed {
  const { patient, slot, kind } = right
  return {
    at: patient.name,
    says: `${patient.name} revokes the ${kind} of ${right.viewer}`,
    act: async () => {
      const { participant } = world.stage.device(patient.name)
      const ending =
        kind === 'share'
          ? Share.revoke(participant, { grant: slot })
          : Delegation.end(participant, { slot })
      await world.alive(patient.name, ending)
      world.model.end([right])
    },
  }
}

function rightsOf(world: World, patient: Patient): readonly Right[] {
  return world.model.live(world.now).filter((right) => right.patient === patient)
}

function stopping(world: World, patient: Patient): Deed {
  return {
    at: patient.name,
    says: `${patient.name} stops everything that she shared`,
    act: async () => {
      const { participant } = world.stage.device(patient.name)
      const { relationship } = patient
      const rights = rightsOf(world, patient)
      if (!isPending(world, patient.name, 'stopAll'))
        await world.alive(patient.name, Relationship.stopAll(participant, { relationship }))
      world.model.end(rights)
      patient.epoch = Relationship.of(participant, relationship).epoch + 1
    },
  }
}

function closing(world: World, patient: Patient): Deed {
  return {
    at: patient.name,
    says: `${patient.name} closes the relationship`,
    act: async () => {
      const { participant } = world.stage.device(patient.name)
      const { relationship } = patient
      if (!isPending(world, patient.name, 'close'))
        await world.alive(patient.name, Relationship.close(participant, { relationship }))
      world.model.end(rightsOf(world, patient))
      patient.isClosed = true
    },
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

function isPending(world: World, name: string, kind: string): boolean {
  return world.stage
    .device(name)
    .participant.outbox.pending()
    .some(({ about, state }) => about.kind === kind && state !== 'mined')
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
