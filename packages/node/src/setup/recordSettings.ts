import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type Catalogue, parseCatalogue, parseSource, type Source } from '@medrec/gatekeeper'
import type { KeptSettings, RecordSettings } from '@medrec/manager/server'
import { MedrecError } from '@medrec/protocol'
import { parse, stringify, type TomlTable } from 'smol-toml'
import type { ConfigOf } from '../config.ts'
import { readConfig } from '../configFile.ts'
import { writeWhole } from '../network/keyFolder.ts'
import { recordSources } from '../recordSources.ts'
import type { Surroundings } from '../Surroundings.ts'
import { ownSecret } from './ownSecret.ts'

type Provider = ConfigOf<'provider'>['provider']
type Place = Pick<Surroundings, 'file' | 'path' | 'environment'>

/**
 * What the IT console may do with the settings of the institution's database: connect those that the configuration
 * names, and write the configuration for the node's next start.
 */
export function recordSettings(provider: Provider, place: Place): RecordSettings {
  const { file, path, environment } = place
  const allowed = [provider.records, ...(provider.setup_databases ?? [])]
  let waiting: KeptSettings | undefined
  return {
    address: provider.records,
    places: allowed,
    isPresent: (address) => isSameDatabase(address, provider.records, path),
    sourceOf: (address, secret) => {
      const wanted = placeOf(address, path)
      if (!allowed.some((one) => placeOf(one, path) === wanted))
        throw new PlaceNotAllowedError(allowed)
      // The password in the configuration is for its own address: no other server and no other account learns it.
      if (secret === undefined && address === provider.records)
        return recordSources(readOnly(provider), { path, environment }).source
      return parseSource(address, { path, ...(secret !== undefined && { secret }) })
    },
    keep: (settings) => {
      waiting = keep(provider, place, { ...settings, former: waiting })
      return waiting
    },
    waiting: () => waiting,
    restart: `medrec node --config ${quoted(file)}`,
  }
}

type Settings = Parameters<RecordSettings['keep']>[0] & {
  /** What was written since this start: it counts until the new configuration is there. */
  readonly former: KeptSettings | undefined
}

function keep(
  provider: Provider,
  { file, path }: Place,
  { address, secret, catalogue, former }: Settings,
): KeptSettings {
  const names = freeNames(catalogue, path)
  const before = `${file}.before`
  // From what the node runs with: a secret that was kept since is for the address it was kept with.
  const raw = parse(readFileSync(former ? before : file, 'utf8'))
  const table = raw['provider'] as TomlTable
  const isOther = !isSameDatabase(address, provider.records, path)
  table['records'] = address
  table['catalogue'] = names.catalogue
  if (secret !== undefined || address !== provider.records)
    for (const name of ['records_secret_file', 'records_secret_env']) delete table[name]
  if (secret !== undefined) table['records_secret_file'] = names.password
  // An account that writes into another database than the one that is read would be worse than none.
  if (isOther)
    for (const name of ['write_records', 'write_secret_file', 'write_secret_env'])
      delete table[name]
  const text = `${stringify(raw)}\n`
  tryOut(file, text, catalogue)
  if (!former) writeWhole(before, readFileSync(file, 'utf8'), 0o600)
  if (secret !== undefined) ownSecret(path(names.password), secret)
  writeWhole(path(names.catalogue), `${JSON.stringify(catalogue, null, 2)}\n`, 0o600)
  writeWhole(file, text, 0o600)
  removeFiles(former?.files.filter((old) => old !== file && old !== before) ?? [])
  return {
    files: [
      file,
      path(names.catalogue),
      ...(secret === undefined ? [] : [path(names.password)]),
      before,
    ],
    version: catalogue.version,
    losesWriting: isOther && provider.write_records !== undefined,
  }
}

function removeFiles(files: readonly string[]): void {
  for (const file of files) rmSync(file, { force: true })
}

/** Names that no file has: a kill half-way leaves the configuration of before with what it names. */
function freeNames(
  { version }: Catalogue,
  path: (file: string) => string,
): { readonly catalogue: string; readonly password: string } {
  for (let again = 1; ; again++) {
    const name = again === 1 ? String(version) : `${version}-${again}`
    const names = { catalogue: `catalogue-${name}.json`, password: `records-${name}.password` }
    if (!Object.values(names).some((one) => existsSync(path(one)))) return names
  }
}

/** The node's own parsers read what it will start with, before it is there. */
function tryOut(file: string, text: string, catalogue: Catalogue): void {
  const trial = `${file}.trial`
  try {
    rmSync(trial, { force: true })
    writeFileSync(trial, text, { mode: 0o600, flag: 'wx' })
    readConfig(trial)
    parseCatalogue(JSON.parse(JSON.stringify(catalogue)))
  } finally {
    rmSync(trial, { force: true })
  }
}

/** Everything of an address that decides where a connection goes and how it is secured, without account and database. */
function placeOf(address: string, path: (file: string) => string): string {
  const scheme = /^([a-z]{2,}):/i.exec(address)?.[0]
  if (scheme === undefined) return `sqlite:${path(address)}`
  if (scheme.toLowerCase() === 'sqlite:') return `sqlite:${path(address.slice(scheme.length))}`
  if (!URL.canParse(address)) return `none:${address}`
  const url = new URL(address)
  const isFhir = /^https?:$/.test(url.protocol)
  return JSON.stringify([
    ...[url.protocol, url.hostname, url.port, url.search, url.hash],
    isFhir ? url.pathname : '',
  ])
}

/** Whether two addresses lead to the same rows, by whatever account. */
function isSameDatabase(one: string, other: string, path: (file: string) => string): boolean {
  const [a, b] = [one, other].map((address) => databaseOf(parseSource(address, { path })))
  return a === b
}

function databaseOf(source: Source): string {
  if (source.engine === 'sqlite') return source.file
  if (source.engine === 'fhir') return source.base
  const { engine, host, port, socket, database } = source
  return JSON.stringify([engine, socket ?? [host, port], database])
}

/** The settings of the account that reads, alone. */
function readOnly({ records, records_secret_file, records_secret_env }: Provider): Provider {
  return { records, records_secret_file, records_secret_env } as Provider
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

/** The IT console may connect only what the node's configuration names. */
export class PlaceNotAllowedError extends MedrecError {
  readonly code = 'PLACE_NOT_ALLOWED'
  constructor(places: readonly string[]) {
    super('This page may not connect to that server or file.', {
      facts: [
        `It may connect to: ${places.join(', ')}`,
        'Another one: add its address to setup_databases under [provider] in node.toml, on the node itself, and start the node again.',
      ],
    })
  }
}
