import { DatabaseSync } from '@photostructure/sqlite'
import type { Random } from '../../samples/random.ts'
import type { Mishap } from '../machine/Wire.ts'
import type { World } from './World.ts'

export const mishapKinds = [
  ...(['power', 'reorg', 'quiet', 'cutOff', 'locked', 'clock', 'relay'] as const),
]
export type MishapKind = (typeof mishapKinds)[number]

const hour = 3_600
const day = 24 * hour
const deepestReorganisation = 3
const relayPaths = ['/relay', '/token']
const ways: readonly Mishap[] = ['lost', 'answer-lost', 'twice', 'late']

/** Something that goes wrong at a moment and is right again later. */
export type Trouble = {
  readonly says: string
  /** Whether a patient can still tell the institution of an end directly. */
  readonly leavesPushes?: boolean
  begin(): Promise<void>
  heal(): Promise<void>
}

/** Draws something that goes wrong, at somebody's machine or on the chain. */
export function troubleOf(world: World, kind: MishapKind, random: Random): Trouble {
  const { stage } = world
  const name = random.chance(0.5) ? 'hospital' : random.pick(stage.names())
  switch (kind) {
    case 'power':
      return powerCut(world, name, random.whole(1, 60))
    case 'reorg':
      return reorganisation(world, random.whole(1, deepestReorganisation))
    case 'quiet':
      return {
        ...during(`the door of ${name} falls silent`, (isOn) => {
          stage.machine(name).isDoorQuiet = isOn
        }),
        leavesPushes: name !== 'hospital',
      }
    case 'cutOff':
      return cutOff(world)
    case 'locked':
      return lock(world)
    case 'clock': {
      const ahead = random.pick([-day, -hour, -3, 3, hour, day])
      return during(`the clock of ${name} is ${ahead} seconds off`, (isOn) => {
        stage.machine(name).clockAhead = isOn ? ahead : 0
      })
    }
    case 'relay':
      return badRelay(world, random)
  }
}

function during(says: string, turn: (isOn: boolean) => void): Trouble {
  return { says, begin: async () => turn(true), heal: async () => turn(false) }
}

/** The gatekeeper hears of no end: not from its door, and not from whoever would tell it directly. */
function cutOff(world: World): Trouble {
  const told = (path: string): Mishap | undefined =>
    path.startsWith('/revocations') ? 'lost' : undefined
  return during('the gatekeeper hears nothing of what ends', (isOn) => {
    world.stage.machine('hospital').isDoorQuiet = isOn
    if (isOn) world.onWire.set('cutOff', told)
    else world.onWire.delete('cutOff')
  })
}

/** kill -9 of a node at some moment of what comes next, which may be within any write or message. */
function powerCut(world: World, name: string, moment: number): Trouble {
  const { moments } = world.stage.machine(name)
  return {
    says: `the power of ${name} is cut at moment ${moment} from now`,
    begin: async () => moments.arm(moment, () => world.stage.powerCut(name)),
    heal: async () => {
      moments.disarm()
      await world.stage.repaired()
    },
  }
}

function reorganisation(world: World, depth: number): Trouble {
  return {
    says: `${depth} blocks vanish`,
    begin: async () => {
      await world.stage.town.chain.reorganise(depth)
      world.model.reorganised()
    },
    heal: async () => undefined,
  }
}

/** Another process holds the lock on the institution's own database. */
function lock(world: World): Trouble {
  let other: InstanceType<typeof DatabaseSync> | undefined
  return {
    says: `the database of the hospital's node is locked`,
    begin: async () => {
      other = new DatabaseSync(world.stage.machine('hospital').disk.path('node.db'))
      other.exec('BEGIN IMMEDIATE')
    },
    heal: async () => {
      other?.close()
      other = undefined
    },
  }
}

/** The relay loses messages or its answers to them, takes them twice, or hears of them late. */
function badRelay({ stage, onWire }: World, random: Random): Trouble {
  return {
    says: 'the relay drops, doubles and delays',
    leavesPushes: true,
    begin: async () => {
      onWire.set('relay', (path) =>
        relayPaths.some((start) => path.startsWith(start)) && random.chance(0.5)
          ? random.pick(ways)
          : undefined,
      )
    },
    heal: async () => {
      onWire.delete('relay')
      stage.town.wire.deliver()
    },
  }
}
