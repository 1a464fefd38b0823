import type { ChainView } from '@medrec/client'
import { type Hex, MedrecError, RetryableError, toBase64Url, webPlace } from '@medrec/protocol'
import type { RelayToken } from './wire.ts'

/** What a carrier knows of what it was given. */
export type CarrierState = {
  readonly state: 'queued' | 'sent' | 'mined' | 'rejected' | 'unknown'
  readonly transaction?: Hex | undefined
  /** Selector or name of the ledger's error. */
  readonly reason?: string | undefined
}

/** A way to the chain: a relay over HTTP, or one's own. */
export type Carrier = {
  readonly name: string
  post(records: readonly Uint8Array[], token?: RelayToken): Promise<{ readonly id: string }>
  state(id: string): Promise<CarrierState>
}

/** The relay of an institution's node (docs/protocol.md section 8). */
export function httpCarrier(url: string, fetch: typeof globalThis.fetch): Carrier {
  const relay = new URL('/relay', url)
  return {
    name: url,
    async post(records, token) {
      const response = await fetch(relay, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...(token && { token }), records: records.map(toBase64Url) }),
      })
      const facts = { relay: relay.origin, status: response.status }
      if (response.status === 401 || response.status === 403) throw new TokenRefusedError(facts)
      if (response.status === 422) throw new RecordRefusedError(facts)
      const body = await jsonOf(response, relay.origin)
      if (typeof body['id'] !== 'string')
        throw new RelayUnavailableError({ relay: relay.origin, status: response.status })
      return { id: body['id'] }
    },
    async state(id) {
      const response = await fetch(new URL(`/relay/${encodeURIComponent(id)}`, url))
      if (response.status === 404) return { state: 'unknown' }
      return readState(await jsonOf(response, relay.origin))
    },
  }
}

/** The relays of all institutions; one that published no usable address has none. */
export function relaysOf(
  view: Pick<ChainView, 'institutions'>,
  fetch: typeof globalThis.fetch,
): readonly Carrier[] {
  return view.institutions().flatMap(({ url }) => {
    const place = webPlace(url)
    return place ? [httpCarrier(place.origin, fetch)] : []
  })
}

async function jsonOf(response: Response, relay: string): Promise<Record<string, unknown>> {
  if (!response.ok) throw new RelayUnavailableError({ relay, status: response.status })
  const body: unknown = await response.json()
  if (typeof body !== 'object' || body === null)
    throw new RelayUnavailableError({ relay, status: response.status })
  return body as Record<string, unknown>
}

function readState(body: Record<string, unknown>): CarrierState {
  const state = (['queued', 'sent', 'mined', 'rejected'] as const).find(
    (name) => name === body['state'],
  )
  const { transaction, reason } = body
  return {
    state: state ?? 'unknown',
    transaction: typeof transaction === 'string' ? (transaction as Hex) : undefined,
    reason: typeof reason === 'string' ? reason : undefined,
  }
}

/** No relay took the record, or it answered in no form we know. */
export class RelayUnavailableError extends RetryableError {
  readonly code = 'RELAY_UNAVAILABLE'
  constructor(facts: { relay: string; status: number }) {
    super('A relay did not take a message.', {
      facts: [`Relay: ${facts.relay}`, `Status: ${facts.status}`],
    })
  }
}

/** The relay says that the ledger would refuse the record. */
export class RecordRefusedError extends MedrecError {
  readonly code = 'RECORD_NOT_TAKEN'
  constructor(facts: { relay: string; status: number }) {
    super('A relay says that the ledger would refuse a message.', {
      facts: [`Relay: ${facts.relay}`, `Status: ${facts.status}`],
    })
  }
}

/** The relay does not accept our token (spent, or of another day). */
export class TokenRefusedError extends MedrecError {
  readonly code = 'TOKEN_REFUSED'
  constructor(facts: { relay: string; status: number }) {
    super('A relay refused the token of this message.', {
      facts: [`Relay: ${facts.relay}`, `Status: ${facts.status}`],
    })
  }
}
