import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNodeDatabase, providerSteps } from '@medrec/records/node'
import { DatabaseSync } from '@photostructure/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { CatalogueError } from './catalogue.ts'
import { clinicCatalogue, writeClinic } from './clinic.test-support.ts'
import { openRecords } from './openRecords.ts'

test('a source that changed while the node was down keeps it shut until the catalogue is raised', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-records-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'clinic.db')
  writeClinic(file)
  const database = openNodeDatabase(join(folder, 'node.db'))
  onTestFinished(() => database.close())
  database.migrate('provider', providerSteps)
  const open = async (catalogue = clinicCatalogue): Promise<void> => {
    const { adapter, writer } = await openRecords(
      { database, source: { engine: 'sqlite', file } },
      catalogue,
    )
    await writer?.close()
    await adapter.close()
  }
  const change = (sql: string): void => {
    const clinic = new DatabaseSync(file)
    clinic.exec(sql)
    clinic.close()
  }
  await open()
  change('CREATE TABLE unrelated (id INTEGER); ALTER TABLE visit ADD COLUMN room TEXT')
  await open()
  change('ALTER TABLE visit RENAME TO visits; CREATE VIEW visit AS SELECT * FROM visits')
  await expect(open()).rejects.toThrow(CatalogueError)
  await expect(open()).rejects.toThrow(/no longer what it was[\s\S]*visit/)
  const raised = { ...clinicCatalogue, version: 2 }
  await open(raised)
  await open(raised)
})
