import type { Mishap } from './machine/Wire.ts'
import type { Plan } from './plan.ts'
import type { Stage } from './town/Stage.ts'

/** How long a disk stays full and a clock wrong, in milliseconds: some dozen steps. */
const illness = 250

/** Something that goes wrong once, at the moment that the plan names. */
export type Fault = {
  /** From now on the plan's moments count. */
  arm(): void
  /** Ends what is not over by itself. */
  heal(): Promise<void>
  /** Whether and where it struck. */
  struck(): string | undefined
}

/** Makes the plan's fault for the machines of a stage. */
export function faultOf(stage: Stage, plan: Plan): Fault {
  if (plan.family === 'wire') return wireFault(stage, plan)
  const machine = stage.machine(plan.machine)
  const strike = strikes(stage, plan)
  return {
    arm: () => machine.moments.arm(plan.moment, strike.begin),
    heal: async () => {
      machine.moments.disarm()
      await strike.heal()
    },
    struck: () => machine.moments.struckAt,
  }
}

type Strike = { begin(): void; heal(): Promise<void> }

function strikes(stage: Stage, plan: Plan): Strike {
  switch (plan.family) {
    case 'power':
      return powerCut(stage, plan)
    case 'disk':
      return fullDisk(stage, plan)
    case 'clock':
      return wrongClock(stage, plan)
    default:
      return reorganisation(stage, plan)
  }
}

/** kill -9 of all that runs on one machine; now and then once more while it starts again. */
function powerCut(stage: Stage, plan: Plan): Strike {
  const { machine: name, random } = plan
  const isTwice = random.chance(0.3)
  const second = random.whole(1, 60)
  const cut = (): void => {
    if (name === 'chain' && random.chance(0.3)) stage.town.chain.killEngine()
    else stage.powerCut(name)
  }
  return {
    begin: () => {
      cut()
      if (isTwice && name !== 'chain') stage.machine(name).moments.arm(second, cut)
    },
    heal: () => stage.repaired(),
  }
}

function fullDisk(stage: Stage, { machine: name, restart }: Plan): Strike {
  const { disk } = stage.machine(name)
  const heal = async (): Promise<void> => {
    disk.makeRoom()
    if (restart) stage.powerCut(name)
    await stage.repaired()
  }
  return lasting(() => disk.fill(), heal)
}

function wrongClock(stage: Stage, { machine: name, jump }: Plan): Strike {
  const machine = stage.machine(name)
  return lasting(
    () => {
      machine.clockAhead = jump
    },
    async () => {
      machine.clockAhead = 0
    },
  )
}

function reorganisation(stage: Stage, { depth }: Plan): Strike {
  let done: Promise<void> = Promise.resolve()
  return {
    begin: () => {
      done = stage.town.chain.reorganise(depth)
    },
    heal: () => done,
  }
}

/** Something that lasts for a while, or until it is healed. */
function lasting(begin: () => void, end: () => Promise<void>): Strike {
  let healed: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  const heal = (): Promise<void> => {
    clearTimeout(timer)
    healed ??= end()
    return healed
  }
  return {
    begin: () => {
      begin()
      timer = setTimeout(() => void heal(), illness)
    },
    heal: async () => {
      if (timer !== undefined) await heal()
    },
  }
}

/** Requests are lost, answered in vain, doubled or delayed past those that follow. */
function wireFault(stage: Stage, { mishaps, random }: Plan): Fault {
  const { wire } = stage.town
  const kinds: readonly Mishap[] = ['lost', 'answer-lost', 'twice', 'late']
  let count = 0
  return {
    arm: () => {
      wire.mishap = () => {
        if (!random.chance(mishaps)) return undefined
        count++
        return random.pick(kinds)
      }
    },
    heal: async () => {
      wire.mishap = () => undefined
      wire.deliver()
    },
    struck: () => (count > 0 ? 'wire' : undefined),
  }
}
