import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { followChain } from '@medrec/client'
import { Registration } from '@medrec/library'
import {
  canonicalJson,
  fromHex,
  type Hex,
  isPossessionProven,
  isSignedBy,
  Keys,
  type Network,
  sha256,
  sign,
  toHex,
  utf8,
} from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { z } from 'zod'
import { readNetwork } from '../networkFile.ts'
import { JoinRequestError, NetworkInputError } from './errors.ts'
import { payingAccounts } from './funding.ts'
import { openKeyFolder, readText, writeWhole } from './keyFolder.ts'
import { fingerprintOf, organisationTag } from './organisationTag.ts'

const hex = (size: number): z.ZodString => z.string().regex(new RegExp(`^0x[0-9a-f]{${size * 2}}$`))
const form = z.strictObject({
  version: z.literal(1),
  network: hex(32),
  name: z.string().min(1).max(80),
  registration: z.strictObject({
    idTag: hex(32),
    identity: hex(20),
    spendX: hex(32),
    spendY: hex(32),
    viewKey: hex(32),
    version: z.literal(1),
  }),
  identitySignature: hex(64),
  spendSignature: hex(64),
  digest: hex(32),
  /** Proof that the view key is held, one for each institution, which alone can check it */
  possession: z.record(hex(32), hex(32)),
  /** Accounts from which the node will pay */
  accounts: z.array(hex(20)).min(1).max(4),
  /** Identity key over all of the above */
  signature: hex(64),
})

/** What an institution that wants to join hands to those that admit: public facts, signed. */
export type JoinRequest = {
  readonly version: 1
  readonly network: Hex
  readonly name: string
  readonly registration: Registration.SignedRegistration['registration']
  readonly identitySignature: Hex
  readonly spendSignature: Hex
  readonly digest: Hex
  readonly possession: Readonly<Record<Hex, Hex>>
  readonly accounts: readonly Hex[]
  readonly signature: Hex
}

export type RequestOptions = {
  readonly networkFile: string
  readonly folder: string
  readonly name: string
  readonly progress: (text: string) => void
}

/** A request that was written; the words only when its keys were made just now. */
export type Requested = {
  readonly file: string
  readonly idTag: Hex
  readonly fingerprint: string
  readonly words: string | undefined
}

/** Makes a new institution's keys, unless they are there, and its request to join. */
export async function requestToJoin(options: RequestOptions): Promise<Requested> {
  const name = options.name.trim()
  if (name === '' || name.length > 80)
    throw new NetworkInputError(options.networkFile, '--name: 1 to 80 characters')
  const network = readNetwork(resolve(options.networkFile))
  options.progress('Reading who is on the network ...')
  const challenges = await institutionsOf(network)
  const folder = resolve(options.folder)
  const { entropy, isNew } = openKeyFolder(folder)
  const keys = Keys.fromEntropy(entropy, fromHex(network.networkId, 32))
  const file = join(folder, 'request.json')
  const wasThere = existsSync(file)
  const request = requestOf({ keys, network, name, challenges })
  writeWhole(file, `${JSON.stringify(request, null, 2)}\n`)
  const { idTag } = request.registration
  const words = isNew || !wasThere ? Keys.toWords(entropy) : undefined
  return { file, idTag, fingerprint: fingerprintOf(idTag), words }
}

/** View keys of all certified institutions, by idTag. */
async function institutionsOf(network: Network): Promise<ReadonlyMap<Hex, Hex>> {
  const chain = await followChain({ network, doors: network.doors, store: openMemoryStore() })
  try {
    await chain.synced()
    const view = chain.view()
    return new Map(
      view.holders('institution').flatMap((idTag) => {
        const entry = view.entry(idTag)
        return entry ? [[idTag, toHex(entry.viewKey)] as const] : []
      }),
    )
  } finally {
    await chain.stop()
  }
}

function requestOf(parts: {
  keys: Keys.Keys
  network: Network
  name: string
  challenges: ReadonlyMap<Hex, Hex>
}): JoinRequest {
  const { keys, network, name, challenges } = parts
  const idTag = organisationTag(keys.networkId, keys.identity.address)
  const { registration, signatures, digest } = Registration.statement(keys, network, { idTag })
  const possession: Record<Hex, Hex> = {}
  for (const [institution, challenge] of challenges)
    possession[institution] = Registration.answerChallenge(keys, { challenge, digest })
  const unsigned: Omit<JoinRequest, 'signature'> = {
    version: 1,
    network: network.networkId,
    ...{ name, registration, digest, possession },
    identitySignature: signatures.identity,
    spendSignature: signatures.spend,
    accounts: payingAccounts(keys),
  }
  return { ...unsigned, signature: toHex(sign(messageOf(unsigned), keys.identity)) }
}

/** Reads a request and checks that it is whole, of this network and its own author's. Throws JoinRequestError. */
export function readJoinRequest(file: string, network: Network): JoinRequest {
  const text = readText(file)
  let request: JoinRequest
  try {
    request = form.parse(JSON.parse(text)) as JoinRequest
  } catch (cause) {
    throw new JoinRequestError(file, 'it is not well formed', cause)
  }
  if (request.network !== network.networkId)
    throw new JoinRequestError(file, `it is for another network (${request.network})`)
  const { signature, ...unsigned } = request
  const identity = fromHex(request.registration.identity, 20)
  if (!isSignedBy(messageOf(unsigned), fromHex(signature, 64), identity))
    throw new JoinRequestError(file, 'its signature does not fit: it was changed on the way')
  if (request.registration.idTag !== organisationTag(fromHex(network.networkId, 32), identity))
    throw new JoinRequestError(file, 'its idTag does not come from its key')
  return request
}

/** Whether the author holds the view key, as far as the institution with these keys can tell. */
export function holdsViewKey(
  request: JoinRequest,
  verifier: { readonly idTag: Hex; readonly keys: Keys.Keys },
  registrationDigest: Uint8Array,
): boolean {
  const answer = request.possession[verifier.idTag]
  return (
    answer !== undefined &&
    isPossessionProven({
      secret: verifier.keys.view.privateKey,
      viewKey: fromHex(request.registration.viewKey, 32),
      registrationDigest,
      answer: fromHex(answer, 32),
    })
  )
}

function messageOf(unsigned: Omit<JoinRequest, 'signature'>): Uint8Array {
  return sha256(utf8('medrec/v1/request'), utf8(canonicalJson(unsigned) ?? ''))
}
