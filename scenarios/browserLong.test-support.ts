import { catalogueOf } from '@medrec/samples'
import { DatabaseSync } from '@photostructure/sqlite'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { common } from '../packages/manager/web/src/text/common.ts'
import { record } from '../packages/manager/web/src/text/record.ts'
import { share } from '../packages/manager/web/src/text/share.ts'
import { staff as staffText } from '../packages/manager/web/src/text/staff.ts'
import { actionMs, go, signInAs, type World } from './browser.test-support.ts'
import { look, type Watched } from './browserChecks.test-support.ts'
import { openTechnical, savesProof } from './browserProof.test-support.ts'

/**
 * Notes added to one person's record: short ones, which fill what is shown at first and after one press, and ones of two
 * pages; three answers of 2 MiB hold them.
 */
const added = { short: 250, long: 1_200 }

type Scene = { readonly world: World; readonly doctor: Watched; readonly clinician: Watched }

/**
 * A record that no one answer holds: the patient sees more of it press by press, stops, goes on, and keeps all of it as a
 * file that is proven without a connection; and so does a doctor with whom she shares it.
 */
export async function readsLongRecord(scene: Scene): Promise<void> {
  const { world } = scene
  const person = somebodyElse(world)
  const patient = await world.open('phone')
  await signInAs(patient.page, world.url, person)
  const { label, total } = makeLong(world.databaseFile, person)
  const { page } = patient
  await go(page, common.nav.record)
  const set = page.getByRole('link', { name: label })
  await set.filter({ hasText: record.unexplainedMark }).click()
  await page.getByText(record.veryLong).waitFor()
  await look(patient, { picture: 'long', at: page.getByText(record.veryLong), narrow: true })
  await page.getByRole('button', { name: record.change.right }).click()
  await page.getByText(record.change.saidRight).waitFor()
  await stopsAndGoesOn(patient)
  // Who comes back begins with the first part again.
  await go(page, common.nav.record)
  await page.goBack()
  await page.getByText(record.veryLong).waitFor()
  await savesAndProves(patient, total)
  await sharesAll(page, world)
  await readsWhatIsShared(scene, { name: person.name, total })
}

/** All fields of the record that is open, until the institution has to agree too. */
async function sharesAll(page: Page, { doctor }: World): Promise<void> {
  await page.getByRole('link', { name: record.share, exact: true }).click()
  await page.getByRole('button', { name: doctor.name }).click()
  await page.getByRole('button', { name: share.wizard.next, exact: true }).click()
  await page.getByRole('button', { name: common.purposes[1] }).click()
  const [month] = share.wizard.untilChoices['month'] as readonly [string, string]
  await page.getByRole('button', { name: month }).click()
  await page.getByRole('button', { name: share.wizard.go, exact: true }).click()
  await page.getByText(share.wizard.sharedWaiting(doctor.name)).waitFor()
}

/** The doctor asks for nothing before she may, and for a part only when she says so. */
async function readsWhatIsShared(
  { doctor, clinician }: Scene,
  { name, total }: { readonly name: string; readonly total: number },
): Promise<void> {
  const { page } = doctor
  const asked: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (/^\/(index|query)$/.test(pathname)) asked.push(pathname)
  })
  await go(page, common.nav.share)
  await page.getByRole('region', { name: share.withMe }).getByRole('link', { name }).click()
  await page.getByText(share.shared.refused.consent(name)).waitFor()
  await go(clinician.page, staffText.nav.consents)
  await clinician.page.getByRole('button', { name: staffText.consents.agree, exact: true }).click()
  await page.getByText(share.shared.openNow).waitFor()
  await look(doctor)
  expect(asked).toEqual([])
  await page.getByRole('button', { name: share.shared.look }).click()
  await page.getByText(record.veryLong).waitFor()
  await look(doctor, { picture: 'shared-long', narrow: true })
  expect(asked.splice(0)).toEqual(['/index', '/query'])
  await stopsAndGoesOn(doctor)
  // The part that was stopped, and the same one when she wanted it.
  expect(asked).toEqual(['/query', '/query'])
  await savesAndProves(doctor, total)
}

/** Somebody with records there whom the story does not touch. */
function somebodyElse({ people, patient }: World): World['patient'] {
  const found = people.find(
    ({ kind, institutions, login }) =>
      kind === 'patient' && institutions.includes('riverside') && login !== patient.login,
  )
  if (!found) throw new Error('the demonstration lacks a second patient')
  return found
}

/** What the institution's own program would do; MedRec is not asked. */
function makeLong(
  file: string,
  { identification }: World['patient'],
): { readonly label: string; readonly total: number } {
  const label = catalogueOf('riverside').resources.find(({ name }) => name === 'notes')?.label
  const database = new DatabaseSync(file, { timeout: actionMs })
  try {
    const text = `iif(i > ${added.short}, replace(hex(zeroblob(400)), '00', 'Quiet day. '), 'Quiet day.')`
    database
      .prepare(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${added.short + added.long})
         INSERT INTO notes SELECT printf('long-%05d', i), '2026-03-04T08:00:00Z', Id, NULL, '34109-9', 'Note',
           'Ward round ' || i, ${text}, NULL, 'final' FROM patients, n WHERE SSN = ?`,
      )
      .run(identification.value)
    const all = 'SELECT n.Id FROM notes n JOIN patients p ON p.Id = n.PATIENT WHERE SSN = ?'
    return { label: label as string, total: database.prepare(all).all(identification.value).length }
  } finally {
    database.close()
  }
}

/** Presses "Show more" until the next part is there. */
async function grows(page: Page): Promise<void> {
  const more = page.getByRole('button', { name: common.more, exact: true })
  const begun = await page.locator('caption').innerText()
  while ((await page.locator('caption').innerText()) === begun) {
    await more.click()
    await more.waitFor()
  }
}

/** A part is stopped on its way, nothing of it is shown, and it comes when it is wanted again. */
async function stopsAndGoesOn(patient: Watched): Promise<void> {
  const { page } = patient
  let seen: () => void = () => undefined
  const isHeld = new Promise<void>((resolve) => {
    seen = resolve
  })
  await page.route('**/query', () => seen())
  const begun = await page.locator('caption').innerText()
  const more = page.getByRole('button', { name: common.more, exact: true })
  const stop = page.getByRole('button', { name: record.long.stop })
  while (!(await stop.isVisible())) {
    await more.click()
    await more.or(stop).waitFor()
  }
  await isHeld
  await page.getByText(record.long.fetching(2, 3)).waitFor()
  await stop.click()
  await more.waitFor()
  expect(await page.locator('caption').innerText()).toBe(begun)
  await page.unroute('**/query')
  await grows(page)
}

async function savesAndProves(patient: Watched, total: number): Promise<void> {
  const technical = await openTechnical(patient.page)
  await technical.getByText(record.proof.longAbout(total)).waitFor()
  expect(await savesProof(technical)).toMatchObject({
    ok: true,
    parts: { rowsRead: total, isComplete: true },
  })
}
