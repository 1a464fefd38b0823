import { setTimeout } from 'node:timers/promises'
import { clock } from './Actor.ts'

/** Resolves when the real clock has come to a time, in unix seconds; a timer alone comes some milliseconds early. */
export async function untilOver(time: number): Promise<void> {
  for (let left = time - clock(); left > 0; left = time - clock()) await setTimeout(left * 1000)
}
