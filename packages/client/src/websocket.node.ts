import WebSocket from 'ws'

/** Opens a WebSocket; messages over 64 MiB end the connection. */
export function openWebSocket(url: string): globalThis.WebSocket {
  const socket: unknown = new WebSocket(url, {
    maxPayload: 64 * 1024 * 1024,
    perMessageDeflate: false,
  })
  return socket as globalThis.WebSocket
}
