import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** An address that leads to another one, with every byte half a round trip late each way. */
export type Delayed = { readonly url: string; stop(): void }

/** Puts a distance of `rttMs` (of each message to its answer) before a WebSocket address on loopback. */
export async function delayed(url: string, rttMs: number): Promise<Delayed> {
  if (rttMs === 0) return { url, stop: () => undefined }
  const target = new URL(url)
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.once('error', () => socket.destroy())
    }
    carry(near, far, rttMs / 2)
    carry(far, near, rttMs / 2)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = (): void => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { url: `ws://127.0.0.1:${port}`, stop }
}

/** Timers of one length fire in the order they were set, so no byte overtakes another. */
function carry(from: Socket, to: Socket, ms: number): void {
  from.on('data', (bytes) => setTimeout(() => to.write(bytes), ms))
  from.once('close', () => setTimeout(() => to.destroy(), ms))
}
