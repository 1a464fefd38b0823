import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { ChainView } from '@medrec/client'
import { AnswerTooLargeError, largestAnswer } from '@medrec/library'
import { type Hex, MedrecError, webPlace } from '@medrec/protocol'
import type { Listen } from './config.ts'

const none: Hex = `0x${'00'.repeat(32)}`
/** Statuses of answers that have no body (Fetch Standard). */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/** SHA-256 of a certificate's public key (SubjectPublicKeyInfo, as RFC 7858 pins it); `certificate`: PEM or DER. */
export function pinOf(certificate: string | Buffer): Hex {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return `0x${createHash('sha256').update(key).digest('hex')}`
}

/** The pin of the certificate that a node itself serves; undefined when it serves none. */
export function pinOfListen(
  { tls }: Pick<Listen, 'tls'>,
  path: (file: string) => string,
): Hex | undefined {
  return tls && pinOf(readFileSync(path(tls.cert)))
}

/** The pins that each institution which says to be at a host published; nothing for one without a pin. */
export type Pins = readonly (readonly Hex[])[]

/** What institutions published of a host: nobody proves that an address in its profile is its own. */
export function pinsAt(view: Pick<ChainView, 'institutions'>, host: string): Pins {
  return view
    .institutions()
    .filter(({ url }) => webPlace(url)?.host === host)
    .map(({ pin, pinNext }) => [pin, pinNext].filter((one) => one !== none))
}

/**
 * `fetch` that takes an institution's key from the chain: over TLS 1.3, with a certificate of this key, whoever signed
 * it, and with no other. Hosts without a pin are asked as usual, by the authorities that the system trusts. Where
 * several institutions say to be, each could name a key of its own for another's host: there the certificate has to
 * be one of such an authority as well.
 */
export function pinnedFetch(pins: (host: string) => Pins): typeof globalThis.fetch {
  return async (input, init) => {
    const address = new URL(input instanceof Request ? input.url : input)
    const claims = address.protocol === 'https:' ? pins(address.host) : []
    const isPinned = claims.length > 0 && claims.every((keys) => keys.length > 0)
    if (!isPinned || input instanceof Request) return fetch(input, init)
    return ask(address, init ?? {}, { keys: claims.flat(), isContested: claims.length > 1 })
  }
}

function ask(
  address: URL,
  init: RequestInit,
  { keys, isContested }: { readonly keys: readonly Hex[]; readonly isContested: boolean },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const headers = Object.fromEntries(new Headers(init.headers))
    const sent = request(
      address,
      {
        // The pin stands for the certificate; a resumed session would show none, so there is none.
        ...{ rejectUnauthorized: isContested, agent: false },
        ...{ minVersion: 'TLSv1.3', maxCachedSessions: 0 },
        ...{ method: init.method ?? 'GET', headers, ...(init.signal && { signal: init.signal }) },
      },
      (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > largestAnswer) response.destroy(new AnswerTooLargeError(largestAnswer))
          else chunks.push(chunk)
        })
        response.once('error', reject)
        response.once('end', () => resolve(answerOf(response, Buffer.concat(chunks))))
      },
    )
    sent.once('socket', (socket) => {
      socket.once('secureConnect', () => {
        const { raw } = (socket as TLSSocket).getPeerCertificate()
        // Nothing of the request has left yet: it is written once the handshake is done, in `end` below.
        if (raw && keys.includes(pinOf(raw))) sent.end(init.body as Uint8Array | string | undefined)
        else sent.destroy(new PinMismatchError(address.host))
      })
    })
    sent.once('error', reject)
  })
}

/** Redirections are not followed: they would lead to a host that nobody asked for. */
function answerOf(
  { statusCode: status = 0, headersDistinct }: IncomingMessage,
  body: Buffer,
): Response {
  const headers = new Headers()
  for (const [name, values] of Object.entries(headersDistinct))
    for (const value of values ?? []) headers.append(name, value)
  return new Response(bodiless.has(status) ? null : Uint8Array.from(body), { status, headers })
}

/** Who answers has not the key that the institution published. */
export class PinMismatchError extends MedrecError {
  readonly code = 'PIN_MISMATCH'
  constructor(host: string) {
    super('What answers there has not the key that the institution published; nothing was sent.', {
      facts: [`Host: ${host}`],
    })
  }
}
