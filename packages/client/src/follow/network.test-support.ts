import { registrarAbi } from '@medrec/contracts'
import {
  type Account,
  accountOf,
  type CompactSignature,
  compactOf,
  encodeNotes,
  type Hex,
  Keys,
  type Network,
  random,
  registrarDomain,
  signStatement,
  toHex,
} from '@medrec/protocol'
import { encodeFunctionData } from 'viem'
import { deployNetwork } from '../deployNetwork.ts'
import type { Rpc } from '../rpc.ts'
import { createSender, type Sender, waitForReceipt } from '../transactions.ts'

/** A real network with one institution, whose relay is also its funder. */
export type TestNetwork = {
  readonly network: Network
  readonly institution: Keys.Keys
  readonly relay: Sender
  /** Posts a note of 384 bytes under a tag; resolves once mined. */
  note(tag: Uint8Array, filling: number): Promise<Hex>
}

export async function foundNetwork(rpc: Rpc, funderKey: Uint8Array): Promise<TestNetwork> {
  const networkId = random(32)
  const institution = Keys.fromEntropy(random(16), networkId)
  const idTag = random(32)
  const network = await deployNetwork({
    rpc,
    funderKey,
    networkId,
    founders: [
      {
        idTag,
        identity: institution.identity.address,
        spendKey: institution.spend.publicKey,
        viewKey: institution.view.publicKey,
      },
    ],
    name: 'Test',
    engine: 'embedded',
    confirmations: 0,
    doors: [],
  })
  const relay = createSender({ rpc: () => rpc, privateKey: funderKey })
  await allowRelay({ rpc, network, institution, idTag, relay, account: accountOf(funderKey) })
  return {
    network,
    institution,
    relay,
    note: async (tag, filling) => {
      const record = encodeNotes([{ tag, sealed: new Uint8Array(384).fill(filling) }])
      const hash = await relay.submit({ to: network.ledger, data: toHex(record), gas: 500_000n })
      await waitForReceipt(rpc, hash)
      return hash
    },
  }
}

async function allowRelay(options: {
  rpc: Rpc
  network: Network
  institution: Keys.Keys
  idTag: Uint8Array
  relay: Sender
  account: Account
}): Promise<void> {
  const { rpc, network, institution, idTag, relay, account } = options
  const statement = { institution: idTag, account: account.address, allowed: true, sequence: 1 }
  const signed = (by: Account): CompactSignature =>
    compactOf(signStatement(by, registrarDomain(network), 'Relay', statement))
  const data = encodeFunctionData({
    abi: registrarAbi,
    functionName: 'setRelay',
    args: [toHex(idTag), relay.address, true, 1, signed(institution.identity), signed(account)],
  })
  await waitForReceipt(rpc, await relay.submit({ to: network.registrar, data }))
}
