/** Opens a WebSocket; the browser itself gives up after a while. */
export function openWebSocket(url: string, _: number): WebSocket {
  return new WebSocket(url)
}

/** Nothing: a page asks doors only, which hold no answer back. */
export function acknowledge(_: WebSocket): void {}

/** Ends a connection whose other end is taken for gone. */
export function abandon(socket: WebSocket): void {
  socket.close()
}
