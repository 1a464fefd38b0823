import { createSender, type Sender, waitForReceipt } from '@medrec/client'
import { deployNetwork, type EmbeddedEngine } from '@medrec/client/node'
import { registrarAbi } from '@medrec/contracts'
import {
  type Account,
  accountOf,
  type CompactSignature,
  compactOf,
  fromHex,
  Keys,
  type Network,
  random,
  registrarDomain,
  signStatement,
  toHex,
} from '@medrec/protocol'
import { encodeFunctionData } from 'viem'

/** Somebody who is registered from the founding on. */
export type Founder = { readonly idTag: Uint8Array; readonly keys: Keys.Keys }

/** A network on an embedded engine, with an institution that relays, and a person. */
export type Founded = {
  readonly network: Network
  /** Pays, as the institution's relay. */
  readonly relay: Sender
  readonly institution: Founder
  readonly person: Founder
}

/** Founds a network whose paying account is the relay of its first institution. */
export async function foundOn(engine: EmbeddedEngine): Promise<Founded> {
  const { rpc } = engine
  const networkId = random(32)
  const founder = (): Founder => ({
    idTag: random(32),
    keys: Keys.fromEntropy(random(16), networkId),
  })
  const [institution, person] = [founder(), founder()]
  const funderKey = fromHex(engine.facts.funderKey)
  const network = await deployNetwork({
    rpc,
    funderKey,
    networkId,
    founders: [institution, person].map(({ idTag, keys }) => ({
      idTag,
      identity: keys.identity.address,
      spendKey: keys.spend.publicKey,
      viewKey: keys.view.publicKey,
    })),
    name: 'Bench',
    engine: 'embedded',
    confirmations: 0,
    doors: [],
  })
  const relay = createSender({ rpc: () => rpc, privateKey: funderKey })
  await allowRelay(engine, { network, relay, institution })
  return { network, relay, institution, person }
}

async function allowRelay(
  { rpc, facts }: EmbeddedEngine,
  { network, relay, institution }: Omit<Founded, 'person'>,
): Promise<void> {
  const statement = {
    institution: institution.idTag,
    account: fromHex(relay.address),
    allowed: true,
    sequence: 1,
  }
  const domain = registrarDomain(network)
  const signed = (by: Account): CompactSignature =>
    compactOf(signStatement(by, domain, 'Relay', statement))
  const signatures: readonly [CompactSignature, CompactSignature] = [
    signed(institution.keys.identity),
    signed(accountOf(fromHex(facts.funderKey))),
  ]
  const data = encodeFunctionData({
    abi: registrarAbi,
    functionName: 'setRelay',
    args: [toHex(institution.idTag), relay.address, true, 1, ...signatures],
  })
  const receipt = await waitForReceipt(rpc, await relay.submit({ to: network.registrar, data }))
  if (receipt.status !== '0x1') throw new Error('the relay was not allowed')
}
