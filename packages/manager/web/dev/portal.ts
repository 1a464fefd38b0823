import { Keys } from '@medrec/protocol'
import type { Portal } from '../src/patient/entrance.ts'

const person = (
  name: string,
  about: string,
  kind: 'patient' | 'family' | 'doctor' | 'researcher',
) => ({
  name,
  about,
  kind,
  words: Keys.toWords(Keys.newEntropy()),
})

export const portal: Portal = {
  config: async () => ({ demo: true, network: {}, institutions: [] }),
  people: async () => ({
    people: [
      person('Maria Okafor', '57, diabetes, three institutions', 'patient'),
      person('Joseph Brandt', '71, heart failure', 'patient'),
      person('Nina Okafor', "Maria's daughter", 'family'),
      person('Dr Ana Lee', 'Heart specialist', 'doctor'),
      person('Dr Felix Marsh', 'University of the Plains', 'researcher'),
    ],
    staff: [
      {
        institution: 'Riverside Hospital',
        url: window.location.origin,
        name: 'Dr Omar Haddad',
        role: 'Physician',
        login: 'omar',
        password: 'demo-omar',
      },
    ],
  }),
}
