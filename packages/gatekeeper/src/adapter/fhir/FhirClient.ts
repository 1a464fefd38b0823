import { DatabaseBusyError, DatabaseStoppedError, longestQueue } from '../Adapter.ts'
import { isObject, type JsonObject, parseLossless } from './losslessJson.ts'

const media = 'application/fhir+json'
/** Requests under way at once; more wait. */
const atOnce = 6

export type FhirAnswer = {
  readonly status: number
  /** Undefined when the body is no JSON object. */
  readonly body: JsonObject | undefined
  readonly headers: Headers
}

export type FhirRequest = {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly address: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Largest body that is read. */
  readonly bytes: number
  readonly signal: AbortSignal
}

/** Asks a FHIR server; redirects are not followed, since they lead anywhere. */
export class FhirClient {
  readonly #authorization: string | undefined
  readonly #closing = new AbortController()
  readonly #waiting: (() => void)[] = []
  #running = 0
  #isUp = true

  constructor(authorization: string | undefined) {
    this.#authorization = authorization
  }

  /** Throws DatabaseBusyError, DatabaseStoppedError, AnswerTooLargeError. */
  async ask(request: FhirRequest): Promise<FhirAnswer> {
    await this.#turn()
    try {
      return await this.#answer(request)
    } finally {
      this.#running -= 1
      this.#waiting.shift()?.()
    }
  }

  isUp(): boolean {
    return this.#isUp
  }

  close(): void {
    this.#closing.abort()
  }

  async #turn(): Promise<void> {
    if (this.#waiting.length >= longestQueue) throw new DatabaseBusyError()
    if (this.#running >= atOnce)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    this.#running += 1
  }

  async #answer({
    method,
    address,
    headers,
    body,
    bytes,
    signal,
  }: FhirRequest): Promise<FhirAnswer> {
    try {
      const response = await fetch(address, {
        method,
        redirect: 'error',
        signal: AbortSignal.any([signal, this.#closing.signal]),
        headers: {
          ...{ accept: media, prefer: 'handling=strict', ...headers },
          ...(this.#authorization !== undefined && { authorization: this.#authorization }),
          ...(body !== undefined && { 'content-type': media }),
        },
        ...(body !== undefined && { body }),
      })
      const text = await textOf(response, bytes)
      this.#isUp = true
      return { status: response.status, body: objectOf(text), headers: response.headers }
    } catch (error) {
      if (error instanceof AnswerTooLargeError) throw error
      if (this.#closing.signal.aborted) throw new DatabaseStoppedError()
      if (signal.aborted) throw new DatabaseBusyError()
      this.#isUp = false
      throw new DatabaseStoppedError(codeOf(error))
    }
  }
}

async function textOf(response: Response, most: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length
    if (bytes > most) throw new AnswerTooLargeError()
    chunks.push(chunk as Uint8Array)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function objectOf(text: string): JsonObject | undefined {
  try {
    const value = parseLossless(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined // an error page, say: the status tells
  }
}

function codeOf(error: unknown): string | undefined {
  const { cause } = error as { cause?: { code?: unknown } }
  return typeof cause?.code === 'string' ? cause.code : undefined
}

/** More came than an answer may hold. */
export class AnswerTooLargeError extends Error {}
