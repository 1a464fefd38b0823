import type { Chain, Entry } from '@medrec/client'
import {
  challengePossession,
  digest,
  fromHex,
  type Hex,
  type Identification,
  isPossessionProven,
  type Keys,
  type Network,
  registrarDomain,
  toHex,
  webPlace,
} from '@medrec/protocol'
import type { NodeDatabase } from '@medrec/records/node'
import { Invitations } from './Invitations.ts'
import { lookUp, RegistrarUnreachableError } from './lookUp.ts'
import { mayPropose, type ProposalDecision } from './mayPropose.ts'
import {
  attestCall,
  bindCall,
  type RegistrarCall,
  type roleNumbers,
  roundCall,
  type Signing,
  voteCall,
} from './registrarCalls.ts'
import {
  AlreadyRegisteredError,
  CardWrongError,
  checkRegistration,
  NotCertifiedError,
  NotRegisteredError,
  RegistrationWrongError,
  registrationHash,
  type SignedRegistration,
} from './registration.ts'

export type DeskOptions = {
  /** The institution. */
  readonly participant: {
    readonly keys: Keys.Keys
    readonly network: Network
    readonly chain: Pick<Chain, 'view' | 'rpc'>
  }
  readonly registrarUrl: string
  /** Sends a transaction to the Registrar and resolves with its hash; whoever pays. */
  readonly submit: (transaction: RegistrarCall) => Promise<Hex>
  readonly database: NodeDatabase
  /** Unix seconds. */
  readonly clock: () => number
  readonly fetch?: typeof globalThis.fetch
  /** Seconds that an invitation lives, seven days unless told. */
  readonly invitationLife?: number
}

/** Somebody found by her number. */
export type Match = {
  readonly entry: Entry
  /** Names of the institutions that stand for her keys, the one that bound them first. */
  readonly verifiedBy: readonly string[]
  /** Unix seconds */
  readonly since: number
}

/** A card that a person shows (QR, file): public facts, compared with the registrar and her document. */
export type ShownCard = { readonly network: Hex; readonly idTag: Hex; readonly identity: Hex }

/** The desk of an institution: finds, invites, registers and attests people (docs/protocol.md 10.1). */
export type Desk = {
  /** Finds somebody by number; `staff` is charged at the registrar. Throws as `lookUp`. */
  lookup(identification: Identification, staff: string): Promise<{ idTag: Hex; match?: Match }>
  /** A code with which a person registers her own keys, once. Throws AlreadyRegisteredError. */
  invite(options: {
    localPatient: string
    identification: Identification
    staff: string
  }): Promise<{ code: string; idTag: Hex; expires: number }>
  /** What the invited person's app must know to sign her registration. Throws InvitationError. */
  invitation(code: string): { idTag: Hex; institution: Hex; expires: number }
  /** Takes a registration and returns the challenge for its view key. Throws RegistrationWrongError. */
  beginRegistration(code: string, registration: unknown): { challenge: Hex }
  /** Binds the keys once the challenge is answered; the code is used up. Throws RegistrationWrongError. */
  finishRegistration(
    code: string,
    answer: Hex,
  ): Promise<{ idTag: Hex; localPatient: string; transaction: Hex }>
  /** Notes the keys of somebody registered who stands at the desk, and attests them once. Throws CardWrongError. */
  bindCard(options: {
    localPatient: string
    card: ShownCard
    identification: Identification
    staff: string
  }): Promise<{ idTag: Hex; transaction?: Hex }>
  /** Stands for the keys that somebody showed here. Throws NotRegisteredError, CardWrongError. */
  attest(idTag: Hex): Promise<{ transaction: Hex }>
  vote(options: {
    idTag: Hex
    role: keyof typeof roleNumbers
    certified: boolean
  }): Promise<{ transaction: Hex }>
  /** Whether records may be proposed to these keys. */
  mayPropose(idTag: Hex): ProposalDecision
}

