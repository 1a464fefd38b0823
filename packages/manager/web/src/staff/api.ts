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

export type LogLine = {
  readonly at: number
  readonly who?: string | null
  readonly outcome: string
  readonly kind?: string
  readonly reason?: string | null
  readonly resource?: string | null
  readonly block?: number | null
}

export type StatusPart = {
  readonly name: string
  readonly ok: boolean
  readonly text: string
  readonly at?: number | null
}

export type Values = Readonly<Record<string, string | null>>

/** The institution's node said no: what happened and what to do. */
export class StaffApiError extends Error {
  override name = 'StaffApiError'
  readonly code: string
  readonly status: number
  readonly whatToDo: string
  constructor(status: number, body: { code?: string; message?: string; whatToDo?: string }) {
    super(body.message ?? `The node answered ${status}.`)
    this.code = body.code ?? 'UNKNOWN'
    this.status = status
    this.whatToDo = body.whatToDo ?? ''
  }
}

async function ask<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
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
    ask<unknown>('POST', `patients/${part(id)}/records`, { resource, values }),
  correct: (
    id: string,
    change: { resource: string; key: Values; values: Values; reason: string },
  ) => ask<unknown>('POST', `patients/${part(id)}/corrections`, change),
  retract: (id: string, change: { resource: string; key: Values; reason: string }) =>
    ask<unknown>('POST', `patients/${part(id)}/retractions`, change),
  consents: () => ask<{ consents: readonly Consent[] }>('GET', 'consents'),
  consent: (grant: Hex, answer: { consent: boolean; reason?: string }) =>
    ask<unknown>('POST', `consents/${part(grant)}`, answer),
  log: (from: number, to: number) =>
    ask<{ entries: readonly LogLine[] }>('GET', `log?from=${from}&to=${to}`),
}
