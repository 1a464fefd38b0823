import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Hex } from '@medrec/protocol'
import WebSocket, { WebSocketServer } from 'ws'

/** A door that passes all on and, after each subscription that it took, says something of its own too. */
export type Teller = {
  readonly url: string
  /** Resolves once a follower heard it twice, or hung up. */
  readonly told: Promise<void>
  close(): Promise<void>
}

export async function startTeller(
  to: string,
  tell: (subscription: Hex) => unknown,
): Promise<Teller> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const followers = new Set<WebSocket>()
  let left = 2
  let done = (): void => undefined
  const told = new Promise<void>((resolve) => {
    done = resolve
  })
  server.on('connection', (near) => {
    followers.add(near)
    const far = new WebSocket(to)
    const opened = once(far, 'open')
    opened.catch(() => near.terminate()) // hung up before it stood, for instance
    near.on('message', (data) => {
      opened.then(
        () => far.send(String(data)),
        () => undefined,
      )
    })
    far.on('message', (data) => {
      near.send(String(data))
      const { result } = JSON.parse(String(data)) as { readonly result?: unknown }
      // Of what a follower asks, only names of subscriptions are 16 bytes.
      if (typeof result !== 'string' || !/^0x[0-9a-f]{32}$/.test(result)) return
      near.send(JSON.stringify({ jsonrpc: '2.0', ...(tell(result as Hex) as object) }))
      const heard = (): void => void (--left === 0 && done())
      near.once('pong', heard)
      near.once('close', heard)
      near.ping()
    })
    near.once('close', () => far.close())
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    close: async () => {
      for (const near of followers) near.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}
