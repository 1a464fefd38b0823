import { type Random, randomOf } from '../samples/random.ts'

/** What goes wrong in a run. */
export const families = ['power', 'disk', 'clock', 'wire', 'door', 'files', 'reorg'] as const
export type Family = (typeof families)[number]

/** What the people of a run do, in this order. */
export const actions = [
  'enrol',
  'accept',
  'meet',
  'write',
  'grant',
  'read',
  'correct',
  'end',
] as const
export type Action = (typeof actions)[number]

export const machines = ['hospital', 'patient', 'doctor', 'chain'] as const
export type MachineName = (typeof machines)[number]

/** How a share is ended. */
export type Ending = 'revoke' | 'stopAll' | 'close'

/** One run, drawn from its seed alone. */
export type Plan = {
  readonly seed: number
  readonly family: Family
  /** Where it strikes. */
  readonly machine: MachineName
  /** During (or after) which action, and at which of its moments. */
  readonly action: Action
  readonly moment: number
  readonly ending: Ending
  /** Of a full disk: whether the node is started again once there is room. */
  readonly restart: boolean
  /** Of a clock: seconds that it jumps ahead. */
  readonly jump: number
  /** Of a reorganisation: blocks that vanish. */
  readonly depth: number
  /** Of the wire: how often something happens to a request. */
  readonly mishaps: number
  readonly random: Random
}

/** Blocks of the deepest reorganisation. */
export const deepest = 5
const hour = 3_600
const day = 24 * hour

/** Draws a run; the same seed and family give the same one. */
export function planOf(family: Family, seed: number): Plan {
  const random = randomOf(`failures/${family}/${seed}`)
  const action = random.pick(actions)
  return {
    ...{ seed, family, action, random },
    machine: machineFor(family, action, random),
    // Most actions take some dozen moments; those far out strike what goes on by itself afterwards.
    moment: random.chance(0.8) ? random.whole(1, 40) : random.whole(41, 150),
    ending: random.pick(['revoke', 'stopAll', 'close']),
    restart: random.chance(0.5),
    jump: random.pick([-day, -hour, hour, day]),
    depth: random.whole(1, deepest),
    mishaps: random.pick([0.1, 0.3, 0.5]),
  }
}

const actors: Readonly<Record<Action, readonly MachineName[]>> = {
  enrol: ['hospital'],
  accept: ['patient', 'hospital'],
  meet: ['patient', 'doctor'],
  write: ['hospital'],
  grant: ['patient', 'doctor', 'hospital'],
  read: ['doctor', 'hospital'],
  correct: ['hospital'],
  end: ['patient', 'hospital'],
}

/** Mostly a machine that takes part in the action; now and then any. */
function machineFor(family: Family, action: Action, random: Random): MachineName {
  if (family === 'reorg') return 'chain'
  const any = machines.filter((name) => family !== 'disk' || name !== 'chain')
  return random.chance(0.75) ? random.pick(actors[action]) : random.pick(any)
}
