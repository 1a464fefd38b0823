import type { LogEntry } from '@medrec/gatekeeper'
import type { Audited as AuditedEntry } from '@medrec/library'
import { namesFor } from './history.ts'
import type { StaffNode } from './staffNode.ts'

/** An entry of the access log with what the institution knows of the names in it. */
export type Audited = AuditedEntry & { readonly entry: LogEntry }

/** Looks entries up in the institution's own tables, each relationship and pointer once. */
export function auditor({ gatekeeper, participant }: StaffNode): (entry: LogEntry) => Audited {
  const relationships = new Map(gatekeeper.patients().map((one) => [one.relationship, one]))
  const pointers = new Map<string, { label: string; resource: string }>()
  for (const { localPatient } of relationships.values())
    for (const { pointer, label, resource } of gatekeeper.patient(localPatient))
      pointers.set(pointer, { label, resource })
  return (entry) => {
    const { relationship, who, staff, pointer } = entry
    const subject = relationship && relationships.get(relationship)?.subject
    const { nameOf } = namesFor(participant, relationship, 'The patient')
    const known = pointer === undefined ? undefined : pointers.get(pointer)
    return {
      entry,
      subject,
      name: staff ? `${staff.id} (${staff.role})` : nameOf(who.idTag),
      isSubject: subject !== undefined && who.idTag === subject,
      label: known?.label,
      resource: known?.resource,
    }
  }
}
