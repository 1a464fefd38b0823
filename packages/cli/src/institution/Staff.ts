import { MedrecError, RetryableError } from '@medrec/protocol'
import { RefusedError } from '../participant/errors.ts'

/** A member of staff, signed in at an institution's node as its screens are. */
export type Staff = {
  readonly name: string
  get<T>(path: string): Promise<T>
  /** An export as it comes, piece by piece. */
  pieces(path: string): Promise<AsyncIterable<Uint8Array>>
  post<T>(path: string, body: unknown): Promise<T>
  /** Asks again at every event that the node tells its screens; undefined when the time was over before. */
  until<T>(path: string, wanted: (answer: T) => boolean, seconds: number): Promise<T | undefined>
  /** Ends the session. */
  signOut(): Promise<void>
}

/** Longest wait for one answer, in milliseconds; a write waits for the institution's own database. */
const patienceMs = 60_000

/** Signs in with name and password; the cookie is the session (paper III-C.4). Throws RefusedError, InstitutionUnavailableError. */
export async function signIn(login: {
  readonly url: string
  readonly login: string
  readonly password: string
}): Promise<Staff> {
  const { url } = login
  const headers = { 'content-type': 'application/json', 'x-medrec': '1' }
  const send = (path: string, body: unknown, cookie = ''): Promise<Response> =>
    ask(url, path, {
      method: 'POST',
      headers: { ...headers, ...(cookie && { cookie }) },
      body: JSON.stringify(body),
    })
  const opened = await send('login', { name: login.login, password: login.password })
  const { staff } = await bodyOf<{ staff?: { name?: string } }>(url, opened)
  const [cookie = ''] = opened.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
  const get = async <T>(path: string): Promise<T> =>
    bodyOf<T>(url, await ask(url, path, { headers: { cookie } }))
  return {
    name: staff?.name ?? login.login,
    get,
    async pieces(path) {
      const stalled = new AbortController()
      const { body } = await ask(url, path, { headers: { cookie }, signal: stalled.signal })
      if (!body) throw new NoInstitutionError(url, undefined)
      return whileItMoves(url, body, stalled)
    },
    post: async <T>(path: string, body: unknown) => bodyOf<T>(url, await send(path, body, cookie)),
    async until<T>(path: string, wanted: (answer: T) => boolean, seconds: number) {
      const signal = AbortSignal.timeout(seconds * 1_000)
      try {
        const events = await ask(url, 'events', { headers: { cookie }, signal })
        for await (const _ of events.body ?? []) {
          const answer = await get<T>(path)
          if (wanted(answer)) return answer
        }
      } catch (error) {
        if (!signal.aborted) throw error
      }
      return undefined
    },
    signOut: async () => void (await send('logout', {}, cookie)),
  }
}

/** An export may take long, as long as it goes on. */
async function* whileItMoves(
  url: string,
  body: AsyncIterable<Uint8Array>,
  stalled: AbortController,
): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(() => stalled.abort(), patienceMs)
  try {
    for await (const piece of body) {
      timer.refresh()
      yield piece
    }
  } catch (cause) {
    throw new InstitutionUnavailableError(url, ['Its answer broke off.'], cause)
  } finally {
    clearTimeout(timer)
  }
}

async function ask(url: string, path: string, request: RequestInit): Promise<Response> {
  let response: Response
  try {
    const signal = request.signal ?? AbortSignal.timeout(patienceMs)
    response = await fetch(`${url}/api/${path}`, { ...request, signal })
  } catch (cause) {
    if (request.signal?.aborted) throw cause
    throw new InstitutionUnavailableError(url, ['It does not answer.'], cause)
  }
  if (response.ok) return response
  const problem = (await response.json().catch(() => ({}))) as Partial<Record<string, unknown>>
  const facts = ['message', 'whatToDo'].flatMap((name) =>
    typeof problem[name] === 'string' ? [String(problem[name])] : [],
  )
  const code = typeof problem['code'] === 'string' ? problem['code'] : `HTTP ${response.status}`
  if (response.status === 429 || response.status === 503)
    throw new InstitutionUnavailableError(url, [`Reason: ${code}`, ...facts])
  throw new RefusedError(code, facts)
}

async function bodyOf<T>(url: string, response: Response): Promise<T> {
  try {
    return (await response.json()) as T
  } catch (cause) {
    throw new NoInstitutionError(url, cause)
  }
}

/** The institution's node does not answer, or asks to come again later. */
export class InstitutionUnavailableError extends RetryableError {
  readonly code = 'INSTITUTION_UNAVAILABLE'
  constructor(url: string, facts: readonly string[], cause?: unknown) {
    super('The institution cannot answer now.', {
      cause,
      facts: [`Institution: ${url}`, ...facts, 'Nothing was changed.'],
    })
  }
}

/** What answers at this address is no institution's node. */
export class NoInstitutionError extends MedrecError {
  readonly code = 'NO_INSTITUTION'
  constructor(url: string, cause: unknown) {
    super('What answers at this address is no institution’s node.', {
      cause,
      facts: [`Address: ${url}`, 'Nothing was changed. Check --url.'],
    })
  }
}
