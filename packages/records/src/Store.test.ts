import 'fake-indexeddb/auto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { openIndexedDbStore } from './indexedDbStore.ts'
import { openMemoryStore } from './memoryStore.ts'
import { openSqliteStore } from './node.ts'
import { describeStore } from './store.test-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'medrec-store-'))
let opened = 0
afterAll(() => rmSync(folder, { recursive: true }))

describeStore('memory', async () => openMemoryStore())
describeStore('IndexedDB', () => openIndexedDbStore(`store-${opened++}`))
describeStore('SQLite', () => openSqliteStore(join(folder, `${opened++}.db`)))
