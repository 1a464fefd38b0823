import type { Rpc } from '../rpc.ts'
import { RpcRefusedError, RpcUnavailableError } from '../rpcErrors.ts'
import { type DoorReach, doorRefusal } from './doorMethods.ts'

/** What answers at a door: the engine or other door behind it, as far as the reach lets it. */
export type Answering = DoorReach & { readonly upstream: Rpc }

/** One request of a message from outside. */
export type DoorRequest = {
  readonly id: number | string | null
  readonly method: string
  readonly params: readonly unknown[]
}

type Reply = { readonly jsonrpc: '2.0'; readonly id: unknown } & (
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }
)

const mostInBatch = 50

/** Reads a message: one request, or a batch of at most 50; undefined for what is neither. */
export function parseMessage(text: string): DoorRequest | readonly DoorRequest[] | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(parsed)) return parseRequest(parsed)
  const requests = parsed.map(parseRequest).filter((request) => request !== undefined)
  const isGood = requests.length === parsed.length && requests.length > 0
  return isGood && requests.length <= mostInBatch ? requests : undefined
}

function parseRequest(message: unknown): DoorRequest | undefined {
  if (typeof message !== 'object' || message === null || !('method' in message)) return undefined
  const { id, method, params } = message as { id?: unknown; method: unknown; params?: unknown }
  if (typeof method !== 'string' || (params !== undefined && !Array.isArray(params)))
    return undefined
  if (typeof id !== 'number' && typeof id !== 'string' && id !== null) return undefined
  return { id, method, params: (params as unknown[] | undefined) ?? [] }
}

/** Answer to what is no request. */
export const malformed: Reply = failed(null, { code: -32600, message: 'not a JSON-RPC request' })

/** Answers a POST body. */
export async function answerText(body: string, door: Answering): Promise<string> {
  const message = parseMessage(body)
  if (!message) return JSON.stringify(malformed)
  const answer = (request: DoorRequest): Promise<Reply> => answerRequest(request, door)
  return JSON.stringify(
    'method' in message
      ? await answer(message)
      : await door.upstream.together(() => Promise.all(message.map(answer))),
  )
}

/** Passes one request on, or refuses it. */
export async function answerRequest(request: DoorRequest, door: Answering): Promise<Reply> {
  const refusal = doorRefusal(request.method, request.params, door)
  if (refusal) return failed(request.id, refusal)
  try {
    const result = await door.upstream.request(request.method, request.params)
    return { jsonrpc: '2.0', id: request.id, result }
  } catch (cause) {
    return failed(request.id, errorOf(cause))
  }
}

/** A refusal or failure as JSON-RPC. */
export function failed(
  id: unknown,
  error: { readonly code: number; readonly message: string; readonly data?: unknown },
): Reply {
  return { jsonrpc: '2.0', id, error }
}

/** What the other side may know of an error: the engine's own words, or that it is not there. */
export function errorOf(cause: unknown): {
  readonly code: number
  readonly message: string
  readonly data?: unknown
} {
  if (cause instanceof RpcRefusedError)
    return {
      code: cause.rpcCode,
      message: cause.reason,
      ...(cause.data === undefined ? {} : { data: cause.data }),
    }
  if (cause instanceof RpcUnavailableError)
    return { code: -32002, message: 'the chain does not answer' }
  return { code: -32603, message: 'the chain has stopped' }
}