/** In person, with a document: the assurance that a desk binds with. */
const assuranceInPerson = 2
const defaultLife = 7 * 86_400
/** Seconds in which a signed call must reach a block. */
const callLife = 3_600

/** Opens an institution's desk on its node's database. */
export function openDesk(options: DeskOptions): Desk {
  const invitations = new Invitations(options.database)
  const context: Context = { ...options, invitations }
  return {
    lookup: (identification, staff) => lookup(identification, staff, context),
    invite: (wanted) => invite(wanted, context),
    invitation(code) {
      const { idTag, expires } = invitations.usable(code, options.clock())
      return { idTag, institution: ownTag(context), expires }
    },
    beginRegistration: (code, registration) => begin(code, registration, context),
    finishRegistration: (code, answer) => finish(code, answer, context),
    bindCard: (shown) => bindCard(shown, context),
    async attest(idTag) {
      const entry = options.participant.chain.view().entry(idTag)
      if (!entry) throw new NotRegisteredError(idTag)
      const shown = invitations.shown(idTag)
      if (shown?.identity !== entry.identity || shown.version !== entry.version)
        throw new CardWrongError('other-keys')
      return {
        transaction: await options.submit(attestCall(idTag, entry.version, signing(context))),
      }
    },
    vote: (wanted) => vote(wanted, context),
    mayPropose: (idTag) => decide(idTag, context),
  }
}

type Context = DeskOptions & { readonly invitations: Invitations }

async function lookup(
  identification: Identification,
  staff: string,
  context: Context,
): Promise<{ idTag: Hex; match?: Match }> {
  const idTag = await tagOf(identification, staff, context)
  const view = context.participant.chain.view()
  const entry = view.entry(idTag)
  if (!entry) return { idTag }
  const verifiedBy = [entry.institution, ...entry.attestedBy]
    .filter((institution) => view.entry(institution)) // founders of a network were bound by nobody
    .map((institution) => view.profile(institution)?.name ?? institution)
  return { idTag, match: { entry, verifiedBy, since: entry.validFrom } }
}

async function invite(
  wanted: { localPatient: string; identification: Identification; staff: string },
  context: Context,
): Promise<{ code: string; idTag: Hex; expires: number }> {
  const idTag = await tagOf(wanted.identification, wanted.staff, context)
  if (context.participant.chain.view().entry(idTag)) throw new AlreadyRegisteredError(idTag)
  const expires = Math.floor(context.clock()) + (context.invitationLife ?? defaultLife)
  const { localPatient } = wanted
  return { code: context.invitations.add({ localPatient, idTag, expires }), idTag, expires }
}

function begin(code: string, registration: unknown, context: Context): { challenge: Hex } {
  const { invitations, participant } = context
  const { network, chain } = participant
  const invitation = invitations.usable(code, context.clock())
  const signed = checkRegistration(registration, registrarDomain(network))
  const { idTag, identity } = signed.registration
  if (idTag !== invitation.idTag) throw new RegistrationWrongError('another-person')
  const view = chain.view()
  if (view.entry(idTag)) throw new AlreadyRegisteredError(idTag)
  if (view.entryOfIdentity(identity)) throw new RegistrationWrongError('identity-taken')
  const { secret, challenge } = challengePossession()
  invitations.begin(code, JSON.stringify(signed), secret)
  return { challenge: toHex(challenge) }
}

