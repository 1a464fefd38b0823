import type { Reading } from '@medrec/library'
import type { FieldType, Hex } from '@medrec/protocol'

export type Session = {
  readonly staff: { readonly id: string; readonly name: string; readonly role: string }
  readonly institution: { readonly name: string; readonly idTag: Hex; readonly url: string }
}

export type ListedPerson = {
  readonly id: string
  readonly name: string
  readonly birthDate: string
  readonly sex?: string | null
  readonly relationship?: Hex | null
  readonly status?: string | null
}

type Identification = {
  readonly type: string
  readonly country: string
  readonly value: string
  readonly birthDate: string
}

export type Match = {
  readonly idTag: Hex
  readonly verifiedBy: readonly string[]
  readonly since: number
  /** Whether this institution may send a request: it saw the card, or enough others vouch. */
  readonly mayPropose: boolean
}

export type Invitation = { readonly code: string; readonly url: string; readonly expires: number }

export type Pointer = {
  readonly id: Hex
  readonly resource: string
  readonly label: string
  readonly version: number
  readonly origin: number
  readonly updatedAt: number
  readonly anchored: boolean
  readonly seen?: { readonly verdict: string | number; readonly reason?: string | null } | null
}

export type HistoryLine = {
  readonly at: number
  readonly kind: string
  readonly text?: string
  readonly by?: string
  readonly reason?: string | null
}

export type PatientPage = {
  readonly patient: ListedPerson
  readonly relationship?: Hex | null
  readonly status?: string | null
  readonly policy?: 'subjectOnly' | 'dualConsent' | null
  readonly pointers: readonly Pointer[]
  readonly history: readonly HistoryLine[]
}

export type Parameter = {
  readonly name: string
  readonly type: FieldType
  readonly label: string
  readonly required: boolean
  readonly options?: readonly string[]
}

export type Resource = {
  readonly name: string
  readonly label: string
  readonly category: number
  readonly recordKey: readonly string[]
  readonly fields: readonly {
    readonly bit: number
    readonly name: string
    readonly type: FieldType
    readonly label: string
  }[]
  readonly insert?: { readonly parameters: readonly Parameter[] } | null
  readonly update?: { readonly parameters: readonly Parameter[] } | null
  readonly retract?: { readonly parameters: readonly Parameter[] } | null
}

export type Rows = {
  readonly fields: readonly {
    readonly name: string
    readonly type: FieldType
    readonly label: string
  }[]
  readonly rows: readonly (readonly (string | null)[])[]
  /** Record key of each row: values of the catalogue's `recordKey`. */
  readonly keys: readonly (readonly (string | null)[])[]
}

export type Consent = {
  readonly grant: Hex
  readonly subject: string
  readonly viewer: string
  /** Each record with the fields that would be opened */
  readonly labels: readonly string[]
  readonly purposes: readonly number[]
  readonly until: number
}

/** Records that somebody opened in an emergency. */
export type Emergency = {
  readonly id: Hex
  readonly name: string
  readonly registeredBy: string | null
  readonly opened: number
  readonly expires: number
  /** The patient was told; nothing could be read otherwise. */
  readonly isNoted: boolean
  readonly review: {
    readonly at: number
    readonly reviewer: string
    readonly outcome: 'justified' | 'misused' | 'unclear'
    readonly remark: string
  } | null
}

/** Whom an emergency was about, and why; the patient sees who asked. */
export type ExaminedEmergency = { readonly subject: string | null; readonly reason: string }

export type LogLine = {
  readonly sequence: number
  /** Whether the decision can be explained: who asked is known. */
  readonly isExplainable: boolean
  readonly at: number
  readonly who?: string | null
  readonly outcome: 'allowed' | 'refused' | 'noted'
  readonly kind?: string
  readonly reason?: string | null
  readonly resource?: string | null
  readonly block?: number | null
}

/** A line of the accounting of disclosures. */
export type Disclosure = {
  readonly entry: number
  readonly at: number
  readonly patient: string
  readonly recipient: string
  readonly recipientTag: string
  readonly what: string
  readonly fields: readonly string[]
  readonly purpose: string
  readonly basis: string
  /** Of a record that was read in parts. */
  readonly reading?: Reading
}

/** A request that somebody would make, or that an entry of the log was about. */
export type Question =
  | { readonly entry: number; readonly block?: number }
  | {
      readonly relationship: Hex
      readonly viewer: Hex
      readonly kind: 'query' | 'index' | 'log'
      readonly resource?: string
      readonly purpose?: number
      readonly block?: number
    }

export type Explained = {
  readonly grant?: Hex
  readonly decision: string
  readonly rule: number
  readonly text: string
  readonly basis: { readonly kind: string; readonly id: string; readonly says: string }
  readonly status?: number
  readonly exception?: { readonly section: string; readonly name: string } | null
}

