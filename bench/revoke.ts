import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectRpc } from '@medrec/client'
import { createDoor, startEmbedded } from '@medrec/client/node'
import {
  type Account,
  encodeRecord,
  fromHex,
  type Hex,
  Keys,
  ledgerDomain,
  schemaId,
  toBase64Url,
  toHex,
  uint,
} from '@medrec/protocol'
import {
  attempt,
  post,
  type Scene,
  setScene,
  sharedLabs,
  shareOf,
} from '../packages/gatekeeper/src/attempt.test-support.ts'
import type { TestEngine } from '../packages/library/src/anvil.test-support.ts'
import { until } from '../packages/library/src/network.test-support.ts'
import * as Share from '../packages/library/src/Share.ts'
import { gethPath, hasGeth } from '../scenarios/geth/binary.ts'
import { loopback, startGethNetwork } from '../scenarios/geth/gethNetwork.ts'
import { echoTime } from './notify.ts'
import { progress } from './progress.ts'
import { median, type Row, row } from './Row.ts'

/** Revocations of each way, after some that only warm up. */
const [counted, warmUp] = [30, 5]
const blockMs = 1_000

/** An engine with blocks of one second, and how to reach it without being told of what waits. */
type Ground = TestEngine & { readonly minedOnlyUrl: string }

/** From a revocation to the first refused answer: pushed, waiting for its block, and in it. */
export async function run(): Promise<Row[]> {
  const echo = await echoTime()
  const rows = await onEngine('embedded', await embedded(), echo)
  if (hasGeth) rows.push(...(await onEngine('geth (Clique)', await geth(), echo)))
  else progress(`left out geth: none at ${gethPath} (npm run geth)`)
  return rows
}

async function onEngine(title: string, ground: Ground, echo: number): Promise<Row[]> {
  try {
    progress(`${title}: pushed, and waiting for a block`)
    const [pushed = [], waiting = []] = await inScene(ground, [push, postAndHear])
    progress(`${title}: mined only`)
    const [mined = []] = await inScene({ ...ground, url: ground.minedOnlyUrl }, [postAndFollow])
    const most = Math.max(...pushed)
    return [
      row(`${title}: pushed to refused`, median(pushed), 'ms', 'WebSocket echo', echo),
      row(`${title}: the slowest of ${counted}`, most, 'ms', 'WebSocket echo', echo),
      row(`${title}: posted, waiting, to refused`, median(waiting), 'ms', 'WebSocket echo', echo),
      row(`${title}: posted, in a block, to refused`, median(mined), 'ms', 'blocks', blockMs),
    ]
  } finally {
    await ground.stop()
  }
}

/** Ends one share by some way, and resolves when the gatekeeper is to refuse. */
type Way = (scene: Scene, grant: Hex, record: Uint8Array) => Promise<unknown>

/** Milliseconds from each revocation to the refusal in the viewer's hands, the request and its receipt included. */
async function inScene(engine: Ground, ways: readonly Way[]): Promise<number[][]> {
  const scene = await setScene({}, { ...engine, stop: () => undefined })
  try {
    const grants = await shares(scene, ways.length * (warmUp + counted))
    const times: number[][] = []
    for (const way of ways) {
      const taken: number[] = []
      for (const grant of grants.splice(0, warmUp + counted)) {
        const record = revocationOf(scene, grant)
        await expectAnswer(scene, grant, '')
        const begun = performance.now()
        await way(scene, grant, record)
        await expectAnswer(scene, grant, 'grant-revoked')
        taken.push(performance.now() - begun)
      }
      times.push(taken.slice(warmUp))
    }
    return times
  } finally {
    await scene.close()
  }
}

async function expectAnswer(scene: Scene, grant: Hex, wanted: string): Promise<void> {
  const share = shareOf(scene.ada, grant)
  const { code } = await post(attempt(scene.doctor, { ...sharedLabs(), share }))
  if (code !== wanted) throw new Error(`answered with "${code}", not "${wanted}"`)
}

const push: Way = async (scene, _, record) => {
  const response = await fetch(new URL('/revocations', scene.gate.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ record: toBase64Url(record) }),
  })
  if (response.status !== 200) throw new Error(`not kept: ${response.status}`)
}

const postAndHear: Way = async (scene, _, record) => {
  const heard = scene.gate.event(({ type }) => type === 'revocation')
  await scene.net.relay.send(record)
  await heard
}

const postAndFollow: Way = async ({ gate, net }, grant, record) => {
  const { participant } = gate
  const mined = until(participant, () => participant.chain.view().grant(grant)?.revoked === true)
  await net.relay.send(record)
  await mined
}

/** Shares of the first patient's labs with the doctor, all on the chain. */
async function shares({ ada, doctor, gate }: Scene, count: number): Promise<Hex[]> {
  const { patient, relationship, labs } = ada
  const schema = schemaId('clinic/labs')
  const entries = [{ pointer: labs, category: 5, schema, catalogue: 1, mask: '0xa' as const }]
  const granted: Awaited<ReturnType<typeof Share.grant>>[] = []
  for (let i = 0; i < count; i++) {
    const one = await Share.grant(patient, {
      ...{ relationship, entries, purposes: [1], viewer: doctor.me()?.idTag ?? '0x' },
      expiresAt: Math.floor(Date.now() / 1000) + 86_400,
    })
    granted.push(one)
  }
  for (const one of granted) await one.until('mined')
  const grants = granted.map(({ grant }) => grant)
  const { participant } = gate
  await until(participant, () => grants.every((grant) => participant.chain.view().grant(grant)))
  await gate.idle()
  return grants
}

function revocationOf({ ada, net }: Scene, grant: Hex): Uint8Array {
  const key = keyOf(ada.patient.keys, ada.relationship, grant)
  return encodeRecord({ kind: 'revoke', key: key.address }, key, ledgerDomain(net.network))
}

/** Nonces of grants count from 0. */
function keyOf(keys: Keys.Keys, relationship: Hex, grant: Hex): Account {
  for (let i = 0; i < 1_000; i++) {
    const key = Keys.grantKey(keys, fromHex(relationship, 32), uint(i, 16))
    if (toHex(key.address) === grant) return key
  }
  throw new Error('the grant is not of this relationship')
}

async function embedded(): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-bench-'))
  const engine = await startEmbedded({
    journalPath: join(folder, 'revoke.sqlite'),
    minimumBlockMs: blockMs,
  })
  const doorOf = (tellPending: boolean) =>
    createDoor({ ...{ upstream: engine.rpc, allowSend: true, tellPending }, origins: [] })
  const doors = [doorOf(true), doorOf(false)] as const
  return {
    url: await doors[0].listen(0),
    minedOnlyUrl: await doors[1].listen(0),
    funderKey: fromHex(engine.facts.funderKey),
    stop: async () => {
      for (const door of doors) await door.close()
      await engine.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

async function geth(): Promise<Ground> {
  const net = await startGethNetwork({
    consensus: { cliquePeriodSeconds: blockMs / 1_000 },
    places: await loopback(1),
  })
  const url = net.nodes[0]?.url as string
  const upstream = connectRpc(url)
  const door = createDoor({ upstream, allowSend: true, origins: [] })
  return {
    url,
    minedOnlyUrl: await door.listen(0),
    funderKey: fromHex(net.funder.privateKey, 32),
    stop: async () => {
      await door.close()
      await upstream.close()
      await net.stop()
    },
  }
}
