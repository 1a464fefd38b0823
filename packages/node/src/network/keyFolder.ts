import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Keys } from '@medrec/protocol'
import { readKeystore, writeKeystore } from '../keystore.ts'
import { NetworkInputError } from './errors.ts'

/** Keys of a node: the 16 bytes that everything comes from, and whether they were made just now. */
export type KeyFolder = { readonly entropy: Uint8Array; readonly isNew: boolean }

/**
 * Opens the keys in a folder, or makes them: `keystore.json` under the passphrase in `passphrase`, which is
 * random unless it is there already. Both are readable by their owner only.
 */
export function openKeyFolder(folder: string): KeyFolder {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const keystore = join(folder, 'keystore.json')
  const file = join(folder, 'passphrase')
  if (existsSync(keystore)) return { entropy: readKeystore(keystore, read(file)), isNew: false }
  if (!existsSync(file)) writeSecret(file, `${randomBytes(24).toString('base64url')}\n`)
  const entropy = Keys.newEntropy()
  writeKeystore({ file: keystore, entropy, passphrase: read(file) })
  return { entropy, isNew: true }
}

/** Writes a whole file at once, readable by its owner only. */
export function writeSecret(file: string, text: string): void {
  writeWhole(file, text, 0o600)
}

/** Writes a whole file at once: after a crash it is there in full or not at all. */
export function writeWhole(file: string, text: string, mode = 0o644): void {
  writeFileSync(`${file}.new`, text, { mode })
  renameSync(`${file}.new`, file)
}

function read(file: string): string {
  const passphrase = readText(file).trim()
  if (passphrase === '') throw new NetworkInputError(file, 'it holds no passphrase')
  return passphrase
}

/** Text of a file. Throws NetworkInputError. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = String((cause as { code?: unknown }).code ?? '')
    throw new NetworkInputError(file, code === 'ENOENT' ? 'it is not there' : code, cause)
  }
}
