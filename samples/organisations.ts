import type { Organisation, Practitioner } from '@medrec/interop'
import { type Institution, institutions } from './institutions/catalogue.ts'

/** A member of an institution's staff with a login of her own. */
export type StaffMember = {
  readonly login: string
  readonly name: string
  readonly role: 'clinician' | 'it'
  readonly title: string
}

/** One of the demo's institutions. */
export type InstitutionProfile = {
  readonly id: Institution
  readonly name: string
  readonly kind: string
  readonly city: string
  readonly staff: readonly StaffMember[]
}

/** The demo's institutions and the people who sign in there. */
export const institutionProfiles: { readonly [institution in Institution]: InstitutionProfile } = {
  riverside: {
    id: 'riverside',
    name: 'Riverside Hospital',
    kind: 'Hospital',
    city: 'Ashford Falls',
    staff: [
      {
        login: 'amara.okafor',
        name: 'Dr. Amara Okafor',
        role: 'clinician',
        title: 'Internal medicine',
      },
      {
        login: 'henrik.lund',
        name: 'Dr. Henrik Lund',
        role: 'clinician',
        title: 'Emergency medicine',
      },
      { login: 'tomas.silva', name: 'Tomás Silva', role: 'it', title: 'Hospital IT' },
    ],
  },
  lakeview: {
    id: 'lakeview',
    name: 'Lakeview Medical Group',
    kind: 'Group of specialists',
    city: 'Lakeview',
    staff: [
      { login: 'mei.tanaka', name: 'Dr. Mei Tanaka', role: 'clinician', title: 'Endocrinology' },
      {
        login: 'samuel.adeyemi',
        name: 'Dr. Samuel Adeyemi',
        role: 'clinician',
        title: 'Cardiology',
      },
      { login: 'ruth.keller', name: 'Ruth Keller', role: 'it', title: 'Data and systems' },
    ],
  },
  hillcrest: {
    id: 'hillcrest',
    name: 'Hillcrest Family Practice',
    kind: 'Family practice',
    city: 'Hillcrest',
    staff: [
      { login: 'anna.weber', name: 'Dr. Anna Weber', role: 'clinician', title: 'Family medicine' },
      {
        login: 'rajiv.menon',
        name: 'Dr. Rajiv Menon',
        role: 'clinician',
        title: 'Family medicine',
      },
      {
        login: 'lena.hoffmann',
        name: 'Lena Hoffmann',
        role: 'it',
        title: 'Practice office and IT',
      },
    ],
  },
}

/** The institutions as organisations of records. */
export const organisations: readonly Organisation[] = institutions.map((id) => ({
  id,
  name: institutionProfiles[id].name,
}))

/** An institution's clinicians as professionals of records; their login is their id. */
export function cliniciansOf(institution: Institution): readonly Practitioner[] {
  return institutionProfiles[institution].staff
    .filter(({ role }) => role === 'clinician')
    .map(({ login, name }) => ({ id: login, name }))
}
