/** To whom patients give; the last one is a carer, who acts for them and passes on what she may read. */
export const viewers = ['viewer1', 'viewer2', 'carer'] as const
const clinician = 'clinician'
/** Who may open emergency accesses. */
export const certified = [clinician, 'viewer2'] as const
/** Everybody who reads what is not hers. */
export const readers = [...viewers, clinician] as const
