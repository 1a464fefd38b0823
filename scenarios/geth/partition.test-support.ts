import { join } from 'node:path'
import { type Chain, followChain } from '@medrec/client'
import { openParticipant, type Query, type RelationshipState, Share } from '@medrec/library'
import { fromHex, type Hex, Keys } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { openNodeDatabase } from '@medrec/records/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, actorOf, clock } from '../../packages/cli/src/story/Actor.ts'
import { attempt, gateOf, send, shareOf, type Told } from '../attempt.test-support.ts'
import {
  type Demo,
  found,
  introduce,
  readLabs,
  relationshipsOf,
  secondOpinion,
  shareFields,
  startDemo,
} from '../demo.test-support.ts'
import { eventually } from '../processes.test-support.ts'
import { type Block, blockOf, type GethNetwork, headWhere, untilHeld } from './gethNetwork.ts'
import type { Namespaces } from './namespaces.ts'

type Options = {
  /** Why this cannot be tried here. */
  readonly lack: string | undefined
  readonly patienceMs: number
  /** Of a demonstration that stands on node 0. */
  readonly folder: () => string
  readonly net: () => GethNetwork
  readonly namespaces: () => Namespaces
}

const fields = ['id', 'name', 'value']
const viewerLogin = 'ingrid.solberg'
const patientLogin = 'layla.benali'
/** Node 0 is cut off from the other two; institutions and people are on its side. */
const [lesser, greater] = [[0], [1, 2]]

type Scene = {
  readonly net: GethNetwork
  readonly namespaces: Namespaces
  readonly demo: Demo
  ada: Actor
  readonly doctor: Actor
  readonly at: RelationshipState
  readonly labs: Query.Result
  /** A share of before the cut, and one that is made while it lasts */
  readonly former: Hex
  later: Hex
  /** What the gatekeeper says to the viewer */
  readonly ask: (grant: Hex) => Promise<string>
  /** What was begun, to be ended in the opposite order */
  readonly ends: (() => Promise<void>)[]
}

/** A network cut in two halves, and what institutions, patients and viewers on the lesser half see when it heals. */
export function describePartition(options: Options): void {
  const { lack, patienceMs } = options
  describe.skipIf(lack !== undefined)('cut in two halves (needs geth and root)', () => {
    const ends: Scene['ends'] = []
    let scene: Scene
    beforeAll(async () => {
      scene = await setScene(options, ends)
    }, patienceMs)
    afterAll(async () => {
      for (const end of ends.toReversed()) await end()
    }, patienceMs)

    test('each half goes on alone', () => goApart(scene), patienceMs)
    test(
      'when they meet, what ended in an undone block stays ended, and what was shared there is not',
      () => meetAgain(scene),
      patienceMs,
    )
    test('what was undone is sent again and stands in the end', () => sendAgain(scene), patienceMs)
  })
}

async function setScene(options: Options, ends: Scene['ends']): Promise<Scene> {
  const net = options.net()
  const chain = { rpc: found(net.nodes[0]).url, funderKey: net.funder.privateKey }
  const demo = await startDemo({ folder: options.folder(), chain })
  ends.push(() => demo.stop())
  const doctor = await demo.open(viewerLogin)
  const ada = await openPatient(demo)
  ends.push(() => scene.ada.close())
  const at = found([...relationshipsOf(ada).values()][0])
  await introduce(ada, doctor)
  const labs = await readLabs(ada, at.id)
  const former = await share({ ada, doctor, at, labs })
  const scene: Scene = {
    ...{ net, namespaces: options.namespaces(), demo, ada, doctor, at, labs, former, ends },
    later: former,
    ask: questions(() => scene),
  }
  expect(await scene.ask(former)).toBe('200')
  return scene
}

/** On the lesser half a share is made and another one ended; nobody tells the gatekeeper but the chain. */
async function goApart(scene: Scene): Promise<void> {
  const { namespaces, former, ask } = scene
  await mine(scene, greater, false)
  namespaces.cut(0)
  scene.later = await share(scene)
  expect(await ask(scene.later)).toBe('200')
  const ended = await Share.revoke(scene.ada.participant, { grant: former })
  const { block } = await ended.until('mined')
  await followed(scene, found(block).number)
  expect(await ask(former)).toBe('grant-revoked 403 signed')
  await scene.ada.close() // so that nobody tells it later either
}

/** The greater half has found more blocks meanwhile. Nobody mines while we look. */
async function meetAgain(scene: Scene): Promise<void> {
  const { net, namespaces, former, later, ask } = scene
  const [here, there] = [net.rpc(0), net.rpc(1)]
  await mine(scene, lesser, false)
  const ours = found(await blockOf(here, 'latest'))
  await mine(scene, greater, true)
  await headWhere(there, ({ number }) => number > ours.number + 2)
  const theirs = await agreed(scene)
  namespaces.heal(0)
  await untilHeld(here, theirs)
  await followed(scene, theirs.number)
  expect((await blockOf(here, ours.number))?.hash).not.toBe(ours.hash)
  expect(await ask(later)).toBe('grant-none 403 signed')
  expect(await ask(former)).toBe('grant-revoked 403 signed')
  const elsewhere = await followFrom(scene.demo, found(net.nodes[1]).url)
  expect(elsewhere.view().grant(former)?.revoked).toBe(false)
  expect(elsewhere.view().grant(later)).toBeUndefined()
  await elsewhere.stop()
}

