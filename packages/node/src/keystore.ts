import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fromHex, MedrecError, toHex } from '@medrec/protocol'
import { z } from 'zod'
import type { KeystoreConfig } from './config.ts'

/** scrypt cost (RFC 7914): 2^17 takes 0.3-0.5 s and 128 MiB; demonstrations use 2^12. */
const usualCost = 2 ** 17
const blockSize = 8
const associated = Buffer.from('medrec/v1/keystore')

const keystoreFile = z.strictObject({
  version: z.literal(1),
  kdf: z.literal('scrypt'),
  n: z
    .number()
    .int()
    .min(2)
    .max(2 ** 22),
  r: z.number().int().min(1).max(64),
  p: z.number().int().min(1).max(16),
  salt: z.string(),
  cipher: z.literal('aes-256-gcm'),
  iv: z.string(),
  text: z.string(),
  tag: z.string(),
})

/** Writes 16 bytes of entropy, sealed under a passphrase (scrypt, AES-256-GCM), readable by its owner only. */
export function writeKeystore(options: {
  file: string
  entropy: Uint8Array
  passphrase: string
  cost?: number
}): void {
  const n = options.cost ?? usualCost
  const salt = randomBytes(16)
  const iv = randomBytes(12)
  const key = keyOf(options.passphrase, { n, salt })
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  key.fill(0)
  cipher.setAAD(associated)
  const text = Buffer.concat([cipher.update(options.entropy), cipher.final()])
  const content = {
    version: 1,
    kdf: 'scrypt',
    n,
    r: blockSize,
    p: 1,
    salt: toHex(salt),
    cipher: 'aes-256-gcm',
    iv: toHex(iv),
    text: toHex(text),
    tag: toHex(cipher.getAuthTag()),
  }
  writeFileSync(`${options.file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${options.file}.new`, options.file)
}

/** Opens a keystore. Throws KeystoreError when the file is none or the passphrase does not fit. */
export function readKeystore(file: string, passphrase: string): Uint8Array {
  const stored = parseFile(file)
  try {
    const key = keyOf(passphrase, { n: stored.n, salt: fromHex(stored.salt) })
    const decipher = createDecipheriv('aes-256-gcm', key, fromHex(stored.iv))
    key.fill(0) // the cipher has a copy of its own, which ends with it
    decipher.setAAD(associated)
    decipher.setAuthTag(fromHex(stored.tag))
    return Buffer.concat([decipher.update(fromHex(stored.text)), decipher.final()])
  } catch (cause) {
    throw new KeystoreError('The passphrase does not open this keystore.', file, { cause })
  }
}

/** Opens the keystore that a configuration names; its passphrase stands in a file or a variable. */
export function openKeystore(
  config: KeystoreConfig,
  path: (file: string) => string,
  environment: Readonly<Record<string, string | undefined>>,
): Uint8Array {
  return readKeystore(path(config.file), passphraseOf(config, path, environment))
}

function passphraseOf(
  config: KeystoreConfig,
  path: (file: string) => string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (config.passphrase_env !== undefined) {
    const value = environment[config.passphrase_env]
    if (value) return value
    throw new KeystoreError(
      `The environment variable ${config.passphrase_env} with the passphrase is not set.`,
      path(config.file),
    )
  }
  if (config.passphrase_file === undefined)
    throw new KeystoreError(
      'The configuration names neither keystore.passphrase_file nor keystore.passphrase_env.',
      path(config.file),
    )
  try {
    return readFileSync(path(config.passphrase_file), 'utf8').trim()
  } catch (cause) {
    throw new KeystoreError(
      `The file with the passphrase cannot be read: ${path(config.passphrase_file)}`,
      path(config.file),
      { cause },
    )
  }
}

function parseFile(file: string): z.infer<typeof keystoreFile> {
  try {
    return keystoreFile.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new KeystoreError('This keystore cannot be read; it is missing or damaged.', file, {
      cause,
    })
  }
}

function keyOf(passphrase: string, { n, salt }: { n: number; salt: Uint8Array }): Buffer {
  const maxmem = 128 * n * blockSize + 2 ** 20
  return scryptSync(passphrase.normalize('NFKC'), salt, 32, { N: n, r: blockSize, p: 1, maxmem })
}

/** The keystore is missing or damaged, or the passphrase does not open it. */
export class KeystoreError extends MedrecError {
  readonly code = 'KEYSTORE_LOCKED'
  constructor(summary: string, file: string, options: { cause?: unknown } = {}) {
    super(summary, { ...options, facts: [`Keystore: ${file}`] })
  }
}