async function finish(
  code: string,
  answer: Hex,
  context: Context,
): Promise<{ idTag: Hex; localPatient: string; transaction: Hex }> {
  const { invitations, participant } = context
  const { network, chain } = participant
  const invitation = invitations.usable(code, context.clock())
  if (invitation.registration === null || invitation.secret === null)
    throw new RegistrationWrongError('not-begun')
  const signed = JSON.parse(invitation.registration) as SignedRegistration
  const isProven = isPossessionProven({
    secret: new Uint8Array(invitation.secret),
    viewKey: fromHex(signed.registration.viewKey, 32),
    registrationDigest: digest(registrarDomain(network), registrationHash(signed)),
    answer: fromHex(answer),
  })
  if (!isProven) throw new RegistrationWrongError('possession')
  const { idTag, identity, version } = signed.registration
  if (chain.view().entry(idTag)) throw new AlreadyRegisteredError(idTag)
  const transaction = await context.submit(bindCall(signed, assuranceInPerson, signing(context)))
  // Only now: when sending fails the same code and answer work again.
  const { localPatient } = invitation
  invitations.show({ idTag, localPatient, shown: { identity, version }, now: context.clock() })
  invitations.use(code)
  return { idTag, localPatient, transaction }
}

async function bindCard(
  options: {
    localPatient: string
    card: ShownCard
    identification: Identification
    staff: string
  },
  context: Context,
): Promise<{ idTag: Hex; transaction?: Hex }> {
  const { card, localPatient, identification, staff } = options
  const { network, chain } = context.participant
  if (card.network !== network.networkId) throw new CardWrongError('network')
  const idTag = await tagOf(identification, staff, context)
  if (card.idTag !== idTag) throw new CardWrongError('another-person')
  const entry = chain.view().entry(idTag)
  if (!entry) throw new NotRegisteredError(idTag)
  if (entry.identity !== card.identity) throw new CardWrongError('other-keys')
  const { identity, version } = entry
  context.invitations.show({
    idTag,
    localPatient,
    shown: { identity, version },
    now: context.clock(),
  })
  const own = ownTag(context)
  if (entry.institution === own || entry.attestedBy.includes(own)) return { idTag }
  return { idTag, transaction: await context.submit(attestCall(idTag, version, signing(context))) }
}

async function vote(
  wanted: { idTag: Hex; role: keyof typeof roleNumbers; certified: boolean },
  context: Context,
): Promise<{ transaction: Hex }> {
  const { network, chain } = context.participant
  const call = { to: network.registrar, data: roundCall(wanted.idTag, wanted.role) }
  const round = Number(await chain.rpc().request<Hex>('eth_call', [call, 'latest']))
  return { transaction: await context.submit(voteCall({ ...wanted, round }, signing(context))) }
}

function decide(idTag: Hex, context: Context): ProposalDecision {
  const view = context.participant.chain.view()
  return mayPropose({
    entry: view.entry(idTag),
    shown: context.invitations.shown(idTag),
    own: ownTag(context),
    isCertified: (institution) => view.hasRole(institution, 'institution'),
  })
}

async function tagOf(
  identification: Identification,
  staff: string,
  context: Context,
): Promise<Hex> {
  const { participant, registrarUrl, clock } = context
  const { keys, network, chain } = participant
  const service = [...chain.view().holders('registrar')]
    .map((idTag) => chain.view().profile(idTag))
    .find((profile) => profile && webPlace(profile.url)?.host === new URL(registrarUrl).host)
  if (!service)
    throw new RegistrarUnreachableError(registrarUrl, 'no certified registrar has this address')
  return lookUp(identification, staff, {
    ...{ keys, network, own: ownTag(context), registrarUrl, now: clock() },
    registrarKey: service.anchorKey,
    fetch: context.fetch ?? globalThis.fetch,
  })
}

/** Our own idTag. Throws NotCertifiedError. */
function ownTag({ participant }: Context): Hex {
  const view = participant.chain.view()
  const own = view.entryOfIdentity(toHex(participant.keys.identity.address))
  if (!own || !view.hasRole(own.idTag, 'institution')) throw new NotCertifiedError()
  return own.idTag
}

function signing(context: Context): Signing {
  const { keys, network, chain } = context.participant
  // The contract counts by blocks, whose time may be ahead of our clock.
  const deadline = Math.floor(Math.max(context.clock(), chain.view().head.time)) + callLife
  return { keys, network, own: ownTag(context), deadline }
}
