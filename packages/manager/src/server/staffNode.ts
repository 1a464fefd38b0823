import type { Gatekeeper } from '@medrec/gatekeeper'
import type { Participant } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import type { Desk } from '@medrec/registrar'
import type { Accounts } from './accounts.ts'
import type { RecordSettings } from './recordSettings.ts'
import type { Sessions } from './sessions.ts'

/** One part of a node on its status page; `ok: false` asks for a person. */
export type StatusPart = { readonly ok: boolean } & Readonly<
  Record<string, string | number | boolean>
>

/** What the staff API needs of an institution's node. */
export type StaffNode = {
  readonly institution: { readonly name: string; readonly idTag: Hex; readonly url: string }
  readonly participant: Participant
  readonly gatekeeper: Gatekeeper
  readonly desk: Desk
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly status: () => Promise<Readonly<Record<string, StatusPart>>>
  /** Unix seconds */
  readonly clock: () => number
  /** Each institution on a machine has a cookie of its own. */
  readonly cookieName: string
  readonly isSecure: boolean
  /** What this node's configuration says of the institution's database, and how the IT console writes it */
  readonly records: RecordSettings
  /** Address of the patients' app, for invitations */
  readonly portal: string | undefined
}
