import type { Core, Staff } from './Core.ts'
import { listPatients } from './patients.ts'

/** Who looks at which patients' records for a trial of the set-up. */
export type PreviewNote = { readonly by: Staff; readonly patients: readonly string[] }

/**
 * Notes a look at patients' records by whoever sets the database up: one entry for each patient, with her relationship
 * where there is one. Throws LogUnavailableError; then nothing may be shown.
 */
export async function notePreview(core: Core, { by, patients }: PreviewNote): Promise<void> {
  const known = listPatients(core)
  const staff = { id: by.id, role: by.role }
  for (const patient of new Set(patients)) {
    const about = known.find(({ localPatient }) => localPatient === patient)?.relationship
    await core.log.append(undefined, {
      ...{ time: core.clock(), kind: 'previewed', who: {}, staff },
      ...(about && { about }),
    })
  }
}
