import {
  DelegatedShare,
  Delegation,
  type Participant,
  Relationship,
  type Scopes,
  Share,
} from '@medrec/library'
import { type Hex, schemaId } from '@medrec/protocol'
import type { Random } from '../../samples/random.ts'
import { newConsent } from './consents.ts'
import type { Deed } from './Deed.ts'
import { latestEnd, type Patient, purposes, type Resource, type Right } from './Model.ts'
import { viewers } from './people.ts'
import type { World } from './World.ts'

const hour = 3_600
/** Shares of these fields: date and value, date. */
const masks = { labs: '0xa', visits: '0x2' } as const
const categories = { labs: 5, visits: 9 } as const
const carer = 'carer'

type Terms = Pick<Right, 'kind' | 'patient' | 'by' | 'viewer' | 'resource' | 'through' | 'until'>

/** A share for some hours, or a delegation. */
export function giving(
  world: World,
  patient: Patient,
  { kind, random }: { kind: 'share' | 'delegate'; random: Random },
): Deed {
  const isShare = kind === 'share'
  const viewer = isShare ? random.pick(viewers) : carer
  const resource: Resource = !isShare || random.chance(0.7) ? 'labs' : 'visits'
  const until = untilOf(world, random, isShare ? 8 : 16)
  return gift(
    world,
    {
      ...{ kind: isShare ? 'share' : 'delegation', patient, by: patient.name, viewer },
      ...{ resource, until },
    },
    isShare ? shareOf : delegationOf,
  )
}

/** A delegate passes on what she may read, also when her delegation is over: then nobody may read by it. */
export function passing(world: World, random: Random): Deed | undefined {
  const { model } = world
  const given = model.rights.filter(({ kind, isGiven }) => kind === 'delegation' && isGiven)
  const live = model.live(world.now).filter((right) => given.includes(right))
  const over = given.filter((right) => !live.includes(right)).slice(-3)
  const from = over.length > 0 && (live.length === 0 || random.chance(0.4)) ? over : live
  if (from.length === 0) return undefined
  const through = random.pick(from)
  const viewer = random.pick(viewers.filter((name) => name !== carer))
  const { patient, resource } = through
  const until = untilOf(world, random, 8)
  const terms = { kind: 'passed', patient, by: carer, viewer, resource, through, until } as const
  return gift(world, terms, passedOn)
}

function gift(
  world: World,
  terms: Terms,
  give: (participant: Participant, terms: Terms, idTag: Hex) => Promise<Hex>,
): Deed {
  const { kind, patient, by, viewer, resource, until } = terms
  const before = new Set(slotsOf(world, by))
  return {
    at: by,
    says: `${by} gives a ${kind} of ${resource} of ${patient.name} to ${viewer} until ${new Date(until * 1000).toISOString().slice(11, 19)}`,
    act: async () => {
      const { participant } = world.stage.device(by)
      const { idTag } = world.stage.person(viewer)
      // Whoever was cut off looks first whether it is on its way.
      const known = slotsOf(world, by).find((slot) => !before.has(slot))
      const slot = known ?? (await world.alive(by, give(participant, terms, idTag)))
      const isAnswered = kind === 'share' && patient.isDual
      world.model.rights.push({
        ...{ ...terms, slot, epoch: patient.epoch },
        consent: isAnswered ? newConsent() : undefined,
        ...{ isGiven: false, isEnded: false, isEndKnown: false, endMinedAt: undefined },
      })
    },
  }
}

async function shareOf(participant: Participant, terms: Terms, viewer: Hex): Promise<Hex> {
  const { patient, until } = terms
  const granted = await Share.grant(participant, {
    ...{ relationship: patient.relationship, viewer, expiresAt: until },
    ...{ purposes: [purposes.given], entries: entriesOf(terms) },
  })
  return granted.grant
}

async function delegationOf(participant: Participant, terms: Terms, delegate: Hex): Promise<Hex> {
  const { patient, until } = terms
  const given = await Delegation.give(participant, {
    ...{ relationship: patient.relationship, delegate, expiresAt: until },
    ...{ categories: [categories.labs], mayShare: true },
  })
  return given.slot
}

async function passedOn(participant: Participant, terms: Terms, viewer: Hex): Promise<Hex> {
  const slot = terms.through?.slot as Hex
  const granted = await DelegatedShare.grant(dishonest(participant, slot), {
    ...{ delegation: slot, viewer, expiresAt: terms.until },
    ...{ purposes: [purposes.given], entries: entriesOf(terms) },
  })
  return granted.grant
}

