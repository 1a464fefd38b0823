import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { RecordsSecretError, recordSources, tellExcess } from './recordSources.ts'

const path = (file: string): string => join('/nowhere', file)
const environment = { READ: 'from the environment' }

test('each account has its address and its secret, from a file or the environment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-secrets-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'write.password'), 'from a file\n')
  const config = {
    records: 'postgres://reader@localhost/emr',
    records_secret_env: 'READ',
    write_records: 'postgres://writer@localhost/emr',
    write_secret_file: 'write.password',
  }
  const found = recordSources(config, { path: (file) => join(folder, file), environment })
  expect(found.source).toMatchObject({ user: 'reader', password: 'from the environment' })
  expect(found.writeSource).toMatchObject({ user: 'writer', password: 'from a file' })
})

test('a SQLite file has neither', () => {
  const found = recordSources({ records: 'clinic.db' }, { path, environment })
  expect(found).toEqual({ source: { engine: 'sqlite', file: '/nowhere/clinic.db' } })
})

test.each([
  ['a file that is not there', { records_secret_file: 'none' }, /records_secret_file[\s\S]*none/],
  ['a variable that is not set', { records_secret_env: 'NONE' }, /records_secret_env[\s\S]*NONE/],
])('%s is named', (_, secret, told) => {
  const read = (): unknown => recordSources({ records: 'x.db', ...secret }, { path, environment })
  expect(read).toThrow(RecordsSecretError)
  expect(read).toThrow(told)
})

test('surplus rights are logged one by one, with the statements that give fewer', () => {
  const lines: unknown[] = []
  const log = (...line: unknown[]): void => void lines.push(line)
  const status = { excess: [{ kind: 'write', what: 'public.lab' }], role: ['CREATE ROLE x;'] }
  tellExcess(log, status as never)
  tellExcess(log, { excess: [], role: ['CREATE ROLE x;'] } as never)
  expect(lines).toEqual([
    ['warn', 'database-user-may-do-more', { kind: 'write', what: 'public.lab' }],
    ['warn', 'database-user-that-may-not', { statement: 'CREATE ROLE x;' }],
  ])
})