export type Explanation = {
  readonly at: { readonly block: number; readonly hash: Hex; readonly time: number }
  readonly request: {
    readonly relationship: Hex
    readonly viewer: Hex
    readonly kind: string
    readonly purpose?: number
    readonly elements: readonly string[]
  }
  readonly viewer: string
  readonly outcome: Explained
  readonly shares: readonly Explained[]
}

export type ExplainChoice = {
  readonly id: Hex
  readonly viewers: readonly { readonly idTag: Hex; readonly name: string }[]
  readonly records: readonly { readonly resource: string; readonly label: string }[]
}

export type StatusPart = {
  readonly name: string
  readonly ok: boolean
  readonly text: string
  readonly at?: number | null
}

/** What a write changed: nothing goes on record for somebody who is not connected. */
export type Saved = { readonly pointers: readonly unknown[] }

export type Values = Readonly<Record<string, string | null>>

/** A way out of a refused set-up that needs no further question. */
export type Remedy =
  | { readonly do: 'leaveOut'; readonly tables: readonly string[] }
  | { readonly do: 'allow'; readonly tables: readonly string[] }
  | { readonly do: 'asText'; readonly columns: readonly (readonly [table: string, name: string])[] }

type RefusalBody = {
  readonly code: string
  readonly message: string
  readonly whatToDo: string
  readonly remedies: readonly Remedy[]
}

/** The institution's node said no: what happened and what to do. */
export class StaffApiError extends Error {
  override name = 'StaffApiError'
  readonly code: string
  readonly status: number
  readonly whatToDo: string
  readonly remedies: readonly Remedy[]
  constructor(status: number, body: Partial<RefusalBody>) {
    super(body.message ?? `The node answered ${status}.`)
    this.code = body.code ?? 'UNKNOWN'
    this.status = status
    this.whatToDo = body.whatToDo ?? ''
    this.remedies = body.remedies ?? []
  }
}

export async function ask<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const response = await fetch(`/api/${path}`, {
    method,
    credentials: 'same-origin',
    headers: {
      'x-medrec': '1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const json = text === '' ? {} : (JSON.parse(text) as unknown)
  if (!response.ok) throw new StaffApiError(response.status, json as { code?: string })
  return json as T
}

const part = encodeURIComponent

/** The staff API of this institution's node. */
export const api = {
  session: () => ask<Session>('GET', 'session'),
  login: (name: string, password: string) => ask<Session>('POST', 'login', { name, password }),
  logout: () => ask<unknown>('POST', 'logout', {}),
  status: () => ask<unknown>('GET', 'status'),
  people: (search: string) =>
    ask<{ people: readonly ListedPerson[] }>('GET', `people?search=${part(search)}`),
  lookup: (who: Identification | { localPatient: string }) =>
    ask<{ match: Match | null }>('POST', 'lookup', who),
  card: (localPatient: string, card: unknown) =>
    ask<unknown>('POST', 'cards', { localPatient, card }),
  invite: (localPatient: string) => ask<Invitation>('POST', 'invitations', { localPatient }),
  patient: (id: string) => ask<PatientPage>('GET', `patients/${part(id)}`),
  propose: (id: string, idTag: Hex, policy: string) =>
    ask<unknown>('POST', `patients/${part(id)}/relationship`, { idTag, policy }),
  catalogue: () => ask<{ resources: readonly Resource[] }>('GET', 'catalogue'),
  rows: (id: string, resource: string) =>
    ask<Rows>('GET', `patients/${part(id)}/rows/${part(resource)}`),
  add: (id: string, resource: string, values: Values) =>
    ask<Saved>('POST', `patients/${part(id)}/records`, { resource, values }),
  correct: (
    id: string,
    change: { resource: string; key: Values; values: Values; reason: string },
  ) => ask<Saved>('POST', `patients/${part(id)}/corrections`, change),
  retract: (id: string, change: { resource: string; key: Values; reason: string }) =>
    ask<Saved>('POST', `patients/${part(id)}/retractions`, change),
  consents: () => ask<{ consents: readonly Consent[] }>('GET', 'consents'),
  consent: (grant: Hex, answer: { consent: boolean; reason?: string }) =>
    ask<unknown>('POST', `consents/${part(grant)}`, answer),
  emergencies: () => ask<{ emergencies: readonly Emergency[] }>('GET', 'emergencies'),
  examineEmergency: (id: Hex) =>
    ask<ExaminedEmergency>('POST', `emergencies/${part(id)}/examine`, {}),
  reviewEmergency: (id: Hex, review: { outcome: string; remark: string }) =>
    ask<unknown>('POST', `emergencies/${part(id)}`, review),
  disclosures: (from: number, to: number) =>
    ask<{ disclosures: readonly Disclosure[] }>('GET', `audit/disclosures?from=${from}&to=${to}`),
  explainChoices: () => ask<{ relationships: readonly ExplainChoice[] }>('GET', 'explain'),
  explain: (question: Question) => ask<Explanation>('POST', 'explain', question),
  log: (from: number, to: number) =>
    ask<{ entries: readonly LogLine[] }>('GET', `log?from=${from}&to=${to}`),
}
