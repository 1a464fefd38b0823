import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import type { Place } from './GethNode.ts'

/** Network namespaces of nodes that speak to each other over one switch, whose cables can be pulled. */
export type Namespaces = {
  readonly places: readonly Place[]
  /** From now on nothing passes between a node and the others; this process still reaches it. */
  cut(node: number): void
  heal(node: number): void
  /** Removes the namespaces and all that is in them. */
  close(): void
}

/** Why no namespace can be made here; undefined where they can. */
export const lacksNamespaces: string | undefined =
  process.platform !== 'linux'
    ? 'no network namespaces: this is not Linux'
    : process.getuid?.() !== 0
      ? 'making network namespaces needs root'
      : spawnSync('ip', ['netns', 'list']).status === 0
        ? undefined
        : 'no network namespaces here (ip netns)'

/** Ports may be the same everywhere: each namespace has its own. */
const ports = { peer: 30_303, rpc: 8_545, unused: 8_551 }

/** Makes namespaces; addresses are of 198.18.0.0/15, which no network routes (RFC 2544, appendix C.2.2). */
export function openNamespaces(count: number): Namespaces {
  const network = unusedNumber()
  const name = (what: string): string => `mr${network}${what}`
  const made: string[] = []
  const make = (namespace: string): string => {
    ip('netns', 'add', namespace)
    made.push(namespace)
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
    return namespace
  }
  const close = (): void => {
    for (const namespace of made.splice(0)) ip('netns', 'del', namespace)
  }
  try {
    const hub = make(name('hub'))
    ip('-n', hub, 'link', 'add', 'br0', 'type', 'bridge')
    ip('-n', hub, 'link', 'set', 'br0', 'up')
    const places = Array.from({ length: count }, (_, i) =>
      plug(make(name(`n${i}`)), hub, [network, i]),
    )
    const set = (node: number, state: 'up' | 'down'): void =>
      ip('-n', hub, 'link', 'set', `port${node}`, state)
    return { places, cut: (node) => set(node, 'down'), heal: (node) => set(node, 'up'), close }
  } catch (error) {
    close()
    throw error
  }
}

/** A number whose namespaces nobody has: those of a run that was killed are still there. */
function unusedNumber(): number {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  const used = new Set([...stdout.matchAll(/^mr(\d+)\D/gm)].map(([, number]) => Number(number)))
  const free = Array.from({ length: 254 }, (_, i) => i + 1).filter((number) => !used.has(number))
  return free[randomInt(free.length)] as number
}

/** Two cables for a node: one to the switch, for its peers, and one to this process, for requests. */
function plug(namespace: string, hub: string, [network, node]: readonly [number, number]): Place {
  const peer = `198.18.${network}.${node + 1}`
  const [ours, theirs] = [4 * node + 1, 4 * node + 2].map((host) => `198.19.${network}.${host}`)
  const cable = `mr${network}c${node}`
  ip(
    'link',
    'add',
    'peers',
    'netns',
    namespace,
    'type',
    'veth',
    'peer',
    `port${node}`,
    'netns',
    hub,
  )
  ip('-n', hub, 'link', 'set', `port${node}`, 'master', 'br0', 'up')
  ip('-n', namespace, 'address', 'add', `${peer}/24`, 'dev', 'peers')
  ip('-n', namespace, 'link', 'set', 'peers', 'up')
  ip('link', 'add', cable, 'type', 'veth', 'peer', 'requests', 'netns', namespace)
  ip('address', 'add', `${ours}/30`, 'dev', cable)
  ip('link', 'set', cable, 'up')
  ip('-n', namespace, 'address', 'add', `${theirs}/30`, 'dev', 'requests')
  ip('-n', namespace, 'link', 'set', 'requests', 'up')
  return {
    peerAddress: peer,
    rpcAddress: theirs as string,
    enter: ['ip', 'netns', 'exec', namespace],
    ports,
    neighbours: `198.18.${network}.0/24`,
  }
}

function ip(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`)
}
