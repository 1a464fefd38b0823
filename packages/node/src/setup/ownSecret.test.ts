import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownSecret } from './ownSecret.ts'

test('a secret is its owner’s alone, also where a file or a link stood before', () => {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-secret-'))
  try {
    const [open, aim, link] = ['open', 'aim', 'link'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(open, 'old', { mode: 0o644 })
    writeFileSync(aim, 'old')
    symlinkSync(aim, link)
    for (const file of [open, link]) ownSecret(file, 'secret')
    expect([open, link].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600])
    expect([open, link, aim].map((file) => readFileSync(file, 'utf8').trim())).toEqual([
      'secret',
      'secret',
      'old',
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