async function sendAgain(scene: Scene): Promise<void> {
  const { net, demo, former, later, ask } = scene
  scene.ada = await openPatient(demo)
  await mine(scene, greater, true)
  const elsewhere = await followFrom(demo, found(net.nodes[2]).url)
  await when(
    (look) => elsewhere.subscribe(look),
    () =>
      elsewhere.view().grant(former)?.revoked === true &&
      elsewhere.view().grant(later) !== undefined,
  )
  await elsewhere.stop()
  const { outbox, chain } = scene.ada.participant
  await when(
    (look) => outbox.subscribe(look),
    () => outbox.pending().length === 0,
  )
  await followed(scene, chain.view().head.number)
  expect(await ask(later)).toBe('200')
  expect(await ask(former)).toBe('grant-revoked 403 signed')
}

async function mine({ net }: Scene, nodes: readonly number[], isMining: boolean): Promise<void> {
  for (const node of nodes) await found(net.nodes[node]).mine(isMining)
}

/**
 * Stops the greater half on one head: of two blocks found at the same moment, one has a successor, and a node
 * that is behind the other catches up first.
 */
async function agreed(scene: Scene): Promise<Block> {
  const [one, two] = [scene.net.rpc(1), scene.net.rpc(2)]
  await mine(scene, [2], false)
  const heads = await Promise.all([one, two].map((rpc) => blockOf(rpc, 'latest')))
  const highest = Math.max(...heads.map((head) => found(head).number))
  await headWhere(two, (head) => head.number > highest)
  await mine(scene, [1], false)
  const head = found(await blockOf(one, 'latest'))
  await untilHeld(two, head)
  return head
}

function share({
  ada,
  doctor,
  at,
  labs,
}: Pick<Scene, 'ada' | 'doctor' | 'at' | 'labs'>): Promise<Hex> {
  const ticked = { relationship: at.id, pointer: labs.pointer, fields }
  return shareFields(ada, doctor, { ticked })
}

/** The institution's own view has come to a block. */
async function followed({ doctor, at }: Scene, block: number): Promise<void> {
  const { url } = gateOf(doctor, at.steward)
  await eventually(`the institution has followed to block ${block}`, async () => {
    const { chain } = (await (await fetch(new URL('/status', url))).json()) as {
      chain: { block: number }
    }
    return chain.block >= block
  })
}

/** Resolves when something holds; looks at each change. */
function when(subscribe: (look: () => void) => () => void, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let end: () => void = () => undefined
    const look = (): void => {
      if (!holds()) return
      end()
      resolve()
    }
    end = subscribe(look)
    look()
  })
}

/** Asks as the viewer would, with the share's words as she got them: a reorganisation takes them from her device. */
function questions(
  of: () => Pick<Scene, 'ada' | 'doctor' | 'at' | 'labs'>,
): (grant: Hex) => Promise<string> {
  const shown = new Map<Hex, ReturnType<typeof shareOf>>()
  return async (grant) => {
    const { ada, doctor, at, labs } = of()
    const presented = shown.get(grant) ?? shareOf(ada, grant)
    shown.set(grant, presented)
    const query = `${labs.pointer.slice(2)}?_elements=${fields.join(',')}`
    const content = { relationship: at.id, query, purpose: secondOpinion, share: presented }
    return toldOf(await send(doctor, attempt(doctor, gateOf(doctor, at.steward), content)))
  }
}

function toldOf({ status, code, isSigned }: Told): string {
  return status === 200 ? '200' : `${code} ${status} ${isSigned ? 'signed' : 'unsigned'}`
}

/** The patient's device; on its way to a gatekeeper, what she ended gets lost. */
async function openPatient(demo: Demo): Promise<Actor> {
  const { home, network } = demo
  const person = demo.person(patientLogin)
  const entropy = home.entropyOf(patientLogin)
  const file = join(demo.folder, 'cut-off.sqlite')
  const database = openNodeDatabase(file)
  const chain = await followChain({ network, doors: network.doors, store: database.store })
  await chain.synced()
  const participant = await openParticipant({
    keys: Keys.fromEntropy(entropy, fromHex(network.networkId)),
    ...{ chain, clock, store: database.store },
    fetch: (input, init) =>
      String(input).endsWith('/revocations')
        ? Promise.reject(new TypeError('fetch failed'))
        : fetch(input, init),
  })
  const words = Keys.toWords(entropy)
  return actorOf({ person, words, file, participant, chain, database })
}

async function followFrom(demo: Demo, door: string): Promise<Chain> {
  const { network } = demo
  const chain = await followChain({ network, doors: [door], store: openMemoryStore() })
  await chain.synced()
  return chain
}
