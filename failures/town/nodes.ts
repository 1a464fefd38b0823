import { type Chain as Followed, followChain } from '@medrec/client'
import { type Gatekeeper, type GatekeeperEvent, openGatekeeper } from '@medrec/gatekeeper'
import { openParticipant, type Participant } from '@medrec/library'
import { Keys } from '@medrec/protocol'
import type { NodeDatabase } from '@medrec/records/node'
import { openRelay, type Relay } from '@medrec/relay'
import { patientLimits } from '../../packages/gatekeeper/src/adapter/limits.test-support.ts'
import { clinicCatalogue } from '../../packages/gatekeeper/src/clinic.test-support.ts'
import type { Life, Machine } from '../machine/Machine.ts'
import type { Someone, Town } from './Town.ts'

/** A person's device while it runs. */
export type Device = {
  readonly database: NodeDatabase
  readonly chain: Followed
  readonly participant: Participant
}

/** An institution's node while it runs: as role `provider` composes it (packages/node/src/roles/provider.ts). */
export type Hospital = Device & { readonly gatekeeper: Gatekeeper; readonly relay: Relay }

/** Starts a participant on a machine, from what its disk holds. */
export async function openDevice(town: Town, machine: Machine, who: Someone): Promise<Device> {
  const life = machine.boot()
  return openMember(town, machine, { who, life })
}

async function openMember(
  town: Town,
  machine: Machine,
  { who, life }: { who: Someone; life: Life },
): Promise<Device> {
  const database = life.openDatabase('node.db')
  const { store } = database
  const chain = await followChain({
    ...{ network: town.network, store },
    doors: [life.connect(town.chain.url)],
    clock: () => machine.clock() * 1000,
    elapsed: machine.time.elapsed,
  })
  life.atEnd(() => void chain.stop())
  await chain.synced()
  const participant = await openParticipant({
    ...{ chain, store, retry: machine.time.retry, patience: machine.time.patience },
    keys: who.keys,
    clock: machine.clock,
    timer: life.timer,
    fetch: town.wire.fetchOf(machine),
  })
  life.atEnd(() => void participant.close())
  participant.subscribe(() => stir(town))
  participant.outbox.subscribe(() => stir(town))
  return { database, chain, participant }
}

/** Starts the hospital's node on its machine; `hear` is told what its gatekeeper tells. */
export async function openHospital(
  town: Town,
  machine: Machine,
  hear: (event: GatekeeperEvent) => void,
): Promise<Hospital> {
  const life = machine.boot()
  const device = await openMember(town, machine, { who: town.hospital, life })
  const { participant, database, chain } = device
  const gatekeeper = await openGatekeeper({
    ...{ participant, database, catalogue: clinicCatalogue, clock: machine.clock },
    source: { engine: 'sqlite', file: machine.disk.path('clinic.db') },
    authority: town.host,
    anchorAccount: Keys.anchorKey(town.hospital.keys),
    ...{ watchSeconds: 0, rhythm: town.rhythm, every: life.every },
    timer: { now: () => performance.now(), until: async () => undefined },
    limits: patientLimits,
    rate: { perSecond: 10_000, burst: 10_000 },
  })
  endWith(life, gatekeeper)
  gatekeeper.on((event) => {
    if (life.isOver()) return
    hear(event)
    stir(town)
  })
  const relay = await openRelay({
    ...{ participant, database, clock: machine.clock },
    account: Keys.relayKey(town.hospital.keys, 0),
    rpc: chain.rpc(),
    rhythm: 'at-once',
    audience: town.host,
    every: life.every,
  })
  life.atEnd(() => void relay.close())
  town.wire.serve(town.host, machine, ({ path, ...request }) => {
    const at = { ...request, path }
    return path.startsWith('/relay') || path === '/token' ? relay.handle(at) : gatekeeper.handle(at)
  })
  return { ...device, gatekeeper, relay }
}

/** The reading process dies with its machine. */
function endWith(life: Life, gatekeeper: Gatekeeper): void {
  life.atEnd(() => {
    const reading = gatekeeper.status().readingProcess
    if (reading !== undefined) process.kill(reading, 'SIGKILL')
    gatekeeper.close().catch(() => undefined) // its disk is gone
  })
}

function stir(town: Town): void {
  for (const hear of town.stirs) hear()
}
