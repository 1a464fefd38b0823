import { freePorts as freeOnes } from '../packages/node/src/demo/ports.ts'

const given: number[] = []

/** Ports that nobody listens on now, none of which this process was given before: whoever got one may not listen yet. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = await freeOnes(count, given)
  given.push(...ports)
  return ports
}
