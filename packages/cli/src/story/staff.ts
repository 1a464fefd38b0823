import { StoryFailedError } from './check.ts'
import type { Trace } from './Trace.ts'

/** A member of staff, signed in at an institution's node as its screens are. */
export type Staff = {
  readonly name: string
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  /** Asks again at every event that the node tells its screens, until the answer is as wanted. */
  until<T>(what: string, path: string, wanted: (answer: T) => boolean): Promise<T>
}

/** Where a message of the institution stands. */
type Standing = {
  readonly state: string
  readonly reason?: string
  readonly block?: number
}

const patienceMs = 60_000

/** Signs in with name and password; the cookie is the session (paper III-C.4). */
export async function signInStaff(login: {
  readonly url: string
  readonly login: string
  readonly password: string
  readonly name: string
}): Promise<Staff> {
  const { url } = login
  const send = async (path: string, body: unknown, cookie?: string): Promise<Response> => {
    const response = await fetch(`${url}/api/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-medrec': '1',
        ...(cookie !== undefined && { cookie }),
      },
      body: JSON.stringify(body),
    })
    return accepted(path, response)
  }
  const opened = await send('login', { name: login.login, password: login.password })
  const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const ask = (path: string, signal?: AbortSignal): Promise<Response> =>
    fetch(`${url}/api/${path}`, { headers: { cookie }, ...(signal && { signal }) })
  const get = async <T>(path: string): Promise<T> =>
    (await (await accepted(path, await ask(path))).json()) as T
  return {
    name: login.name,
    get,
    post: async <T>(path: string, body: unknown) =>
      (await (await send(path, body, cookie)).json()) as T,
    async until<T>(what: string, path: string, wanted: (answer: T) => boolean) {
      const abort = new AbortController()
      const timer = setTimeout(() => abort.abort(), patienceMs)
      try {
        const events = await ask('events', abort.signal)
        for await (const _ of events.body ?? []) {
          const answer = await get<T>(path)
          if (wanted(answer)) return answer
        }
      } catch (error) {
        if (!abort.signal.aborted) throw error
      } finally {
        clearTimeout(timer)
        abort.abort()
      }
      throw new StoryFailedError(what, { expected: 'within a minute', found: 'not' })
    },
  }
}

/** Waits until a message that staff caused stands on the chain. Throws StoryFailedError when it was rejected. */
export async function mined(staff: Staff, submission: string, trace: Trace): Promise<void> {
  const what = 'The institution’s message stands on the chain'
  const { state, reason, block } = await staff.until<Standing>(
    what,
    `submissions/${encodeURIComponent(submission)}`,
    ({ state: now }) => now !== 'queued' && now !== 'seen',
  )
  if (state === 'rejected')
    throw new StoryFailedError(what, { expected: 'mined', found: reason ?? state })
  trace.add(block)
}

async function accepted(path: string, response: Response): Promise<Response> {
  if (response.ok) return response
  const { code } = (await response.json().catch(() => ({}))) as { code?: string }
  // The node's words may name the patient; its code does not.
  throw new StoryFailedError(`The institution’s node answers ${path.split(/[/?]/)[0] ?? ''}`, {
    expected: '200',
    found: `${response.status} ${code ?? ''}`.trim(),
  })
}
