import { FhirClient } from '../adapter/fhir/FhirClient.ts'
import type { Source } from '../adapter/source.ts'
import { RecordsUnreachableError } from './RecordsUnreachableError.ts'

export type FhirSource = Extract<Source, { readonly engine: 'fhir' }>

/** Largest statement of what a server can do, in bytes; HAPI's has 2 MB. */
const largest = 16_000_000
/** Longest wait for it, in milliseconds: a server that just started composes it first. */
const longest = 60_000

/**
 * Asks a server for what it can do (FHIR R4, section 3.1.0.7, capabilities). Throws RecordsUnreachableError when it
 * does not answer, does not let us in or speaks another version.
 */
export async function tryFhir(source: FhirSource): Promise<void> {
  const client = new FhirClient(source.authorization)
  try {
    const { status, body } = await client.ask({
      ...{ method: 'GET', address: `${source.base}/metadata`, bytes: largest },
      signal: AbortSignal.timeout(longest),
    })
    if (status === 401 || status === 403) throw RecordsUnreachableError.told(source, 'HTTP 401')
    const version = body?.['fhirVersion']
    if (status !== 200 || typeof version !== 'string' || !version.startsWith('4.0'))
      throw RecordsUnreachableError.told(source, 'no FHIR R4')
  } catch (error) {
    throw error instanceof RecordsUnreachableError
      ? error
      : RecordsUnreachableError.of(source, error)
  } finally {
    client.close()
  }
}
