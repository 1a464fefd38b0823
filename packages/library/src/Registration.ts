import type { Entry } from '@medrec/client'
import {
  digest,
  fromHex,
  type Hex,
  type Keys,
  MalformedError,
  type Network,
  provePossession,
  registrarDomain,
  sign,
  statementHash,
  toHex,
} from '@medrec/protocol'
import type { Participant } from './Participant.ts'
import { WaitAbortedError } from './submission.ts'

/** What an institution binds at the registrar: our public keys, signed by identity and spend key. */
export type SignedRegistration = {
  readonly registration: {
    readonly idTag: Hex
    readonly identity: Hex
    readonly spendX: Hex
    readonly spendY: Hex
    readonly viewKey: Hex
    readonly version: number
  }
  readonly signatures: { readonly identity: Hex; readonly spend: Hex }
  /** What the answer to the institution's challenge is bound to. */
  readonly digest: Hex
}

/** Signs our keys under an idTag (docs/protocol.md section 2.2). */
export function statement(
  keys: Keys.Keys,
  network: Network,
  options: { readonly idTag: Hex; readonly version?: number },
): SignedRegistration {
  const version = options.version ?? 1
  const { publicKey } = keys.spend
  const value = {
    idTag: fromHex(options.idTag, 32),
    identity: keys.identity.address,
    spendX: publicKey.slice(0, 32),
    spendY: publicKey.slice(32),
    viewKey: keys.view.publicKey,
    version,
  }
  const message = digest(registrarDomain(network), statementHash('Registration', value))
  return {
    registration: {
      idTag: options.idTag,
      identity: toHex(value.identity),
      spendX: toHex(value.spendX),
      spendY: toHex(value.spendY),
      viewKey: toHex(value.viewKey),
      version,
    },
    signatures: {
      identity: toHex(sign(message, keys.identity)),
      spend: toHex(sign(message, keys.spend)),
    },
    digest: toHex(message),
  }
}

/** Answers an institution's challenge: shows that the view key is ours. Throws MalformedError. */
export function answerChallenge(
  keys: Keys.Keys,
  options: { readonly challenge: Hex; readonly digest: Hex },
): Hex {
  const { challenge, digest: message } = options
  const answer = provePossession(keys.view.privateKey, fromHex(challenge, 32), fromHex(message, 32))
  if (!answer) throw new MalformedError('a challenge that is a public key expected')
  return toHex(answer)
}

/** Resolves with our entry once it stands at the registrar. Throws WaitAbortedError. */
export function waitUntilBound(participant: Participant, signal?: AbortSignal): Promise<Entry> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      stop()
      signal?.removeEventListener('abort', abort)
    }
    const look = (): void => {
      const me = participant.me()
      if (!me) return
      finish()
      resolve(me)
    }
    const abort = (): void => {
      finish()
      reject(new WaitAbortedError('registration'))
    }
    const stop = participant.subscribe(look)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    else look()
  })
}
