import { type Sender, waitForReceipt } from '@medrec/client'
import { fromHex, type Hex, Keys, MedrecError, toHex } from '@medrec/protocol'
import type { Log } from './log.ts'
import { type Member, ownTag } from './member.ts'
import { type Call, profileCall, readRegistrar, relayCall, type Signer } from './registrarCalls.ts'

type Wanted = {
  readonly name: string
  readonly url: string
  readonly catalogueHash: Hex
  readonly anchorKey: Hex
  /** SHA-256 of its TLS key; undefined where something before the node speaks TLS for it. */
  readonly pin: Hex | undefined
}

const nothing: Hex = `0x${'00'.repeat(32)}`

/** Publishes what this node offers when the chain says something else (paper III-B, RC: public profile). */
export async function publishProfile(
  member: Member,
  { sender, log }: { sender: Sender; log: Log },
  { pin = nothing, ...wanted }: Wanted,
): Promise<void> {
  const owner = signerOf(member)
  const known = member.chain.view().profile(toHex(owner.idTag))
  const isSame =
    known !== undefined &&
    known.name === wanted.name &&
    known.url === wanted.url &&
    known.catalogueHash === wanted.catalogueHash &&
    known.anchorKey === wanted.anchorKey &&
    known.pin === pin
  if (isSame || isRefused(member, { owner, log })) return
  const sequence = (known?.sequence ?? 0) + 1
  const profile = { ...wanted, pin, pinNext: nothing, sequence }
  await send(member, sender, profileCall(member.network, owner, profile))
  log('info', 'profile published', { sequence })
}

/** Certifies this node's relay account when it is not. */
export async function publishRelay(
  member: Member,
  { sender, log }: { sender: Sender; log: Log },
): Promise<void> {
  const owner = signerOf(member)
  const account = Keys.relayKey(member.keys, 0)
  if (member.chain.view().isRelay(toHex(account.address))) return
  if (isRefused(member, { owner, log })) return
  const last = await readRegistrar<number>(member.chain.rpc(), member.network, 'relaySequenceOf', [
    toHex(owner.idTag),
  ])
  const sequence = last + 1
  await send(member, sender, relayCall(member.network, owner, { account, sequence }))
  log('info', 'relay certified', { account: toHex(account.address) })
}

/** Who lost its certificate may publish nothing, and starts all the same: its patients read at it (docs/protocol.md 8.1). */
function isRefused(
  { chain }: Member,
  { owner, log }: { readonly owner: Signer; readonly log: Log },
): boolean {
  const idTag = toHex(owner.idTag)
  const view = chain.view()
  if (!view.lostRole(idTag, 'institution') || view.hasRole(idTag, 'registrar')) return false
  log('warn', 'nothing published without a certificate')
  return true
}

function signerOf(member: Member): Signer {
  const idTag = ownTag(member)
  if (idTag === undefined) throw new NotOnNetworkError(toHex(member.keys.identity.address))
  return { idTag: fromHex(idTag, 32), identity: member.keys.identity }
}

async function send(member: Member, sender: Sender, call: Call): Promise<void> {
  const hash = await sender.submit(call)
  await waitForReceipt(member.chain.rpc(), hash)
}

/** The network does not know this node's keys. */
export class NotOnNetworkError extends MedrecError {
  readonly code = 'NOT_ON_NETWORK'
  constructor(identity: Hex) {
    super('The network does not know this node yet.', {
      facts: [
        `Identity: ${identity}`,
        'An institution of the network has to register and certify it (docs/operations.md).',
      ],
    })
  }
}
