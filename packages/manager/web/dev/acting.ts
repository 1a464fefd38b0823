import type { Outcome, Session, Snapshot } from '../src/patient/model.ts'
import { records } from './records.ts'

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Acting for somebody and emergencies, in made-up facts. */
export function actingFixture(
  change: (next: (before: Snapshot) => Snapshot) => Promise<Outcome>,
): Pick<
  Session,
  | 'delegate'
  | 'endDelegation'
  | 'openFor'
  | 'shareFor'
  | 'stopFor'
  | 'setEmergency'
  | 'openEmergency'
> {
  return {
    delegate: () => change((before) => before),
    endDelegation: ({ id }) =>
      change((before) => ({
        ...before,
        delegations: before.delegations.map((one) =>
          one.id === id ? { ...one, status: 'stopped' } : one,
        ),
      })),
    openFor: async () => {
      await later(300)
      return { kind: 'records', missing: [], sets: records.slice(0, 2) }
    },
    shareFor: () => change((before) => before),
    stopFor: () => change((before) => before),
    setEmergency: (id, emergency) =>
      change((before) => ({
        ...before,
        relationships: before.relationships.map((one) =>
          one.id === id ? { ...one, emergency } : one,
        ),
      })),
    openEmergency: async () => {
      await later(300)
      return { kind: 'opened', until: Date.now() / 1000 + 14_400, sets: records.slice(0, 1) }
    },
  }
}
