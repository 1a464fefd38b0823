import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { Catalogue, GatekeeperOptions } from '@medrec/gatekeeper'

/** Tokens that nobody but their owners may ever be told, by where they stand. */
export const canaries = {
  otherPatient: 'canary-7c1f0e52',
  almostPatient: 'canary-b3a98d14',
  column: 'canary-d56e21c9',
  excluded: 'canary-08fa67b3',
  table: 'canary-e94b3d70',
  /** Hers, and not shared with the viewer. */
  field: 'canary-51d7c2ea',
  resource: 'canary-2fb680a5',
} as const

/** A clinic's database on one engine, with rows that must not come out. */
export type Clinic = {
  readonly engine: string
  /** Where the gatekeeper finds it. */
  readonly source: Pick<GatekeeperOptions, 'source' | 'writeSource'>
  readonly catalogue: Catalogue
  /** Puts payloads into the database, with every right there is: as values of Ada's visits, and of patients of their own. */
  hold(payloads: readonly string[]): Promise<void>
  /** Takes all of that out again. */
  drop(): Promise<void>
  /** Id of the patient whose visit holds the payload with a number; with the payload in it, where ids can be so. */
  patientOf(payload: string, number: number): string
  /** Whether the engine keeps this text as it is; none keeps half a surrogate pair, and some no NUL. */
  canHold(text: string): boolean
  /** All that stands in it but one visit, and the files around it. */
  state(but: string): Promise<string>
  /** What a mapping file may hold payloads in, beside what every one has. */
  readonly places: readonly Place[]
  /** How long a statement of a mapping file may take; a second unless it says otherwise. */
  readonly milliseconds?: number
  /** Whether a name that no table has is refused among the exclusions. */
  readonly knowsTables: boolean
  /** Whether a resource of a catalogue is refused for its own statement; where that is cheaper than opening it. */
  refuses?(resource: Catalogue['resources'][number]): boolean
  close(): Promise<void>
}

export type Resource = Catalogue['resources'][number]
/** A change of a mapping file's resource by a payload. */
export type Place = (payload: string, labs: Resource) => object

/** What every SQL engine's clinic holds beside the two patients' records. */
export const dangerousRows: readonly string[] = [
  `ALTER TABLE lab ADD COLUMN note TEXT`,
  `UPDATE lab SET note = '${canaries.column}'`,
  `UPDATE lab SET code = '${canaries.field}' WHERE patient = 'P1'`,
  `UPDATE lab SET code = '${canaries.otherPatient}' WHERE patient = 'p1'`,
  `UPDATE visit SET reason = '${canaries.resource}' WHERE patient = 'P1'`,
  `UPDATE visit SET reason = '${canaries.otherPatient}' WHERE patient = 'p1'`,
  `UPDATE psychotherapy_notes SET text = '${canaries.excluded}'`,
  `INSERT INTO visit (id, patient, day, reason) VALUES (3, 'P1 ', '2024-05-01', '${canaries.almostPatient}')`,
  `CREATE TABLE staff (id VARCHAR(20) PRIMARY KEY, password TEXT)`,
  `INSERT INTO staff VALUES ('s1', '${canaries.table}')`,
]
export const tables = ['person', 'lab', 'visit', 'psychotherapy_notes', 'staff']

/** What payloads that write files would leave. */
export function strays(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('medrec-canary'))
}
