import { join } from 'node:path'
import { type Chain, createSender, followChain, type Sender, waitForReceipt } from '@medrec/client'
import { deployNetwork, type EmbeddedEngine, startEmbedded } from '@medrec/client/node'
import { batchOf, registrarAbi } from '@medrec/contracts'
import { openParticipant, type Participant } from '@medrec/library'
import {
  accountOf,
  fromHex,
  type Hex,
  Keys,
  type Network,
  random,
  registrarDomain,
  signStatement,
  toHex,
} from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { encodeFunctionData } from 'viem'

/** A real chain with an institution that relays for itself, and one person. */
export type ReadGround = {
  readonly network: Network
  readonly institution: Participant
  readonly keys: { readonly institution: Keys.Keys; readonly person: Keys.Keys }
  readonly person: Hex
  close(): Promise<void>
}

/** Founds a network on an embedded engine, in `folder`. */
export async function readGround(folder: string): Promise<ReadGround> {
  const engine = await startEmbedded({
    journalPath: join(folder, 'read.sqlite'),
    minimumBlockMs: 0,
  })
  const networkId = random(32)
  const keys = {
    institution: Keys.fromEntropy(random(16), networkId),
    person: Keys.fromEntropy(random(16), networkId),
  }
  const tags = [random(32), random(32)] as const
  const network = await deployNetwork({
    rpc: engine.rpc,
    funderKey: fromHex(engine.facts.funderKey),
    networkId,
    founders: [keys.institution, keys.person].map(({ identity, spend, view }, i) => ({
      idTag: tags[i] as Uint8Array,
      identity: identity.address,
      spendKey: spend.publicKey,
      viewKey: view.publicKey,
    })),
    name: 'Bench',
    engine: 'embedded',
    confirmations: 0,
    doors: [],
  })
  const sender = createSender({
    rpc: () => engine.rpc,
    privateKey: fromHex(engine.facts.funderKey),
  })
  await register(engine, network, { keys: keys.institution, idTag: tags[0], sender })
  const chain = await followChain({ doors: [engine.rpc], network, store: openMemoryStore() })
  await chain.synced()
  const institution = await openParticipant({
    keys: keys.institution,
    chain,
    store: openMemoryStore(),
    clock: () => Date.now() / 1000,
    carriers: () => [carrier(engine, network, sender)],
  })
  return {
    network,
    institution,
    keys,
    person: toHex(tags[1]),
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

/** The institution's relay account (the paying one) and its anchor key, by its own statements. */
async function register(
  engine: EmbeddedEngine,
  network: Network,
  { keys, idTag, sender }: { keys: Keys.Keys; idTag: Uint8Array; sender: Sender },
): Promise<void> {
  const domain = registrarDomain(network)
  const pair = (signature: Uint8Array): { r: Hex; vs: Hex } => ({
    r: toHex(signature.slice(0, 32)),
    vs: toHex(signature.slice(32)),
  })
  const none = new Uint8Array(32)
  const relay = { institution: idTag, account: fromHex(sender.address), allowed: true, sequence: 1 }
  const profile = { name: 'Bench', url: 'http://localhost', sequence: 1 }
  const anchorKey = Keys.anchorKey(keys).address
  const pins = { pin: none, pinNext: none, catalogueHash: none }
  const calls = [
    encodeFunctionData({
      abi: registrarAbi,
      functionName: 'setRelay',
      args: [
        toHex(idTag),
        sender.address,
        true,
        1,
        pair(signStatement(keys.identity, domain, 'Relay', relay)),
        pair(signStatement(accountOf(fromHex(engine.facts.funderKey)), domain, 'Relay', relay)),
      ],
    }),
    encodeFunctionData({
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
        pair(
          signStatement(keys.identity, domain, 'Profile', {
            idTag,
            ...profile,
            ...pins,
            anchorKey,
          }),
        ),
      ],
    }),
  ]
  for (const data of calls)
    await waitForReceipt(engine.rpc, await sender.submit({ to: network.registrar, data }))
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
