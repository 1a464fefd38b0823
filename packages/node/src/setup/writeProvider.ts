import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Catalogue, parseCatalogue } from '@medrec/gatekeeper'
import { MedrecError } from '@medrec/protocol'
import { type ConfigOf, nodeConfig } from '../config.ts'
import { printConfig, readConfig } from '../configFile.ts'
import { writeWhole } from '../network/keyFolder.ts'

/** The two files of a provider's setup. */
export type ProviderFiles = { readonly config: string; readonly catalogue: string }

export type ProviderSettings = {
  readonly name: string
  /** Address of the database, or path of its file, as the node reads it */
  readonly records: string
  readonly secretFile?: string
  readonly port: number
  readonly network: string
  readonly doors?: readonly string[]
  readonly registrar: string
  readonly portal?: string
}

/** Files of the setup that are there already with another content; whoever overwrites them was asked. */
export function filesInTheWay(
  folder: string,
  files: readonly [string, string][],
): readonly string[] {
  return files
    .map(([name, text]) => [join(folder, name), text] as const)
    .filter(([file, text]) => existsSync(file) && readFileSync(file, 'utf8') !== text)
    .map(([file]) => file)
}

/** The texts of a provider's `node.toml` and `catalogue.json`. */
export function providerTexts(
  settings: ProviderSettings,
  catalogue: Catalogue,
): readonly [name: string, text: string][] {
  return [
    ['catalogue.json', `${JSON.stringify(catalogue, null, 2)}\n`],
    ['node.toml', printConfig(configOf(settings))],
  ]
}

/**
 * Writes a provider's configuration and catalogue, each whole or not at all, after the node's own parsers have read
 * them. Throws ConfigError, CatalogueError, FilesThereError unless `overwrite`.
 */
export function writeProvider(options: {
  readonly folder: string
  readonly settings: ProviderSettings
  readonly catalogue: Catalogue
  readonly overwrite: boolean
}): ProviderFiles {
  const { folder, settings, catalogue, overwrite } = options
  const texts = providerTexts(settings, catalogue)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const there = filesInTheWay(folder, [...texts])
  if (there.length > 0 && !overwrite) throw new FilesThereError(there)
  for (const [name, text] of texts) tried(join(folder, `${name}.trial`), name, text)
  for (const [name, text] of texts) writeWhole(join(folder, name), text, 0o600)
  return { config: join(folder, 'node.toml'), catalogue: join(folder, 'catalogue.json') }
}

/** Reads a text as the node will, out of a file that is gone afterwards. */
function tried(file: string, name: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 })
    if (name === 'node.toml') readConfig(file)
    else parseCatalogue(JSON.parse(readFileSync(file, 'utf8')))
  } finally {
    rmSync(file, { force: true })
  }
}

function configOf(settings: ProviderSettings): ConfigOf<'provider'> {
  const { name, records, secretFile, port, network, doors, registrar, portal } = settings
  return nodeConfig.parse({
    role: 'provider',
    name,
    listen: { port },
    network: { file: network, ...(doors && { doors }) },
    keystore: { file: 'keystore.json', passphrase_file: 'passphrase' },
    log: { file: 'node.log' },
    provider: {
      ...{ database: 'node.db', records, catalogue: 'catalogue.json', registrar },
      ...(secretFile !== undefined && { records_secret_file: secretFile }),
      ...(portal !== undefined && { portal, origins: [new URL(portal).origin] }),
    },
  }) as ConfigOf<'provider'>
}

/** The setup's files are there already, and nobody said that they may be replaced. */
export class FilesThereError extends MedrecError {
  readonly code = 'FILES_THERE'
  constructor(files: readonly string[]) {
    super('These files are there already, with another content. Nothing was changed.', {
      facts: [...files.map((file) => `File: ${file}`), 'Name another folder, or say --overwrite.'],
    })
  }
}
