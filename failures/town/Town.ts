import { createSender, followChain, waitForReceipt } from '@medrec/client'
import { deployNetwork } from '@medrec/client/node'
import type { Rhythm } from '@medrec/gatekeeper'
import { fromHex, type Hex, Keys, type Network, random, toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import {
  bindCall,
  type Call,
  profileCall,
  relayCall,
  roles,
  type Signer,
  voteCall,
} from '../../packages/node/src/registrarCalls.ts'
import { Wire } from '../machine/Wire.ts'
import type { Chain } from './Chain.ts'

/** Somebody with words of her own, registered. */
export type Someone = { readonly keys: Keys.Keys; readonly idTag: Hex }

/** A chain with a network on it, one institution, and whoever is registered: what outlives single runs. */
export type Town = {
  readonly chain: Chain
  readonly wire: Wire
  readonly network: Network
  readonly hospital: Someone
  readonly host: string
  /** When its institution anchors. */
  readonly rhythm: Rhythm
  register(): Promise<Someone>
  /** Lets somebody open emergency accesses. */
  certify(who: Someone): Promise<void>
  /** Hears of every step of every machine. */
  readonly stirs: Set<() => void>
  stop(): Promise<void>
}

/** Founds a network with one institution, whose relay is certified and funded. */
export async function foundTown(
  start: (stir: () => void) => Promise<Chain>,
  rhythm: Rhythm = 'at-once',
): Promise<Town> {
  const stirs = new Set<() => void>()
  const chain = await start(() => {
    for (const stir of stirs) stir()
  })
  const networkId = random(32)
  const hospital = someone(networkId)
  const host = 'hospital.test'
  const { rpc, funderKey } = chain
  const deployed = deployNetwork({
    ...{ rpc, funderKey, networkId, name: 'Test', engine: 'embedded' as const, doors: [chain.url] },
    confirmations: chain.confirmations,
    founders: [
      {
        idTag: fromHex(hospital.idTag),
        identity: hospital.keys.identity.address,
        spendKey: hospital.keys.spend.publicKey,
        viewKey: hospital.keys.view.publicKey,
      },
    ],
  })
  const network = await chain.mineWhile(deployed)
  const submit = submitter(chain)
  const relay = Keys.relayKey(hospital.keys, 0)
  await submit({ to: toHex(relay.address), value: 10n ** 20n })
  const signer: Signer = { idTag: fromHex(hospital.idTag), identity: hospital.keys.identity }
  await submit(relayCall(network, signer, { account: relay, sequence: 1 }))
  await submit(profileCall(network, signer, profileOf(hospital, host)))
  return {
    ...{ chain, network, hospital, host, rhythm, stirs },
    wire: new Wire(),
    register: async () => {
      const person = someone(networkId)
      const deadline = (await chainTime(chain)) + 3_600
      const { keys, idTag } = person
      const facts = { keys, institution: signer, assurance: 3, deadline }
      await submit(bindCall(network, { ...facts, idTag: fromHex(idTag) }))
      await chain.bury()
      return person
    },
    certify: async ({ idTag }) => {
      const deadline = (await chainTime(chain)) + 3_600
      const vote = { idTag: fromHex(idTag), role: roles.emergency, institution: signer, deadline }
      await submit(voteCall(network, vote))
      await chain.bury()
    },
    stop: () => chain.stop(),
  }
}

/** What anybody can read from the chain with nothing but its address: nothing stored, everything folded. */
export async function freshView(town: Town): ReturnType<typeof followChain> {
  const { network, chain } = town
  const followed = await followChain({
    ...{ network, doors: [chain.rpc] },
    store: await openMemoryStore(),
  })
  await followed.synced()
  return followed
}

function someone(networkId: Uint8Array): Someone {
  return { keys: Keys.fromEntropy(Keys.newEntropy(), networkId), idTag: toHex(random(32)) }
}

async function chainTime({ rpc, machine }: Chain): Promise<number> {
  const { timestamp } = await rpc.request<{ timestamp: Hex }>('eth_getBlockByNumber', [
    'latest',
    false,
  ])
  return Math.max(Number(timestamp), Math.floor(machine.time.now()))
}

function submitter({
  rpc,
  funderKey,
  mineWhile,
}: Chain): (call: Call | { to: Hex; value: bigint }) => Promise<void> {
  const sender = createSender({ rpc: () => rpc, privateKey: funderKey })
  return async (call) => {
    const sent = sender.submit(call)
    await mineWhile(sent.then((hash) => waitForReceipt(rpc, hash)))
  }
}

function profileOf(hospital: Someone, host: string): Parameters<typeof profileCall>[2] {
  const nothing: Hex = `0x${'00'.repeat(32)}`
  return {
    name: 'Hospital',
    url: `http://${host}`,
    pin: nothing,
    pinNext: nothing,
    catalogueHash: nothing,
    anchorKey: toHex(Keys.anchorKey(hospital.keys).address),
    sequence: 1,
  }
}
