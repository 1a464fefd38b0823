import { Gate } from './Gate.ts'
import { places } from './history.ts'
import { type Disagreement, play, type Third, type Told } from './play.ts'

/** What one process did. */
export type Work = {
  readonly histories: number
  readonly told: Readonly<Record<string, number>>
  readonly disagreement: Disagreement | undefined
  /** What it took of one core, without loading the code. */
  readonly cpuMs: number
}

export type WorkOptions = {
  readonly seed: number
  /** Numbers of the first history and of the one after the last. */
  readonly from: number
  readonly to: number
  /** Which of `stride` processes this is: each plays its own rounds. */
  readonly first: number
  readonly stride: number
}

/** Plays the rounds of one process until they are played or one history disagrees. */
export function work(options: WorkOptions, third?: Third): Work {
  const told: Told = new Map()
  const started = process.cpuUsage()
  const gate = new Gate()
  try {
    const { histories, disagreement } = playRounds(gate, told, { ...options, third })
    const { user, system } = process.cpuUsage(started)
    const cpuMs = Math.round((user + system) / 1_000)
    return { histories, told: Object.fromEntries(told), disagreement, cpuMs }
  } finally {
    gate.close()
  }
}

function playRounds(
  gate: Gate,
  told: Told,
  { seed, from, to, first, stride, third }: WorkOptions & { readonly third: Third | undefined },
): Pick<Work, 'histories' | 'disagreement'> {
  let histories = 0
  for (let round = Math.floor(from / places) + first; round * places < to; round += stride) {
    const disagreement = gate.round(() => {
      const last = Math.min(to, (round + 1) * places)
      for (let number = Math.max(from, round * places); number < last; number++) {
        histories++
        const found = play(gate, told, { seed, number, ...(third && { third }) })
        if (found) return found
      }
      return undefined
    })
    if (disagreement) return { histories, disagreement }
  }
  return { histories, disagreement: undefined }
}
