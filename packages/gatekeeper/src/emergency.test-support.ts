import type { Hex } from '@medrec/protocol'
import * as Emergency from '../../library/src/Emergency.ts'
import { type Opened, until } from '../../library/src/network.test-support.ts'
import type { Someone } from '../../library/src/someone.test-support.ts'
import type { Scene } from './attempt.test-support.ts'
import type { Enrolment } from './gate.test-support.ts'

/** The emergency role's number (docs/protocol.md 11). */
export const role = 4
export const name = 'Dr Ek, Riverside'
export const reason = 'Unconscious after a fall, medicines unknown.'

/** Gives somebody the role for emergencies, and opens her client once the gate knows of it. */
export async function certifiedIn({ gate, net }: Scene, person: Someone): Promise<Opened> {
  await net.certify(person, role, true)
  const { participant } = gate
  await until(participant, () => participant.chain.view().hasRole(person.tag, 'emergency'))
  return net.open(person)
}

export const tagOf = ({ patient }: Enrolment): Hex => patient.me()?.idTag as Hex

/** A request for an emergency access to a patient's records. */
export function openingOf({ net }: Scene, of: Enrolment): Parameters<typeof Emergency.open>[1] {
  return { ...{ patient: tagOf(of), steward: net.hospital.tag, name, reason } }
}

/** An emergency access that was given. */
export async function openedBy(scene: Scene, by: Opened, of: Enrolment): Promise<Emergency.Opened> {
  const made = await Emergency.open(by, openingOf(scene, of))
  if (!made.ok) throw new Error(made.code)
  return made.emergency
}
