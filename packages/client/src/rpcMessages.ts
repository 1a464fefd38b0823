/** Answer to one JSON-RPC request. */
export type Reply = {
  readonly id: number | string | null
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

/** A message of a subscription. */
export type Notification = {
  readonly method: 'eth_subscription'
  readonly params: { readonly subscription: string; readonly result: unknown }
}

/** Whether a parsed message answers a request. */
export function isReply(message: unknown): message is Reply {
  if (typeof message !== 'object' || message === null || !('id' in message)) return false
  const { id } = message
  if (typeof id !== 'number' && typeof id !== 'string' && id !== null) return false
  if (!('error' in message) || message.error === undefined) return 'result' in message
  const error = message.error as { code?: unknown; message?: unknown } | null
  return error !== null && typeof error.code === 'number' && typeof error.message === 'string'
}

/** Whether a parsed message belongs to a subscription. */
export function isNotification(message: unknown): message is Notification {
  if (typeof message !== 'object' || message === null || !('method' in message)) return false
  const { params } = message as { params?: { subscription?: unknown } }
  return message.method === 'eth_subscription' && typeof params?.subscription === 'string'
}
