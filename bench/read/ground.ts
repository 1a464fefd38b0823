import { join } from 'node:path'
import { type Chain, followChain, type Sender, waitForReceipt } from '@medrec/client'
import { type EmbeddedEngine, startEmbedded } from '@medrec/client/node'
import { batchOf, registrarAbi } from '@medrec/contracts'
import { openParticipant, type Participant } from '@medrec/library'
import {
  compactOf,
  type Hex,
  Keys,
  type Network,
  registrarDomain,
  signStatement,
  toHex,
} from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { encodeFunctionData } from 'viem'
import { type Founded, foundOn } from '../founded.ts'

/** A real chain with an institution that relays for itself, and one person. */
export type ReadGround = {
  readonly network: Network
  readonly institution: Participant
  readonly keys: { readonly institution: Keys.Keys; readonly person: Keys.Keys }
  readonly person: Hex
  /** The engine itself, for a door of another process. */
  readonly rpc: EmbeddedEngine['rpc']
  close(): Promise<void>
}

/** Founds a network on an embedded engine, in `folder`; `url` is where the institution says it answers. */
export async function readGround(folder: string, url = 'http://localhost'): Promise<ReadGround> {
  const engine = await startEmbedded({
    journalPath: join(folder, 'read.sqlite'),
    minimumBlockMs: 0,
  })
  const { network, relay, institution: one, person } = await foundOn(engine)
  await publishProfile(engine, { network, relay, institution: one }, url)
  const chain = await followChain({ doors: [engine.rpc], network, store: openMemoryStore() })
  await chain.synced()
  const institution = await openParticipant({
    keys: one.keys,
    chain,
    store: openMemoryStore(),
    clock: () => Date.now() / 1000,
    carriers: () => [carrier(engine, network, relay)],
  })
  return {
    network,
    institution,
    keys: { institution: one.keys, person: person.keys },
    person: toHex(person.idTag),
    rpc: engine.rpc,
    close: () => close(engine, chain, institution),
  }
}

async function close(
  engine: EmbeddedEngine,
  chain: Chain,
  institution: Participant,
): Promise<void> {
  await institution.close()
  await chain.stop()
  await engine.stop()
}

/** The institution's anchor key, by its own statement. */
async function publishProfile(
  { rpc }: EmbeddedEngine,
  { network, relay, institution }: Omit<Founded, 'person'>,
  url: string,
): Promise<void> {
  const { idTag, keys } = institution
  const none = new Uint8Array(32)
  const profile = { name: 'Bench', url, sequence: 1 }
  const pins = { pin: none, pinNext: none, catalogueHash: none }
  const anchorKey = Keys.anchorKey(keys).address
  const statement = { idTag, ...profile, ...pins, anchorKey }
  const data = encodeFunctionData({
    abi: registrarAbi,
    functionName: 'setProfile',
    args: [
      toHex(idTag),
      {
        ...profile,
        pin: toHex(none),
        pinNext: toHex(none),
        catalogueHash: toHex(none),
        anchorKey: toHex(anchorKey),
      },
      compactOf(signStatement(keys.identity, registrarDomain(network), 'Profile', statement)),
    ],
  })
  const receipt = await waitForReceipt(rpc, await relay.submit({ to: network.registrar, data }))
  if (receipt.status !== '0x1') throw new Error('the profile was not taken')
}

function carrier(
  engine: EmbeddedEngine,
  network: Network,
  sender: Sender,
): NonNullable<ReturnType<NonNullable<Parameters<typeof openParticipant>[0]['carriers']>>[number]> {
  return {
    name: 'own account',
    async post(records) {
      const { data } = batchOf(records.map(toHex))
      return { id: await sender.submit({ to: network.ledger, data, gas: 5_000_000n }) }
    },
    async state(id) {
      const receipt = await engine.rpc.request('eth_getTransactionReceipt', [id])
      return receipt ? { state: 'mined', transaction: id as Hex } : { state: 'sent' }
    },
  }
}
