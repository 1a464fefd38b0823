import { type Catalogue, parseCatalogue } from '@medrec/gatekeeper'
import { clinicCatalogue } from '../../packages/gatekeeper/src/clinic.test-support.ts'
import type { Clinic, Place } from './Clinic.ts'

const [labs, visits] = clinicCatalogue.resources
/** The clinic's catalogue on an SQL engine, in which a physician may write free text. */
const catalogue: Catalogue = parseCatalogue({
  ...clinicCatalogue,
  resources: [
    labs,
    {
      ...visits,
      insert: {
        id: 'int',
        sql: 'INSERT INTO visit (id, patient, day, reason) VALUES (:id, :owner, :day, :reason)',
        parameters: [
          { name: 'day', type: 'date', label: 'Day', required: true },
          { name: 'reason', type: 'text', label: 'Reason', required: false },
        ],
      },
      update: {
        sql: 'UPDATE visit SET reason = :reason WHERE id = :id AND patient = :owner',
        parameters: [{ name: 'reason', type: 'text', label: 'Reason', required: false }],
      },
    },
  ],
})

/** Runs a statement with every right there is; `?` for each value. */
type Admin = (sql: string, ...values: readonly (string | number)[]) => Promise<void>

const places: readonly Place[] = [
  (payload, { query }) => ({ query: `${query} ${payload}` }),
  (payload, { query }) => ({ query: query.replace(':owner', `'${payload}'`) }),
  (payload, { query }) => ({ query: query.replace('code', payload) }),
]

/** What clinics on SQL engines do alike. */
export function sqlClinic(
  admin: Admin,
): Pick<Clinic, 'catalogue' | 'hold' | 'drop' | 'patientOf' | 'places' | 'knowsTables'> {
  return {
    ...{ catalogue, places, knowsTables: true },
    patientOf: (payload) => `of ${payload}`,
    hold: async (payloads) => {
      const row = 'INSERT INTO visit (id, patient, day, reason) VALUES (?, ?, ?, ?)'
      for (const [i, payload] of payloads.entries()) {
        await admin(row, 1_000 + i, 'P1', '2024-01-01', payload)
        await admin(row, 100_000 + i, `of ${payload}`, '2024-01-01', payload)
        await admin('INSERT INTO person (id, given) VALUES (?, ?)', `of ${payload}`, payload)
      }
    },
    drop: async () => {
      await admin('DELETE FROM visit WHERE id >= 1000 AND id < 200000')
      await admin(`DELETE FROM person WHERE id LIKE 'of %'`)
    },
  }
}
