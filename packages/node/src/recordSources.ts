import { readFileSync } from 'node:fs'
import { type GatekeeperStatus, parseSource, type Source } from '@medrec/gatekeeper'
import { MedrecError } from '@medrec/protocol'
import type { ConfigOf } from './config.ts'
import type { Log } from './log.ts'
import type { Surroundings } from './Surroundings.ts'

type Records = Pick<
  ConfigOf<'provider'>['provider'],
  | 'records'
  | 'records_secret_file'
  | 'records_secret_env'
  | 'write_records'
  | 'write_secret_file'
  | 'write_secret_env'
>

/**
 * The accounts that read and write the institution's records, with their secrets from a file or the environment.
 * Throws DatabaseAddressError, RecordsSecretError.
 */
export function recordSources(
  config: Records,
  { path, environment }: Pick<Surroundings, 'path' | 'environment'>,
): { readonly source: Source; readonly writeSource?: Source } {
  const secretOf = (
    what: 'records' | 'write',
    file: string | undefined,
    variable: string | undefined,
  ): { secret?: string } => {
    if (file !== undefined) return { secret: readSecret(what, path(file)) }
    if (variable === undefined) return {}
    const secret = environment[variable]
    if (!secret) throw new RecordsSecretError(what, `Variable of the environment: ${variable}`)
    return { secret }
  }
  const reads = secretOf('records', config.records_secret_file, config.records_secret_env)
  const source = parseSource(config.records, { path, ...reads })
  if (config.write_records === undefined) return { source }
  const writes = secretOf('write', config.write_secret_file, config.write_secret_env)
  return { source, writeSource: parseSource(config.write_records, { path, ...writes }) }
}

/** Tells what the database user may do beyond reading by the catalogue, and how to make one that may not. */
export function tellExcess(log: Log, { excess, role }: GatekeeperStatus): void {
  for (const { kind, what } of excess) log('warn', 'database-user-may-do-more', { kind, what })
  if (excess.length === 0) return
  for (const statement of role) log('warn', 'database-user-that-may-not', { statement })
}

function readSecret(what: 'records' | 'write', file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new RecordsSecretError(what, `File: ${file}`, cause)
  }
}

/** The password or token of the database with the records is not where the configuration says. */
export class RecordsSecretError extends MedrecError {
  readonly code = 'RECORDS_SECRET'
  constructor(what: 'records' | 'write', fact: string, cause?: unknown) {
    super('The password of the database with the records cannot be read.', {
      facts: [`Setting: ${what}_secret_file or ${what}_secret_env`, fact],
      cause,
    })
  }
}
