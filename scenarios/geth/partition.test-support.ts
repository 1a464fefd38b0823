import { join } from 'node:path'
import { type Chain, followChain } from '@medrec/client'
import { openParticipant, type Query, type RelationshipState, Share } from '@medrec/library'
import { fromHex, type Hex, Keys } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { openNodeDatabase } from '@medrec/records/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, actorOf, clock } from '../../packages/cli/src/story/Actor.ts'
import { attempt, type Gate, gateOf, send, shareOf, type Told } from '../attempt.test-support.ts'
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
import { type Block, blockOf, type GethNetwork, headWhere } from './gethNetwork.ts'
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

/** A network cut in two halves, and what institutions, patients and viewers on the lesser half see when it heals. */
export function describePartition({ lack, patienceMs, folder, net, namespaces }: Options): void {
  describe.skipIf(lack !== undefined)('cut in two halves', () => {
    let demo: Demo
    let ada: Actor
    let doctor: Actor
    let at: RelationshipState
    let labs: Query.Result
    /** Shared before the cut, and while it lasted. */
    let [former, later]: readonly Hex[] = []
    /** What was begun, to be ended in the opposite order. */
    const ends: (() => Promise<void>)[] = []
    let ask: (grant: Hex) => Promise<string>

    beforeAll(async () => {
      const { nodes, funder } = net()
      const chain = { rpc: found(nodes[0]).url, funderKey: funder.privateKey }
      demo = await startDemo({ folder: folder(), chain })
      ends.push(() => demo.stop())
      doctor = await demo.open(viewerLogin)
      ada = await openPatient(demo)
      ends.push(() => ada.close())
      at = found([...relationshipsOf(ada).values()][0])
      await introduce(ada, doctor)
      labs = await readLabs(ada, at.id)
      former = await share()
      ask = questions(() => ({ ada, doctor, at, labs }))
      expect(await ask(former)).toBe('200')
    }, patienceMs)

    afterAll(async () => {
      for (const end of ends.toReversed()) await end()
    }, patienceMs)

    const share = (): Promise<Hex> =>
      shareFields(ada, doctor, {
        ticked: { relationship: at.id, pointer: labs.pointer, fields },
      })
    const follows = (block: Block): Promise<void> =>
      eventually(`the institution has followed to block ${block.number}`, async () => {
        const response = await fetch(new URL('/status', gateOf(doctor, at.steward).url))
        const { chain } = (await response.json()) as { chain: { block: number } }
        return chain.block >= block.number
      })

    test(
      'each half goes on by itself: here a share is made and another one ended',
      async () => {
        for (const node of [1, 2]) await found(net().nodes[node]).mine(false)
        namespaces().cut(0)
        later = await share()
        expect(await ask(later)).toBe('200')
        // Nobody tells the gatekeeper: it hears of the ending from the chain alone.
        const ended = await Share.revoke(ada.participant, { grant: found(former) })
        const { block } = await ended.until('mined')
        await follows({ ...found(block), miner: '0x' })
        expect(await ask(found(former))).toBe('grant-revoked 403 signed')
        await ada.close() // so that nobody tells it later either
      },
      patienceMs,
    )

    test(
      'when the halves meet, the lesser one’s blocks are undone: what ended stays so, what was shared is not',
      async () => {
        const [here, there] = [net().rpc(0), net().rpc(1)]
        await found(net().nodes[0]).mine(false)
        const ours = found(await blockOf(here, 'latest'))
        for (const node of [1, 2]) await found(net().nodes[node]).mine(true)
        await headWhere(there, ({ number }) => number > ours.number + 2)
        for (const node of [1, 2]) await found(net().nodes[node]).mine(false)
        const theirs = found(await blockOf(there, 'latest'))
        namespaces().heal(0)
        await headWhere(here, ({ hash }) => hash === theirs.hash)
        await follows(theirs)
        expect((await blockOf(here, ours.number))?.hash).not.toBe(ours.hash)
        expect(await ask(found(later))).toBe('grant-none 403 signed')
        expect(await ask(found(former))).toBe('grant-revoked 403 signed')
        const elsewhere = await followFrom(demo, net().nodes[1]?.url as string)
        expect(elsewhere.view().grant(found(former))?.revoked).toBe(false)
        expect(elsewhere.view().grant(found(later))).toBeUndefined()
        await elsewhere.stop()
      },
      patienceMs,
    )

    test(
      'everything that was undone is sent again, and stands in the end',
      async () => {
        ada = await openPatient(demo)
        for (const node of [1, 2]) await found(net().nodes[node]).mine(true)
        const elsewhere = await followFrom(demo, net().nodes[2]?.url as string)
        await new Promise<void>((resolve) => {
          const look = (): void => {
            const view = elsewhere.view()
            if (view.grant(found(former))?.revoked && view.grant(found(later))) resolve()
          }
          elsewhere.subscribe(look)
          look()
        })
        await elsewhere.stop()
        await new Promise<void>((resolve) => {
          const look = (): void => void (ada.participant.outbox.pending().length === 0 && resolve())
          ada.participant.outbox.subscribe(look)
          look()
        })
        await follows({ ...ada.participant.chain.view().head, miner: '0x' })
        expect(await ask(found(later))).toBe('200')
        expect(await ask(found(former))).toBe('grant-revoked 403 signed')
      },
      patienceMs,
    )
  })
}

/** Asks as the viewer would, with the share's words as she got them: a reorganisation takes them from her device. */
function questions(
  of: () => { ada: Actor; doctor: Actor; at: RelationshipState; labs: Query.Result },
): (grant: Hex) => Promise<string> {
  const shown = new Map<Hex, ReturnType<typeof shareOf>>()
  return async (grant) => {
    const { ada, doctor, at, labs } = of()
    const share = shown.get(grant) ?? shareOf(ada, grant)
    shown.set(grant, share)
    const gate: Gate = gateOf(doctor, at.steward)
    const query = `${labs.pointer.slice(2)}?_elements=${fields.join(',')}`
    const content = { relationship: at.id, query, purpose: secondOpinion, share }
    return toldOf(await send(doctor, attempt(doctor, gate, content)))
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
