import { Emergency } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import type { Random } from '../../samples/random.ts'
import type { Deed } from './Deed.ts'
import type { Patient, Right } from './Model.ts'
import { certified, readers } from './people.ts'
import type { World } from './World.ts'

/** Openings in two days, so that no clock that is a day off makes them six in one (docs/protocol.md 8.1). */
const mostInTwoDays = 4
const twoDays = 2 * 86_400

/** Somebody opens an emergency access; one in five has no right to, or names a patient who has left. */
export function opening(world: World, random: Random): Deed | undefined {
  const { model, stage } = world
  const accepted = model.patients.filter(({ isAccepted }) => isAccepted)
  if (accepted.length === 0) return undefined
  const isCertified = random.chance(0.8)
  const others = readers.filter((one) => !certified.some((known) => known === one))
  const name = random.pick(isCertified ? certified : others)
  const tries = world.openings.filter(({ by, at }) => by === name && at > world.now - twoDays)
  if (isCertified && tries.length >= mostInTwoDays) return undefined
  const patient = random.pick(random.chance(0.8) ? openOf(model.open(), accepted) : accepted)
  return {
    at: name,
    says: `${name} opens an emergency access to the records of ${patient.name}`,
    act: async (isCalm) => {
      const verdict = model.opening({ patient, isCertified }, isCalm)
      const attempt = { by: name, patient, at: world.now, isGiven: false }
      world.openings.push(attempt)
      const { participant } = stage.device(name)
      const made = await world.alive(
        name,
        Emergency.open(participant, {
          ...{ patient: stage.person(patient.name).idTag, steward: stage.town.hospital.idTag },
          ...{ name: 'Dr Ek', reason: 'Unconscious after a fall, medicines unknown.' },
        }),
      )
      const what = `${name} opens an emergency access to ${patient.name}: ${made.ok ? 'opened' : made.code}`
      world.tell(what)
      if (verdict.must === 'refuse') world.must(!made.ok, `BREACH: ${what}, though ${verdict.why}`)
      if (verdict.must === 'allow') world.must(made.ok, `${what}, though nothing is wrong`)
      if (!made.ok) return
      attempt.isGiven = true
      model.rights.push(rightOf(patient, { viewer: name, opened: made.emergency }))
    },
  }
}

function openOf(open: readonly Patient[], accepted: readonly Patient[]): readonly Patient[] {
  return open.length > 0 ? open : accepted
}

/** What she took back before the institution knew stays taken back. */
function rightOf(
  patient: Patient,
  { viewer, opened }: { readonly viewer: string; readonly opened: Emergency.Opened },
): Right {
  return {
    ...{ kind: 'emergency', patient, by: patient.name, viewer, resource: 'labs', opened },
    ...{ slot: opened.emergency, until: opened.expires, epoch: undefined },
    ...{ isGiven: true, isEnded: patient.isClosed || patient.isOptedOut },
    ...{ isEndKnown: false, endMinedAt: undefined },
  }
}

/** She says that nobody may read in an emergency, or, when none that she stopped could go on, that all may again. */
export function speaking(world: World, patient: Patient): Deed | undefined {
  const { model, stage } = world
  const emergencies = model.rights.filter(
    (right) => right.patient === patient && right.kind === 'emergency',
  )
  const isOptedOut = !patient.isOptedOut
  if (!isOptedOut && emergencies.some(({ until }) => until > world.now)) return undefined
  const { name, relationship } = patient
  return {
    at: name,
    says: `${name} wants ${isOptedOut ? 'no ' : ''}emergency access`,
    act: async () => {
      const { participant } = stage.device(name)
      const categories = isOptedOut ? [] : ('all' as const)
      const word = (): number => lastWord(world, name, relationship)
      const before = word()
      await world.alive(name, Emergency.setProfile(participant, { relationship, categories }))
      Object.assign(patient, { isOptedOut, word: Math.max(before, word()) })
      if (isOptedOut) model.end(emergencies)
    },
  }
}

/** When she said the last of her words that her outbox remembers. */
function lastWord(world: World, name: string, relationship: Hex): number {
  const words = world.stage
    .device(name)
    .participant.outbox.all()
    .filter(({ about }) => about.kind === 'emergencyProfile')
    .filter(({ about }) => about['relationship'] === relationship)
    .map(({ about }) => Number(about['time']))
  return Math.max(0, ...words)
}
