import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { MedrecError } from '@medrec/protocol'
import { parse, stringify, TomlError } from 'smol-toml'
import type { z } from 'zod'
import { type NodeConfig, nodeConfig } from './config.ts'

/** A checked configuration, its file and the folder that its relative paths start from. */
export type LoadedConfig = {
  readonly file: string
  readonly config: NodeConfig
  readonly path: (file: string) => string
}

/** Reads and checks a configuration file. Throws ConfigError that names file, line, key and remedy. */
export function readConfig(file: string): LoadedConfig {
  const text = readText(file)
  const result = nodeConfig.safeParse(parseToml(file, text))
  if (!result.success)
    throw new ConfigError(
      file,
      result.error.issues.map((issue) => describe(text, issue)),
    )
  const config = result.data
  checkListen(file, text, config)
  const home = resolve(dirname(file), config.home)
  return { file: resolve(file), config, path: (name) => resolve(home, name) }
}

/** Writes a configuration as TOML. */
export function printConfig(config: NodeConfig): string {
  return `${stringify(config)}\n`
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConfigError(file, ['The file cannot be read. Check the path and its permissions.'], {
      cause,
    })
  }
}

function parseToml(file: string, text: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    const [reason = ''] = cause.message.replace(/^Invalid TOML document: /, '').split('\n')
    throw new ConfigError(file, [`line ${cause.line}, column ${cause.column}: ${reason}.`], {
      cause,
    })
  }
}

function describe(text: string, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => [...issue.path, key].join('.'))
    const line = lineOf(text, [...issue.path, issue.keys[0] as string])
    return `${at(line)}${names.join(', ')}: not a setting of this role. Remove it or correct its spelling.`
  }
  const key = issue.path.join('.') || 'role'
  return `${at(lineOf(text, issue.path))}${key}: ${lowered(issue.message)}.`
}

function lowered(message: string): string {
  const text = message
    .replace(/^Invalid input: expected object, received undefined$/, 'this section is missing')
    .replace(/^Invalid input: expected (\w+), received undefined$/, 'missing; a $1 is needed')
    .replace(/^Invalid input: expected/, 'expected')
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function at(line: number | undefined): string {
  return line === undefined ? '' : `line ${line}: `
}

/** Line of a key in TOML text; of its table's header when the key itself is missing. */
function lineOf(text: string, path: readonly PropertyKey[]): number | undefined {
  const lines = text.split('\n')
  const names = path.filter((part): part is string => typeof part === 'string')
  let table = ''
  let header: number | undefined
  for (const [index, line] of lines.entries()) {
    const head = /^\s*\[\[?([^\]]+)\]\]?/.exec(line)?.[1]?.trim()
    if (head !== undefined) {
      table = head
      if (names.join('.').startsWith(head)) header = index + 1
    }
    const key = /^\s*([\w-]+)\s*=/.exec(line)?.[1]
    if (key === undefined) continue
    const full = table ? `${table}.${key}` : key
    if (names.join('.') === full || names.join('.').startsWith(`${full}.`)) return index + 1
  }
  return header
}

/** Anything that others can reach is encrypted. */
function checkListen(file: string, text: string, config: NodeConfig): void {
  if (config.role === 'chain') return
  const { host, tls } = config.listen
  if (isLoopback(host) || tls) return
  throw new ConfigError(file, [
    `${at(lineOf(text, ['listen', 'host']))}listen.host: "${host}" can be reached from other machines, so [listen.tls] with cert and key is needed. ` +
      'For a try-out: openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=medrec -keyout key.pem -out cert.pem',
  ])
}

/** Whether an address is this machine only. */
export function isLoopback(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1'].includes(host)
}

/** A configuration file is missing, unreadable or says something that cannot be. */
export class ConfigError extends MedrecError {
  readonly code = 'CONFIG_WRONG'
  constructor(file: string, problems: readonly string[], options: { cause?: unknown } = {}) {
    super(`The configuration cannot be used: ${file}`, { ...options, facts: problems })
  }
}
