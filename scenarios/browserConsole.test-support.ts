import { readFile } from 'node:fs/promises'
import type { Request } from 'playwright-core'
import { expect } from 'vitest'
import { audit } from '../packages/manager/web/src/text/audit.ts'
import { database } from '../packages/manager/web/src/text/database.ts'
import { staff as staffText } from '../packages/manager/web/src/text/staff.ts'
import { go, heading, signInStaff, type World } from './browser.test-support.ts'
import { look, type Watched } from './browserChecks.test-support.ts'

const text = database.setup

/** IT looks at how the database is connected, tries another mapping of it, looks at records, and saves. */
export async function setsUpDatabase(world: World): Promise<void> {
  const it = await world.open('desk')
  const { page } = it
  const { password } = world.staff('it')
  await signInStaff(page, world.staff('it'))
  await go(page, staffText.nav.database)
  await page.getByText(database.up, { exact: true }).waitFor()
  await look(it, { picture: 'database', narrow: true, technical: true })
  await page.getByRole('link', { name: database.change }).click()
  await heading(page, text.title).waitFor()
  await page.getByRole('button', { name: text.test }).click()
  await page.getByText(text.connected('SQLite')).waitFor()
  await page.getByLabel(text.proposed).check()
  await look(it, { picture: 'database-setup', narrow: true, technical: true })
  await page.getByLabel(text.keep).check()
  await page.getByRole('button', { name: text.next }).click()
  await page.getByLabel(text.other).waitFor()
  await page.getByRole('button', { name: text.next }).click()
  await page.getByRole('button', { name: text.run }).click()
  await page.getByText(text.ran(10)).waitFor()
  await page.getByLabel(text.password).fill(password)
  await page.getByRole('button', { name: text.show }).click()
  await page.getByRole('button', { name: text.hide }).waitFor()
  const person = page.getByRole('region', { name: text.preview }).locator('details').first()
  await person.locator('summary').click()
  await person.getByRole('table').first().waitFor()
  await look(it, { picture: 'database-preview', at: person, narrow: true, technical: true })
  await page.getByRole('button', { name: text.next }).click()
  await page.getByLabel(text.password).fill(password)
  await page.getByRole('button', { name: text.save }).click()
  await page.getByText('medrec node --config').waitFor()
  await look(it, { technical: true })
  await go(page, staffText.nav.log)
  await page
    .getByRole('cell', { name: staffText.log.kinds['previewed'] as string })
    .first()
    .waitFor()
}

/** Windows beside the first one: more than a browser has connections to one place (HTTP/1.1). */
const windows = 7

/**
 * All windows of a clinician hear of what happens by one stream of events; when the window that holds it is closed,
 * another one takes it over, and all of them ask anew.
 */
export async function hearsInEveryWindow({ page }: Watched): Promise<void> {
  const context = page.context()
  const at = (path: string) => (request: Request) => new URL(request.url()).pathname === path
  const streams: Request[] = []
  context.on('request', (request) => {
    if (at('/api/events')(request)) streams.push(request)
  })
  const others = await Promise.all(Array.from({ length: windows }, () => context.newPage()))
  const staff = new URL('/staff', page.url()).href
  await Promise.all(others.map((one) => one.goto(staff)))
  await Promise.all(others.map((one) => heading(one, staffText.people.title).waitFor()))
  expect(streams).toEqual([])
  const asked = others.map((one) => one.waitForRequest(at('/api/people')))
  await Promise.all([...asked, context.waitForEvent('request', at('/api/events')), page.close()])
  expect(streams.length).toBe(1)
}

/** IT saves the access log with its proof; a regulator's page checks it at the institution's own address. */
export async function provesAccessLog(it: Watched): Promise<void> {
  const { page } = it
  const saving = page.waitForEvent('download')
  await page.getByRole('link', { name: staffText.log.proof }).click()
  const file = await saving
  await page.getByRole('link', { name: staffText.log.several }).click()
  await heading(page, audit.title).waitFor()
  const choosing = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: audit.open }).click()
  await (await choosing).setFiles({
    name: file.suggestedFilename(),
    mimeType: 'application/jsonl',
    buffer: await readFile(await file.path()),
  })
  await page.getByText(audit.chain.found(new URL(page.url()).host)).waitFor()
  await page
    .getByRole('cell', { name: audit.kinds['refused'] as string })
    .first()
    .waitFor()
  await look(it, { picture: 'audit', narrow: true, technical: true })
}
