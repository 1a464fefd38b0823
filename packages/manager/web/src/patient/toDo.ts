import type { RecordSet, Relationship, Snapshot } from './model.ts'

/** Institutions that ask for an answer. */
export function proposals(snapshot: Snapshot): readonly Relationship[] {
  return snapshot.relationships.filter(({ status }) => status === 'proposed')
}

/** Records of which a new version waits for an answer. */
export function changes(snapshot: Snapshot): readonly RecordSet[] {
  return snapshot.records.filter(({ state }) => state === 'changed' || state === 'unexplained')
}

export function toDoCount(snapshot: Snapshot): number {
  return proposals(snapshot).length + changes(snapshot).length
}
