import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { MedrecError } from '@medrec/protocol'

/** A database server with the account that is used there. */
export type ServerSource = {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string | undefined
  /** A socket's folder (PostgreSQL) or file (MariaDB) instead of host and port. */
  readonly socket: string | undefined
  /** PEM of the authority that signs the server's certificate, or undefined for the system's authorities; false: no TLS. */
  readonly tls: { readonly ca: string | undefined } | false
}

/** Where an institution's records are. */
export type Source =
  | { readonly engine: 'sqlite'; readonly file: string }
  | ({ readonly engine: 'postgres' | 'mariadb' } & ServerSource)
  | {
      readonly engine: 'fhir'
      /** Without a slash at its end. */
      readonly base: string
      readonly authorization: string | undefined
    }

export type Engine = Source['engine']

const engines: Readonly<Record<string, Engine>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mariadb',
  'mariadb:': 'mariadb',
  'https:': 'fhir',
  'http:': 'fhir',
}

const usualPorts = { postgres: 5432, mariadb: 3306 }

const knownForms =
  'It has no known form. Write postgres://user@host:5432/database, mysql://user@host:3306/database, https://host/fhir, or the path of a SQLite file.'

/**
 * Reads a database address: `clinic.db`, `sqlite:clinic.db`, `postgres://user@host/database`,
 * `mariadb://user@host/database` (also `mysql://`), `https://host/fhir`. Throws DatabaseAddressError.
 * @param options.secret the account's password, or the token of a FHIR server; it never stands in an address
 * @param options.path where a file's name of the address leads
 */
export function parseSource(
  address: string,
  options: { readonly secret?: string; readonly path?: (file: string) => string } = {},
): Source {
  const { secret, path = (file) => file } = options
  const scheme = /^([a-z]{2,}):/i.exec(address)?.[0].toLowerCase()
  if (scheme === undefined || scheme === 'sqlite:')
    return { engine: 'sqlite', file: path(scheme ? address.slice(scheme.length) : address) }
  const engine = engines[scheme]
  if (!engine || !URL.canParse(address)) throw new DatabaseAddressError(knownForms)
  const url = new URL(address)
  if (url.password !== '')
    throw new DatabaseAddressError(
      'It holds a password. Leave that out: it stands in a file of its own, or is typed when asked.',
    )
  if (engine === 'fhir' || engine === 'sqlite') return fhirSource(url, secret)
  const server = serverSource(url, { port: usualPorts[engine], secret, path })
  // MariaDB's driver holds the certificate of a bare number against the name "localhost".
  if (engine === 'mariadb' && server.tls && isIP(server.host) !== 0)
    throw new DatabaseAddressError(
      'Over TLS a MariaDB server is addressed by the name in its certificate, not by a number.',
    )
  return { engine, ...server }
}

function serverSource(
  url: URL,
  options: {
    readonly port: number
    readonly secret: string | undefined
    readonly path: (file: string) => string
  },
): ServerSource {
  const database = decodeURIComponent(url.pathname.slice(1))
  if (url.username === '' || database === '' || database.includes('/'))
    throw new DatabaseAddressError('It must name the user, the host and the database.')
  const settings = new Map(url.searchParams)
  const [tls, ca, socket] = ['tls', 'ca', 'socket'].map((name) => settings.get(name))
  const unknown = [...settings.keys()].find((name) => !['tls', 'ca', 'socket'].includes(name))
  if (unknown !== undefined || (tls !== undefined && tls !== 'on' && tls !== 'off'))
    throw new DatabaseAddressError(
      'Its settings are "tls=on", "tls=off", "ca=FILE", "socket=PATH".',
    )
  const isPlain = tls === 'off' || (tls === undefined && (isHere(url) || socket !== undefined))
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? options.port : Number(url.port),
    database,
    user: decodeURIComponent(url.username),
    password: options.secret,
    socket,
    tls: isPlain ? false : { ca: ca === undefined ? undefined : readCa(options.path(ca)) },
  }
}

function fhirSource(url: URL, secret: string | undefined): Source {
  if (url.protocol === 'http:' && !isHere(url))
    throw new DatabaseAddressError('A FHIR server on another machine is asked over https only.')
  if (url.search !== '' || url.hash !== '')
    throw new DatabaseAddressError('The base of a FHIR server has no query and no fragment.')
  const user = decodeURIComponent(url.username)
  const basic = (): string => Buffer.from(`${user}:${secret}`).toString('base64')
  return {
    engine: 'fhir',
    base: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    authorization:
      secret === undefined ? undefined : user === '' ? `Bearer ${secret}` : `Basic ${basic()}`,
  }
}

function isHere({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new DatabaseAddressError('The file of the certificate authority cannot be read.', cause)
  }
}

/** The address of the institution's database cannot be used; it is not repeated, since it may hold a secret. */
export class DatabaseAddressError extends MedrecError {
  readonly code = 'DATABASE_ADDRESS'
  constructor(why: string, cause?: unknown) {
    super('The address of the database with the records cannot be used.', { facts: [why], cause })
  }
}
