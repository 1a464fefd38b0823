import { createSender, type Receipt, type Rpc, waitForReceipt } from '@medrec/client'
import { deployNetwork } from '@medrec/client/node'
import { ledgerAbi, registrarAbi } from '@medrec/contracts'
import {
  type Account,
  accountOf,
  compactOf,
  type Domain,
  encodeRecord,
  fromHex,
  type Hex,
  Keys,
  ledgerDomain,
  type Network,
  type Operation,
  random,
  registrarDomain,
  signStatement,
  toHex,
} from '@medrec/protocol'
import { decodeEventLog, encodeFunctionData } from 'viem'

/** Both contracts on a chain that runs already, with one institution, which also relays. */
export type FoundedLedger = {
  readonly network: Network
  readonly domain: Domain
  readonly stewardTag: Uint8Array
  readonly anchorKey: Account
  readonly identity: Account
  /** Sends records from the relay's account; resolves once mined. */
  send(data: Uint8Array): Promise<Receipt>
  /** Signs an operation and sends it alone. */
  apply(operation: Operation, signer: Account): Promise<Receipt>
}

/** Who owns a bounty that was offered in a transaction, and in which block. */
export type Owned = { readonly owner: Hex; readonly blockHash: Hex }

const zeros: Hex = `0x${'00'.repeat(32)}`

/** Deploys Registrar and Ledger as they are, and certifies the payer as the institution's relay. */
export async function foundLedger(rpc: Rpc, payer: Hex): Promise<FoundedLedger> {
  const networkId = random(32)
  const stewardTag = random(32)
  const { identity, spend, view } = Keys.fromEntropy(random(16), networkId)
  const anchorKey = accountOf(random(32))
  const network = await deployNetwork({
    ...{ rpc, networkId, funderKey: fromHex(payer, 32) },
    founders: [
      {
        idTag: stewardTag,
        identity: identity.address,
        spendKey: spend.publicKey,
        viewKey: view.publicKey,
      },
    ],
    name: 'Ledger alone',
    engine: 'proof-of-work',
    confirmations: 3,
    doors: [],
  })
  const sender = createSender({ rpc: () => rpc, privateKey: fromHex(payer, 32) })
  const submit = async (to: Hex, data: Hex): Promise<Receipt> => {
    const receipt = await waitForReceipt(rpc, await sender.submit({ to, data }))
    if (receipt.status !== '0x1') throw new Error('a transaction that must succeed did not')
    return receipt
  }
  const { profile, relay } = callsOf(network, {
    stewardTag,
    identity,
    anchorKey,
    relay: accountOf(fromHex(payer, 32)),
  })
  await submit(network.registrar, profile)
  await submit(network.registrar, relay)
  const domain = ledgerDomain(network)
  const send = (data: Uint8Array): Promise<Receipt> => submit(network.ledger, toHex(data))
  return {
    ...{ network, domain, stewardTag, anchorKey, identity, send },
    apply: (operation, signer) => send(encodeRecord(operation, signer, domain)),
  }
}

/** Whom a mined anchor's bounty belongs to; throws when the transaction offered none. */
export function ownerIn(receipt: Receipt): Owned {
  for (const { topics, data } of receipt.logs) {
    const event = decodeEventLog({ abi: ledgerAbi, topics: topics as [Hex, ...Hex[]], data })
    if (event.eventName !== 'Offered') continue
    const { owner } = event.args as unknown as { owner: Hex }
    return { owner: owner.toLowerCase() as Hex, blockHash: receipt.blockHash }
  }
  throw new Error('no bounty was offered')
}

function callsOf(
  network: Network,
  parts: { stewardTag: Uint8Array; identity: Account; anchorKey: Account; relay: Account },
): { readonly profile: Hex; readonly relay: Hex } {
  const { stewardTag, identity, anchorKey, relay } = parts
  const idTag = toHex(stewardTag)
  const domain = registrarDomain(network)
  const none = new Uint8Array(32)
  const facts = { name: 'Clinic', url: 'http://localhost', sequence: 1 }
  const hashes = { pin: none, pinNext: none, catalogueHash: none }
  const profileSignature = signStatement(identity, domain, 'Profile', {
    ...{ ...facts, ...hashes, idTag: stewardTag, anchorKey: anchorKey.address },
  })
  const allowed = { institution: stewardTag, account: relay.address, allowed: true, sequence: 1 }
  const signed = (by: Account): { r: Hex; vs: Hex } =>
    compactOf(signStatement(by, domain, 'Relay', allowed))
  const profile = {
    ...{ ...facts, pin: zeros, pinNext: zeros, catalogueHash: zeros },
    anchorKey: toHex(anchorKey.address),
  }
  return {
    profile: encodeFunctionData({
      abi: registrarAbi,
      functionName: 'setProfile',
      args: [idTag, profile, compactOf(profileSignature)],
    }),
    relay: encodeFunctionData({
      abi: registrarAbi,
      functionName: 'setRelay',
      args: [idTag, toHex(relay.address), true, 1, signed(identity), signed(relay)],
    }),
  }
}
