import { rxnorm, snomed } from '../clinical/codes.ts'
import { dayNumber, momentOf } from '../time.ts'
import { type Draft, entryAt, note, visit } from './draft.ts'
import { panel, vitals, withinHistory } from './measure.ts'

const pneumonia = snomed('233604007', 'Pneumonia')
const chestImage = snomed('399208008', 'Plain X-ray of chest')
const amoxicillin = rxnorm('562251', 'Amoxicillin 250 MG / Clavulanate 125 MG Oral Tablet')

/** Three days in the hospital with pneumonia, with image, blood and a discharge letter. */
export function liveHospitalStays(draft: Draft): void {
  for (const date of draft.profile.stays) {
    const day = dayNumber(date)
    if (!withinHistory(draft, day) || !withinHistory(draft, day + 30)) continue
    const stay = visit(draft, 'inpatient', 'riverside', day, pneumonia)
    vitals(draft, stay, true)
    for (const name of ['metabolic', 'blood', 'inflammation'] as const) panel(draft, stay, name)
    draft.conditions.push({
      ...entryAt(draft, stay, pneumonia, 'resolved'),
      onset: momentOf(day - 3, 0),
      abatement: momentOf(day + 18, 0),
      verification: 'confirmed',
    })
    draft.procedures.push({
      ...entryAt(draft, stay, chestImage, 'completed'),
      start: momentOf(day, stay.minutes + 45),
      end: momentOf(day, stay.minutes + 55),
      reason: pneumonia,
    })
    draft.medications.push({
      ...entryAt(draft, stay, amoxicillin, 'completed'),
      start: momentOf(day, stay.minutes + 70),
      end: momentOf(day + 7, 720),
      dosage: 'Two tablets three times a day for seven days',
      reason: pneumonia,
    })
    note(
      draft,
      stay,
      'Discharge letter',
      'Admitted with cough, fever and breathlessness. Shadow over the right lower lobe. Better within two days on an antibiotic, home on the third. Control image in six weeks by the family doctor.',
    )
  }
}
