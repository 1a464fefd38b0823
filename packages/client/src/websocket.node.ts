import WebSocket from 'ws'

/** Opens a WebSocket, or fails after so many milliseconds; messages over 64 MiB end the connection. */
export function openWebSocket(url: string, handshakeTimeout: number): globalThis.WebSocket {
  const socket: unknown = new WebSocket(url, {
    maxPayload: 64 * 1024 * 1024,
    perMessageDeflate: false,
    handshakeTimeout,
  })
  return socket as globalThis.WebSocket
}

/** Sends an unasked pong, which no answer follows (RFC 6455 §5.5.3): with it goes what TCP would acknowledge later. */
export function acknowledge(socket: globalThis.WebSocket): void {
  const open = socket as unknown as WebSocket
  if (open.readyState === open.OPEN) open.pong()
}

/** Ends a connection whose other end is taken for gone: no goodbye is waited for. */
export function abandon(socket: globalThis.WebSocket): void {
  const open = socket as unknown as WebSocket
  open.terminate()
}
