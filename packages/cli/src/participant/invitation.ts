import { Registration } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import { UsageError } from '../output.ts'
import { InvitationError } from './errors.ts'
import type { Person } from './open.ts'

/** Longest wait for an institution's answer, in milliseconds */
const patienceMs = 20_000

/** Registers with an invitation: our keys, signed by them, and proof that we hold them. Throws InvitationError. */
export async function registerWith(person: Person, invitation: string): Promise<void> {
  const { keys } = person.participant
  const { code, origins } = read(invitation, person)
  const { origin, idTag } = await find(code, origins)
  const { registration, signatures, digest } = Registration.statement(keys, person.network, {
    idTag,
  })
  const begun = await ask(new URL('/api/register/begin', origin), {
    code,
    registration,
    identitySignature: signatures.identity,
    spendSignature: signatures.spend,
  })
  const challenge = begun['challenge']
  if (typeof challenge !== 'string' || !/^0x[0-9a-f]{64}$/.test(challenge))
    throw new InvitationError(['The institution sent no challenge.'])
  const answer = Registration.answerChallenge(keys, { challenge: challenge as Hex, digest })
  await ask(new URL('/api/register/finish', origin), { code, answer })
}

/** `<code>@<origin>`, a link that ends in it, or a code alone, for which every institution is asked. */
function read(invitation: string, person: Person): { code: string; origins: readonly string[] } {
  const plain = decoded(invitation.split('#invitation=').at(-1) ?? '').trim()
  const at = plain.indexOf('@')
  const code = at < 0 ? plain : plain.slice(0, at)
  const origin = at < 0 ? undefined : plain.slice(at + 1)
  const isAddress = origin === undefined || (/^https?:\/\//.test(origin) && URL.canParse(origin))
  if (!/^[\w -]{4,100}$/.test(code) || !isAddress)
    throw new UsageError('An invitation is a link, or CODE@ADDRESS, as the institution printed it.')
  const known = person.participant.chain.view().institutions()
  return { code, origins: origin === undefined ? known.map(({ url }) => url) : [origin] }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // not encoded at all
  }
}

async function find(
  code: string,
  origins: readonly string[],
): Promise<{ origin: string; idTag: Hex }> {
  let problem: unknown
  for (const origin of origins) {
    try {
      const { idTag } = await ask(new URL(`/api/register/${encodeURIComponent(code)}`, origin))
      if (typeof idTag === 'string' && /^0x[0-9a-f]{64}$/.test(idTag))
        return { origin, idTag: idTag as Hex }
    } catch (cause) {
      problem = cause // another institution may know the code
    }
  }
  if (problem instanceof InvitationError) throw problem
  throw new InvitationError(['No institution knows this code.'])
}

async function ask(url: URL, body?: unknown): Promise<Record<string, unknown>> {
  const request =
    body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-medrec': '1' },
          body: JSON.stringify(body),
        }
  let response: Response
  let answer: unknown
  try {
    response = await fetch(url, { ...request, signal: AbortSignal.timeout(patienceMs) })
    answer = await response.json()
  } catch (cause) {
    throw new InvitationError([`Institution: ${url.origin}`, 'It does not answer.'], cause)
  }
  if (typeof answer !== 'object' || answer === null)
    throw new InvitationError([`Institution: ${url.origin}`, 'It answered in no form we know.'])
  const facts = answer as Record<string, unknown>
  if (response.ok) return facts
  throw new InvitationError([
    `Institution: ${url.origin}`,
    ...['code', 'message', 'whatToDo'].flatMap((name) =>
      typeof facts[name] === 'string' ? [String(facts[name])] : [],
    ),
  ])
}
