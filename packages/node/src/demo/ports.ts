import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { PortInUseError } from '../problems.ts'

/** Below the ports that systems give to outgoing connections, one of which could take a port before its node does. */
const usual = { first: 10_240, last: 32_000 }

/** Ports that are free on this machine now, each another one and none of `taken`. */
export async function freePorts(
  count: number,
  taken: readonly number[] = [],
): Promise<readonly number[]> {
  const { first, last } = ownPorts(process.env['MEDREC_PORTS'])
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(first, last)
    if (!taken.includes(port) && (await isFree(port))) ports.add(port)
  }
  return [...ports]
}

/** `FIRST-LAST` out of the environment: demonstrations that start side by side are told apart by it. */
function ownPorts(told: string | undefined): typeof usual {
  const [, first, last] = /^(\d{4,5})-(\d{4,5})$/.exec(told ?? '') ?? []
  return first && last ? { first: Number(first), last: Number(last) } : usual
}

/** The port itself, or for 0 a free one; none of `taken`, at which others will listen: it must be known before anybody does. Throws PortInUseError. */
export async function chosenPort(port: number, taken: readonly number[]): Promise<number> {
  if (port === 0) return (await freePorts(1, taken))[0] as number
  if (taken.includes(port)) throw new PortInUseError(port)
  await checkPort(port)
  return port
}

/** Throws PortInUseError when somebody listens on the port already. */
export async function checkPort(port: number): Promise<void> {
  const server = await listening(port)
  await new Promise((resolve) => server.close(resolve))
}

async function isFree(port: number): Promise<boolean> {
  try {
    await checkPort(port)
    return true
  } catch (cause) {
    if (cause instanceof PortInUseError) return false
    throw cause
  }
}

function listening(port: number): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (cause: Error & { code?: string }) =>
      reject(cause.code === 'EADDRINUSE' ? new PortInUseError(port, { cause }) : cause),
    )
    server.listen(port, 'localhost', () => resolve(server))
  })
}
