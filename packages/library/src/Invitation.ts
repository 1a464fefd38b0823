import type { ChainView } from '@medrec/client'
import { type Hex, type Keys, MedrecError, type Network, webPlace } from '@medrec/protocol'
import * as Registration from './Registration.ts'

/** An institution of the network, as the chain names it. */
export type Inviter = { readonly idTag: Hex; readonly name: string; readonly origin: string }

/** An invitation that somebody brought, and the institutions that it may be of. */
export type Invitation = { readonly code: string; readonly inviters: readonly Inviter[] }

/** Longest wait for an institution's answer, in milliseconds */
const patienceMs = 20_000

/**
 * Reads `CODE@ADDRESS`, a link that ends in it, or a code alone. The address has to be one that a certified
 * institution published on the chain: a link may come from anybody. Nothing is sent. Throws
 * InvitationUnreadableError or InviterUnknownError.
 */
export function read(text: string, view: Pick<ChainView, 'institutions'>): Invitation {
  const plain = decoded(text.split('#invitation=').at(-1) ?? '').trim()
  const at = plain.indexOf('@')
  const code = (at < 0 ? plain : plain.slice(0, at)).trim()
  if (!/^[\w -]{4,100}$/.test(code)) throw new InvitationUnreadableError()
  const known = view.institutions().flatMap(({ idTag, name, url }): readonly Inviter[] => {
    const place = webPlace(url)
    return place ? [{ idTag, name, origin: place.origin }] : []
  })
  if (at < 0) return { code, inviters: known }
  const place = webPlace(plain.slice(at + 1))
  if (!place) throw new InvitationUnreadableError()
  const inviters = known.filter(({ origin }) => origin === place.origin)
  if (inviters.length === 0) throw new InviterUnknownError(place.origin)
  return { code, inviters }
}

/**
 * Registers with an institution's invitation: our keys, signed by them, and proof that we hold them. Returns
 * the idTag. Throws InvitationRefusedError.
 */
export async function accept(options: {
  keys: Keys.Keys
  network: Network
  code: string
  inviter: Inviter
  fetch: typeof globalThis.fetch
}): Promise<Hex> {
  const { keys, network, code } = options
  const ask = (step: string, body?: unknown): Promise<Record<string, unknown>> =>
    answerOf(options, step, body)
  const { idTag } = await ask(encodeURIComponent(code))
  if (!isHash(idTag)) throw unheard(options.inviter)
  const { registration, signatures, digest } = Registration.statement(keys, network, { idTag })
  const { challenge } = await ask('begin', {
    code,
    registration,
    identitySignature: signatures.identity,
    spendSignature: signatures.spend,
  })
  if (!isHash(challenge)) throw unheard(options.inviter)
  await ask('finish', { code, answer: Registration.answerChallenge(keys, { challenge, digest }) })
  return idTag
}

async function answerOf(
  { inviter, fetch }: { inviter: Inviter; fetch: typeof globalThis.fetch },
  step: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  let response: Response
  let answer: unknown
  try {
    response = await fetch(new URL(`/api/register/${step}`, inviter.origin), {
      // To another address nothing goes, whoever sends us there.
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
      ...(body === undefined
        ? {}
        : {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-medrec': '1' },
            body: JSON.stringify(body),
          }),
    })
    answer = await response.json()
  } catch (cause) {
    throw unheard(inviter, cause)
  }
  if (typeof answer !== 'object' || answer === null) throw unheard(inviter)
  const facts = answer as Record<string, unknown>
  if (response.ok) return facts
  const told = ['message', 'whatToDo'].flatMap((name) =>
    typeof facts[name] === 'string' ? [facts[name]] : [],
  )
  throw new InvitationRefusedError(inviter, told.join(' ') || `It answered ${response.status}.`)
}

function isHash(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
}

function unheard(inviter: Inviter, cause?: unknown): InvitationRefusedError {
  return new InvitationRefusedError(inviter, 'It does not answer as it should.', cause)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // not encoded at all
  }
}

/** What was typed is no invitation as institutions print them. */
export class InvitationUnreadableError extends MedrecError {
  readonly code = 'INVITATION_UNREADABLE'
  constructor() {
    super('This is no invitation.', {
      facts: ['An invitation is a link, or CODE@ADDRESS, as the institution printed it.'],
    })
  }
}

/** No certified institution has the address that an invitation names. */
export class InviterUnknownError extends MedrecError {
  readonly code = 'INVITER_UNKNOWN'
  readonly origin: string
  constructor(origin: string) {
    super('No institution of this network has the address that the invitation names.', {
      facts: [
        `Address: ${origin}`,
        'Nothing was sent. Ask your institution for an invitation, in person.',
      ],
    })
    this.origin = origin
  }
}

/** An institution did not register us; `words` is what it said. */
export class InvitationRefusedError extends MedrecError {
  readonly code = 'INVITATION_REFUSED'
  readonly words: string
  constructor(inviter: Inviter, words: string, cause?: unknown) {
    super('The invitation could not be used.', {
      cause,
      facts: [
        `Institution: ${inviter.origin}`,
        words,
        'Your keys are safe. Ask the institution for a new invitation.',
      ],
    })
    this.words = words
  }
}