/** Her own device, which does not care whether the delegation has ended. */
function dishonest(participant: Participant, slot: Hex): Participant {
  return {
    ...participant,
    summary: () => {
      const summary = participant.summary()
      const actingFor = summary.actingFor.map((state) =>
        state.slot === slot
          ? { ...state, status: 'live' as const, expiresAt: Number.POSITIVE_INFINITY }
          : state,
      )
      return { ...summary, actingFor }
    },
  }
}

function entriesOf({ patient, resource }: Terms): readonly Scopes.EntryJson[] {
  return [
    {
      ...{ pointer: patient.pointers[resource], category: categories[resource] },
      ...{ catalogue: 1, mask: masks[resource], schema: schemaId(`clinic/${resource}`) },
    },
  ]
}

function untilOf(world: World, random: Random, hours: number): number {
  return Math.floor(world.now) + random.whole(900, hours * hour)
}

/** Every share and delegation that somebody made, as her outbox remembers them. */
function slotsOf(world: World, name: string): readonly Hex[] {
  const kinds = ['grant', 'delegate', 'delegatedGrant']
  return world.stage
    .device(name)
    .participant.outbox.all()
    .filter(({ about }) => kinds.includes(about.kind))
    .map(({ about }) => about['grant'] as Hex)
}

/** Moves the end of a share further off, also of one that is over. */
export function renewing(world: World, random: Random): Deed | undefined {
  const shares = world.model.rights.filter(
    ({ kind, isGiven, isEnded, patient, consent }) =>
      kind === 'share' && !consent && isGiven && !isEnded && !patient.isClosed,
  )
  const recent = shares.slice(-8)
  if (recent.length === 0) return undefined
  const right = random.pick(recent)
  const { patient, slot } = right
  const until = Math.max(untilOf(world, random, 8), latestEnd(right) + 900)
  return {
    at: patient.name,
    says: `${patient.name} renews the share of ${right.viewer} (${slot.slice(0, 10)}) until ${new Date(until * 1000).toISOString().slice(11, 19)}`,
    act: async () => {
      const { participant } = world.stage.device(patient.name)
      right.renewed = until
      const renewed = Share.renew(participant, { grant: slot, expiresAt: until })
      await world.alive(patient.name, renewed)
    },
  }
}

/** Whoever gave something takes it back. */
export function revoking(world: World, random: Random): Deed | undefined {
  const live = world.model
    .live(world.now)
    .filter(({ kind, isGiven }) => kind !== 'emergency' && (kind !== 'passed' || isGiven))
  return live.length > 0 ? takingBack(world, random.pick(live)) : undefined
}

/** A delegation ends on which something rests that its delegate passed on, if there is one. */
export function undelegating(world: World, random: Random): Deed | undefined {
  const { model, now } = world
  const live = model.live(now, 'delegation')
  const resting = model.live(now, 'passed').flatMap(({ through }) => through ?? [])
  const some = resting.length > 0 ? resting : live
  return some.length > 0 ? takingBack(world, random.pick(some)) : undefined
}

function takingBack(world: World, right: Right): Deed {
  const { slot, kind, by, viewer } = right
  return {
    at: by,
    says: `${by} revokes the ${kind} of ${viewer} (${slot.slice(0, 10)})`,
    act: async () => {
      const { participant } = world.stage.device(by)
      await world.alive(by, ending(participant, right))
      world.model.end([right])
    },
  }
}

function ending(participant: Participant, { kind, slot }: Right): Promise<unknown> {
  if (kind === 'delegation') return Delegation.end(participant, { slot })
  if (kind === 'passed') return DelegatedShare.revoke(participant, slot)
  return Share.revoke(participant, { grant: slot })
}

/** Everything that a patient gave, what is over included: nothing brings it back. */
function rightsOf(world: World, patient: Patient): readonly Right[] {
  return world.model.rights.filter((right) => right.patient === patient)
}

export function stopping(world: World, patient: Patient): Deed {
  return {
    at: patient.name,
    says: `${patient.name} stops everything that she shared`,
    act: async () => {
      const { participant } = world.stage.device(patient.name)
      const { relationship } = patient
      const rights = rightsOf(world, patient).filter(({ kind }) => kind !== 'emergency')
      if (!isPending(world, patient.name, 'stopAll'))
        await world.alive(patient.name, Relationship.stopAll(participant, { relationship }))
      world.model.end(rights)
      patient.epoch = Relationship.of(participant, relationship).epoch + 1
    },
  }
}

export function closing(world: World, patient: Patient): Deed {
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

/** Whether something that somebody wants is on its way already. */
export function isPending(world: World, name: string, kind: string): boolean {
  return world.stage
    .device(name)
    .participant.outbox.pending()
    .some(({ about, state }) => about.kind === kind && state !== 'mined')
}
