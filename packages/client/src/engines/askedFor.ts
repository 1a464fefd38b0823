import { isIP } from 'node:net'

/** Where a server listens, and under which address others know it. */
export type Reach = {
  readonly host: string
  readonly port: number
  /** Address that a proxy in front of it has */
  readonly url?: string | undefined
}

const loopback = ['localhost', '127.0.0.1', '[::1]']
const everywhere = ['0.0.0.0', '::']

/**
 * Whether a request's Host header names this server. The page of a stranger whose name was made to lead here
 * (DNS rebinding) brings that name along, and counts as of one origin with what it then reads (RFC 9110 §7.2).
 */
export function isAskedFor(header: string | undefined, { host, port, url }: Reach): boolean {
  const asked = hostOf(header)
  if (asked === undefined) return false
  if (url !== undefined && asked === hostOf(new URL(url).host)) return true
  const names = loopback.includes(bracketed(host)) ? loopback : [bracketed(host), ...loopback]
  if (names.some((name) => asked === hostOf(`${name}:${port}`))) return true
  // A number cannot be made to lead elsewhere, so no stranger's page has it for an origin.
  const number = everywhere.includes(host) && numberIn(asked)
  return number !== false && asked === hostOf(`${number}:${port}`)
}

/** A Host header in one spelling, without the port that the scheme has anyway. */
function hostOf(header: string | undefined): string | undefined {
  if (header === undefined || !/^[A-Za-z0-9.:[\]_-]+$/.test(header)) return undefined
  const text = `http://${header.replace(/:443$/, '')}/`
  return URL.canParse(text) ? new URL(text).host : undefined
}

function numberIn(asked: string): string | false {
  const { hostname } = new URL(`http://${asked}/`)
  return isIP(hostname.replace(/^\[(.*)\]$/, '$1')) > 0 && hostname
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}
