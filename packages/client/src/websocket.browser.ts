/** Opens a WebSocket. */
export function openWebSocket(url: string): WebSocket {
  return new WebSocket(url)
}
