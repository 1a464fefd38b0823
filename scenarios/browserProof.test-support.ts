import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Locator, Page } from 'playwright-core'
import { common } from '../packages/manager/web/src/text/common.ts'
import { record } from '../packages/manager/web/src/text/record.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, '../packages/cli/dist/main.js')

/** The first "Technical details" of a page, opened: there a proof is saved. */
export async function openTechnical(page: Page): Promise<Locator> {
  const details = page.locator('#main details').filter({ hasText: record.proof.about }).first()
  await details.locator('summary', { hasText: common.technical }).click()
  return details
}

/** Presses "Save proof" there; returns what `medrec verify` says of the file. */
export async function savesProof(details: Locator): Promise<unknown> {
  const coming = details.page().waitForEvent('download')
  await details.getByRole('button', { name: record.proof.save }).click()
  const path = await (await coming).path()
  await details.getByText(record.proof.saved).waitFor()
  const { stdout } = await run(process.execPath, [script, '--json', 'verify', path], {
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(stdout)
}
