import { MedrecError } from '@medrec/protocol'

/** A member of staff who is signed in at an institution's node, by program. */
export type StaffClient = {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
}

/** Signs in at an institution's node. Throws StaffRequestError. */
export async function signIn(
  url: string,
  login: string,
  password: string,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<StaffClient> {
  const post = async (path: string, body: unknown, cookie?: string): Promise<Response> =>
    fetch(`${url}/api/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-medrec': '1',
        ...(cookie === undefined ? {} : { cookie }),
      },
      body: JSON.stringify(body),
    })
  const response = await post('login', { name: login, password })
  await bodyOf(response, 'login')
  const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] as string
  return {
    get: async <T>(path: string) =>
      (await bodyOf(await fetch(`${url}/api/${path}`, { headers: { cookie } }), path)) as T,
    post: async <T>(path: string, body: unknown) =>
      (await bodyOf(await post(path, body, cookie), path)) as T,
  }
}

async function bodyOf(response: Response, path: string): Promise<unknown> {
  const body = (await response.json().catch(() => ({}))) as { code?: string; message?: string }
  if (response.ok) return body
  throw new StaffRequestError(path.split('/')[0] as string, response.status, body)
}

/** An institution's node did not do what its staff asked for. */
export class StaffRequestError extends MedrecError {
  readonly code = 'STAFF_REQUEST'
  readonly status: number
  /** The node's own code */
  readonly reason: string
  constructor(what: string, status: number, body: { code?: string; message?: string }) {
    super(body.message ?? 'The institution’s node did not do this.', {
      facts: [`Request: ${what}`, `Status: ${status}`, `Code: ${body.code ?? 'none'}`],
    })
    this.status = status
    this.reason = body.code ?? ''
  }
}
