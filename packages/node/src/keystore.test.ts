import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KeystoreError, openKeystore, readKeystore, writeKeystore } from './keystore.ts'

const entropy = new Uint8Array(16).map((_, i) => i)
const cost = 2 ** 10
let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-keystore-'))
  file = join(folder, 'keystore.json')
  writeKeystore({ file, entropy, passphrase: 'open sesame', cost })
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('the passphrase opens what it closed; only the owner may read the file', () => {
  expect(new Uint8Array(readKeystore(file, 'open sesame'))).toEqual(entropy)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).not.toContain('000102030405')
})

test('the passphrase may stand in a file or in the environment', () => {
  writeFileSync(join(folder, 'passphrase'), 'open sesame\n')
  const path = (name: string): string => join(folder, name)
  const fromFile = { file: 'keystore.json', passphrase_file: 'passphrase' }
  const fromVariable = { file: 'keystore.json', passphrase_env: 'SECRET' }
  expect(new Uint8Array(openKeystore(fromFile, path, {}))).toEqual(entropy)
  expect(new Uint8Array(openKeystore(fromVariable, path, { SECRET: 'open sesame' }))).toEqual(
    entropy,
  )
  expect(() => openKeystore(fromVariable, path, {})).toThrow(
    'The environment variable SECRET with the passphrase is not set.',
  )
  expect(() => openKeystore({ file: 'keystore.json' }, path, {})).toThrow(KeystoreError)
})

test.each([
  ['another passphrase', () => readKeystore(file, 'open sesam'), 'does not open'],
  ['a missing file', () => readKeystore(`${file}2`, 'x'), 'missing or damaged'],
  [
    'a truncated file',
    () => {
      writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100))
      return readKeystore(file, 'open sesame')
    },
    'missing or damaged',
  ],
  [
    'an altered file',
    () => {
      const content = JSON.parse(readFileSync(file, 'utf8'))
      writeFileSync(file, JSON.stringify({ ...content, text: `0x${'00'.repeat(16)}` }))
      return readKeystore(file, 'open sesame')
    },
    'does not open',
  ],
])('%s is refused', (_, read, words) => {
  expect(read).toThrow(KeystoreError)
  expect(read).toThrow(words)
})
