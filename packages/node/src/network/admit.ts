import { resolve } from 'node:path'
import { digest, fromHex, type Hex, Keys, registrarDomain, toHex } from '@medrec/protocol'
import { bindCall, registrationHash, type Signing, voteCall } from '@medrec/registrar'
import type { ConfigOf } from '../config.ts'
import { readConfig } from '../configFile.ts'
import { openKeystore } from '../keystore.ts'
import { deskAccount } from '../member.ts'
import { readNetwork } from '../networkFile.ts'
import { readRegistrar, roles } from '../registrarCalls.ts'
import { JoinRequestError, NotInstitutionError, RegistrarRefusedError } from './errors.ts'
import { holdsViewKey, type JoinRequest, readJoinRequest } from './joinRequest.ts'
import { fingerprintOf } from './organisationTag.ts'
import {
  balanceOf,
  ballotOf,
  isBound,
  isInstitution,
  openSession,
  perform,
  type RegistrarSession,
  withRpc,
} from './registrarSession.ts'

export type AdmitOptions = {
  readonly requestFile: string
  /** Configuration of the admitting institution's node */
  readonly configFile: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Asks whether this is really that institution; `false` stops before anything is sent */
  readonly confirm: (facts: { name: string; fingerprint: string }) => Promise<boolean>
  readonly progress: (text: string) => void
  /** Unix seconds */
  readonly clock: () => number
}

/** How an admission stands after this institution's part. */
export type Admitted = {
  readonly outcome: 'admitted' | 'votes-missing' | 'declined'
  readonly name: string
  readonly idTag: Hex
  readonly votes: number
  readonly needed: number
}

/** An institution at the Registrar. */
export type Own = {
  readonly keys: Keys.Keys
  readonly idTag: Hex
  readonly session: RegistrarSession
}

/** In person, with a document. */
const assurance = 2
/** How long a statement to the Registrar holds, in seconds. */
export const callLife = 3_600
/** Share of this institution's money for each account of the new one: there is a next one to admit. */
const shareOfFunds = 8n
const plentyWei = 10n ** 15n

/** An institution binds the keys of a new one, if nobody did, votes for it, and gives it something to pay with. */
export function admit(options: AdmitOptions): Promise<Admitted> {
  return asInstitution(options, (own) => {
    const request = readJoinRequest(resolve(options.requestFile), own.session.network)
    return admitRequest(request, own, options)
  })
}

/** Does a piece of work at the Registrar with an institution's keys. Throws NotInstitutionError. */
export async function asInstitution<T>(
  options: Pick<AdmitOptions, 'configFile' | 'environment'>,
  work: (own: Own) => Promise<T>,
): Promise<T> {
  const { config, path } = readConfig(options.configFile)
  if (config.role !== 'provider')
    throw new NotInstitutionError(options.configFile, `its role is "${config.role}"`)
  const file = path(config.network.file)
  const network = readNetwork(file, config.network.doors)
  const keys = keysOf(config, path, options, network.networkId)
  return withRpc(network.doors[0] as string, async (rpc) => {
    const { privateKey } = deskAccount(keys)
    const session = await openSession({ rpc, network, privateKey, file })
    const idTag = await readRegistrar<Hex>(rpc, network, 'idTagOf', [toHex(keys.identity.address)])
    if (!(await isInstitution(session, idTag)))
      throw new NotInstitutionError(options.configFile, 'the network has not certified this node')
    return work({ keys, idTag, session })
  })
}

async function admitRequest(
  request: JoinRequest,
  own: Own,
  options: AdmitOptions,
): Promise<Admitted> {
  const { session } = own
  const { idTag } = request.registration
  const { name } = request
  const isKnown = await isBound(session, idTag)
  if (!isKnown) requirePossession(request, own, options.requestFile)
  const before = await ballotOf(session, idTag, roles.institution)
  if (before.isCertified) return standing(request, before)
  if (!(await options.confirm({ name, fingerprint: fingerprintOf(idTag) })))
    return { ...standing(request, before), outcome: 'declined' }
  const by: Signing = {
    keys: own.keys,
    network: session.network,
    own: own.idTag,
    deadline: Math.floor(options.clock()) + callLife,
  }
  if (!isKnown) {
    options.progress('Its keys are bound ...')
    await perform(session, 'the binding', bindCall(request, assurance, by))
  }
  options.progress('The vote ...')
  const vote = { idTag, role: 'institution', certified: true, round: before.round } as const
  await unlessVoted(() => perform(session, 'the vote', voteCall(vote, by)))
  await share(session, request.accounts)
  return standing(request, await ballotOf(session, idTag, roles.institution))
}

function standing(
  { name, registration }: JoinRequest,
  { isCertified, votes, institutions }: Awaited<ReturnType<typeof ballotOf>>,
): Admitted {
  const needed = Math.floor(institutions / 2) + 1
  return {
    outcome: isCertified ? 'admitted' : 'votes-missing',
    ...{ name, idTag: registration.idTag },
    ...{ votes: isCertified ? needed : votes, needed },
  }
}

/** Somebody may register with another's view key; only its holder can answer (docs/protocol.md 2.2). */
function requirePossession(request: JoinRequest, own: Own, file: string): void {
  const message = digest(registrarDomain(own.session.network), registrationHash(request))
  if (!holdsViewKey(request, own, message))
    throw new JoinRequestError(
      file,
      'it does not prove to this institution that its author holds the keys (the institution may have joined later)',
    )
}

/** A vote that was given before is as good. */
export async function unlessVoted(vote: () => Promise<void>): Promise<void> {
  try {
    await vote()
  } catch (error) {
    if (error instanceof RegistrarRefusedError && error.reason === 'RegistrarAlreadyVoted') return
    throw error
  }
}

/** Something for the new node's accounts to pay with; those that have enough are left alone. */
async function share(session: RegistrarSession, accounts: readonly Hex[]): Promise<void> {
  const { rpc, sender } = session
  const value = (await balanceOf(rpc, sender.address)) / shareOfFunds
  for (const to of accounts)
    if ((await balanceOf(rpc, to)) < plentyWei && value > 0n)
      await perform(session, 'a transfer', { to, value })
}

function keysOf(
  config: ConfigOf<'provider'>,
  path: (file: string) => string,
  { environment }: Pick<AdmitOptions, 'environment'>,
  networkId: Hex,
): Keys.Keys {
  const entropy = openKeystore(config.keystore, path, environment)
  return Keys.fromEntropy(entropy, fromHex(networkId, 32))
}
