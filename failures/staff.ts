import type { Staff } from '@medrec/gatekeeper'

/** The clinician of every run. */
export const staff: Staff = { id: 's1', name: 'Dr Ek', role: 'physician' }
