import { Registration } from '@medrec/library'
import type { Hex, Keys, Network } from '@medrec/protocol'
import { live as text } from '../../text/live.ts'
import type { PortalConfig } from '../entrance.ts'

type Invited = { readonly origin: string; readonly code: string; readonly idTag: Hex }

/** Registers with an institution's invitation: her keys, signed by them, and proof that she holds them. */
export async function register(options: {
  config: PortalConfig
  network: Network
  keys: Keys.Keys
  invitation: string
}): Promise<Hex> {
  const { network, keys } = options
  const { origin, code, idTag } = await find(options.invitation, options.config)
  const { registration, signatures, digest } = Registration.statement(keys, network, { idTag })
  const begun = await post(origin, 'begin', {
    code,
    registration,
    identitySignature: signatures.identity,
    spendSignature: signatures.spend,
  })
  const challenge = begun['challenge']
  if (typeof challenge !== 'string') throw new Error(text.registrationFailed)
  const answer = Registration.answerChallenge(keys, { challenge: challenge as Hex, digest })
  await post(origin, 'finish', { code, answer })
  return idTag
}

/** Reads `<code>@<origin>`, a link with it, or a code alone, for which every institution is asked. */
async function find(invitation: string, config: PortalConfig): Promise<Invited> {
  const plain = decodeURIComponent(invitation.split('#invitation=').at(-1) ?? invitation).trim()
  const [code = '', origin] = plain.split('@')
  const places = origin ? [origin] : config.institutions.map(({ url }) => url)
  for (const place of places) {
    const response = await fetch(new URL(`/api/register/${encodeURIComponent(code)}`, place)).catch(
      () => undefined, // this one does not answer; another may know the code
    )
    if (!response?.ok) continue
    const { idTag } = (await response.json()) as { idTag: Hex }
    return { origin: place, code, idTag }
  }
  throw new Error(text.invitationUnknown)
}

async function post(
  origin: string,
  step: 'begin' | 'finish',
  body: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(new URL(`/api/register/${step}`, origin), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-medrec': '1' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as Record<string, unknown>
  if (!response.ok)
    throw new Error([answer['message'], answer['whatToDo']].filter(Boolean).join(' '))
  return answer
}
