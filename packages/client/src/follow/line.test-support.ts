import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP line between a follower and a door, which a test spoils. */
export type Line = {
  readonly url: string
  /** Leads new connections elsewhere, and cuts those that stand. */
  leadTo(url: string): void
  /** From now on nothing goes through, in either direction; who connects is taken and gets no word. */
  hold(): void
  /** What was held goes through, as late as it is. */
  release(): void
  /** New connections go through again; those that were held stay silent for ever. */
  replace(): void
  /** Says to the follower that nothing more will come, and goes on listening to it. */
  halfClose(): void
  close(): Promise<void>
}

type Pair = { readonly near: Socket; readonly far: Socket }

export async function startLine(to: string): Promise<Line> {
  let target = new URL(to)
  let isHeld: boolean = false
  const pairs = new Set<Pair>()
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const { port, hostname: host, host: name } = target
    const far = connect({ port: Number(port), host, allowHalfOpen: true })
    near.once('data', (head: Buffer) => {
      // A proxy asks under the name of what is behind it (RFC 9110 section 7.2).
      far.write(String(head).replace(/^host: .*$/im, `Host: ${name}`))
      near.on('data', (chunk) => far.write(chunk))
    })
    far.on('data', (chunk) => near.write(chunk))
    const pair = { near, far }
    pairs.add(pair)
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      from.once('end', () => into.end())
      from.once('error', () => into.destroy())
      from.once('close', () => {
        into.destroy()
        pairs.delete(pair)
      })
      if (isHeld) from.pause()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const all = (act: (socket: Socket) => unknown): void => {
    for (const { near, far } of pairs) {
      act(near)
      act(far)
    }
  }
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (url) => {
      target = new URL(url)
      all((socket) => socket.destroy())
    },
    hold: () => {
      isHeld = true
      all((socket) => socket.pause())
    },
    release: () => {
      isHeld = false
      all((socket) => socket.resume())
    },
    replace: () => {
      isHeld = false
    },
    halfClose: () => {
      for (const { near } of pairs) near.end()
    },
    close: async () => {
      all((socket) => socket.destroy())
      server.close()
      await once(server, 'close')
    },
  }
}
