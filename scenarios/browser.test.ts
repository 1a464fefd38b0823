import { catalogueOf } from '@medrec/samples'
import { DatabaseSync } from '@photostructure/sqlite'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { activity } from '../packages/manager/web/src/text/activity.ts'
import { common } from '../packages/manager/web/src/text/common.ts'
import { entry } from '../packages/manager/web/src/text/entry.ts'
import { home } from '../packages/manager/web/src/text/home.ts'
import { me } from '../packages/manager/web/src/text/me.ts'
import { record } from '../packages/manager/web/src/text/record.ts'
import { share } from '../packages/manager/web/src/text/share.ts'
import { staff as staffText } from '../packages/manager/web/src/text/staff.ts'
import {
  actionMs,
  canBrowse,
  chromiumPath,
  findByNumber,
  go,
  heading,
  kept,
  openWorld,
  signInAs,
  signInStaff,
  type World,
} from './browser.test-support.ts'
import { actsForHer, opensInEmergency } from './browserActing.test-support.ts'
import { look, type Watched } from './browserChecks.test-support.ts'
import {
  hearsInEveryWindow,
  provesAccessLog,
  setsUpDatabase,
} from './browserConsole.test-support.ts'
import { expels } from './browserExpelled.test-support.ts'
import { readsLongRecord } from './browserLong.test-support.ts'
import { sharesAndStops } from './browserSharing.test-support.ts'

const right = '8.4'
const wrong = '88.4'
const objection = 'I had no other test that day.'
const correction = 'The decimal point had moved.'
const passphrase = 'a quiet morning by the lake'

let world: World
let stop: () => Promise<void> = async () => undefined
let patient: Watched
let clinician: Watched
let doctor: Watched
let labs: string

if (!canBrowse) console.log(`SKIPPED the story in a browser: no Chromium at ${chromiumPath}`)

describe.skipIf(!canBrowse)(`the story in a browser (needs Chromium: ${chromiumPath})`, () => {
  beforeAll(async () => {
    world = await openWorld()
    stop = world.stop
    labs = catalogueOf(world.clinician.key).resources.find(({ name }) => name === 'labs')
      ?.label as string
    patient = await world.open('phone')
    doctor = await world.open('phone')
    clinician = await world.open('desk')
    await Promise.all([
      signInAs(patient.page, world.url, world.patient),
      signInAs(doctor.page, world.url, world.doctor),
    ])
  })

  afterAll(() => stop())

  test('1: a clinician finds a person by ID number, asks her, and adds a result', findsAndAsks)
  test(
    '2: the patient sees the request, reads the data and accepts; the clinician sees it',
    seesAndAccepts,
  )
  test(
    '3: data change behind our back; she says wrong; the clinician corrects with a reason',
    seesChange,
  )
  test('4: she shares four fields with a doctor, who sees exactly them until she stops', () =>
    sharesAndStops({ world, patient, doctor, clinician, labs }))
  test('she lets somebody act for her, and ends it; who acts sees whose record it is', () =>
    actsForHer({ world, patient, doctor }))
  test('a doctor opens her record in an emergency; she is told, and the institution reviews it', () =>
    opensInEmergency({ world, patient, doctor }))
  test('5: she wipes her device, types 12 words, and everything is back', wipesAndRestores)
  test('6: both sides see what happened; she sees what strangers see', seesWhatHappened)
  test(
    'a researcher sees blocks and what she owns; IT sees status and log, and proves the log',
    othersSee,
  )
  test('a record that no one answer holds comes part by part, and as a proven file', () =>
    readsLongRecord({ world, doctor, clinician }))
  test('an eighth window of a clinician is told of what happens as the first one is', () =>
    hearsInEveryWindow(clinician))
  test('IT sets up the database of its records', () => setsUpDatabase(world))
  test('an institution loses its certificate; she is told, and can end the connection', () =>
    expels(world, patient))
})

async function findsAndAsks(): Promise<void> {
  const { page } = clinician
  await signInStaff(page, world.clinician)
  await look(clinician, { narrow: true })
  await findByNumber(page, world)
  await page.getByLabel(staffText.people.search).fill(world.patient.name)
  await page.getByRole('link', { name: world.patient.name }).click()
  await heading(page, world.patient.name).waitFor()
  await page.getByText(staffText.people.status['none'] as string, { exact: true }).waitFor()
  await findByNumber(page, world)
  await look(clinician)
  await page.getByRole('button', { name: staffText.patient.propose }).click()
  await page.getByText(staffText.people.status['proposed'] as string, { exact: true }).waitFor()
  await addResult(clinician, labs)
  await page.getByText(staffText.patient.savedPending).waitFor()
  await panel(page, labs).getByText(staffText.patient.version(2)).waitFor()
  await panel(page, labs).getByText(staffText.patient.state.arrived).waitFor()
  await look(clinician, { picture: 'staff-person', at: panel(page, labs), narrow: true })
}

async function seesAndAccepts(): Promise<void> {
  const { page } = patient
  const request = page.getByRole('link', { name: home.newRequest(world.clinician.institution) })
  await request.waitFor()
  await look(patient, { picture: 'home', narrow: true })
  await request.click()
  await heading(page, home.request.title(world.clinician.institution)).waitFor()
  await look(patient, { picture: 'request', narrow: true })
  await page.getByRole('button', { name: home.request.look }).click()
  await page.getByText(home.request.lookedChecked).waitFor()
  await page.getByRole('region', { name: labs, exact: true }).getByText(right).waitFor()
  await look(patient)
  await page.getByRole('button', { name: home.request.accept, exact: true }).click()
  await page.getByText(home.request.accepted).waitFor()
  const { accepted } = staffText.people.status
  await clinician.page.getByText(accepted as string, { exact: true }).waitFor()
  await clinician.page.getByText(staffText.happened['accepted'] as string).waitFor()
  await page.getByRole('link', { name: home.request.seeRecord }).click()
  await heading(page, record.title).waitFor()
  await page.getByRole('link', { name: 'Ferritin' }).first().waitFor()
  await look(patient, { picture: 'record', narrow: true })
  // The result came after the request: it is new to her, and she says that it is right.
  await go(page, common.nav.home)
  await page.getByRole('link', { name: home.changed(labs) }).click()
  await page.getByRole('button', { name: record.change.right }).click()
  await page.getByText(record.change.saidRight).waitFor()
  await panel(clinician.page, labs).getByText(staffText.patient.state.seen).waitFor()
}

async function seesChange(): Promise<void> {
  const { page } = patient
  await go(page, common.nav.home)
  await page.getByText(home.allClear).waitFor()
  changeBehind(world.databaseFile)
  const changed = page.getByRole('link', { name: home.unexplained(labs) })
  await changed.waitFor()
  await look(patient)
  await changed.click()
  await page.getByText(record.change.unexplained(world.clinician.institution)).waitFor()
  const what = page.getByRole('region', { name: record.change.title })
  await what.locator('del', { hasText: right }).waitFor()
  await what.locator('ins', { hasText: wrong }).waitFor()
  await look(patient, { picture: 'change', narrow: true })
  await page.getByRole('button', { name: record.change.wrong }).click()
  await page.getByLabel(record.change.wrongTitle).fill(objection)
  await look(patient)
  await page.getByRole('button', { name: record.change.wrongConfirm }).click()
  await page.getByText(record.change.saidWrong(objection)).waitFor()
  const result = panel(clinician.page, labs)
  await result.getByText(staffText.patient.state.wrong).waitFor()
  await result.getByText(objection).waitFor()
  await clinician.page.getByText(staffText.happened['wrong'] as string).waitFor()
  await correct(clinician, labs)
  await page.getByText(`${record.change.reason}: ${correction}`).waitFor()
  await what.locator('ins', { hasText: right }).waitFor()
  await look(patient)
  await page.getByRole('button', { name: record.change.right }).click()
  await page.getByText(record.change.saidRight).waitFor()
  await result.getByText(staffText.patient.state.seen).waitFor()
  await look(clinician)
}

async function wipesAndRestores(): Promise<void> {
  const { page } = patient
  const before = await state(patient, world)
  await go(page, common.nav.me)
  await look(patient, { narrow: true })
  await page.getByRole('link', { name: me.wipe }).click()
  await page.getByLabel(me.wipeHave).check()
  await look(patient)
  expect(await kept(page)).toBeGreaterThan(0)
  await page.getByRole('button', { name: me.wipeGo }).click()
  await heading(page, entry.welcome.title).waitFor()
  expect(await kept(page)).toBe(0)
  await page.getByRole('link', { name: entry.welcome.restore }).click()
  await page.getByLabel(entry.restore.words).fill(world.words(world.patient))
  await page.getByLabel(entry.create.name).fill(world.patient.name)
  await look(patient, { narrow: true })
  await page.getByRole('button', { name: entry.restore.go }).click()
  await page.getByLabel(entry.create.passphrase, { exact: true }).fill(passphrase)
  await page.getByLabel(entry.create.passphraseAgain, { exact: true }).fill(passphrase)
  await look(patient)
  await page.getByRole('button', { name: entry.create.finish }).click()
  await heading(page, home.title(world.patient.name)).waitFor()
  // Records come back one by one; what the screens show when they stand still is what counts.
  const restored = (): Promise<unknown> => state(patient, world)
  await expect.poll(restored, { timeout: actionMs }).toEqual(before)
}

async function seesWhatHappened(): Promise<void> {
  const { page } = patient
  await go(page, common.nav.activity)
  await page.getByText(activity.texts.read(world.doctor.name)).first().waitFor()
  await look(patient, { picture: 'activity', narrow: true })
  await page.getByRole('button', { name: activity.all }).click()
  for (const text of [
    activity.texts.proposed(world.clinician.institution, ''),
    activity.texts.accepted(common.you, ''),
    activity.texts.granted(common.you, ''),
    activity.texts.revoked(common.you, ''),
  ])
    await page.getByText(text.trim()).first().waitFor()
  await look(patient)
  await page.getByRole('link', { name: activity.strangers }).click()
  await heading(page, activity.strangers).waitFor()
  await look(patient, { picture: 'strangers', narrow: true })
  const history = clinician.page.getByRole('region', { name: staffText.patient.history })
  for (const kind of [
    'proposed',
    'accepted',
    'unexplained',
    'corrected',
    'seen',
    'granted',
    'refused',
  ])
    await history
      .getByText(staffText.happened[kind] as string)
      .first()
      .waitFor()
  await look(clinician)
}

async function othersSee(): Promise<void> {
  const atDesk = await world.open('desk')
  await signInAs(atDesk.page, world.url, world.patient)
  await look(atDesk, { picture: 'home' })
  const researcher = await world.open('desk')
  await signInAs(researcher.page, world.url, world.person('researcher'))
  await go(researcher.page, common.nav.research)
  await heading(researcher.page, me.researchPage.title).waitFor()
  await researcher.page.getByRole('cell').first().waitFor()
  await look(researcher, { narrow: true, technical: true })
  const it = await world.open('desk')
  await signInStaff(it.page, world.staff('it'))
  await go(it.page, staffText.nav.status)
  await it.page.getByText(staffText.status.parts['gatekeeper'] as string).waitFor()
  await look(it, { picture: 'status', narrow: true, technical: true })
  await go(it.page, staffText.nav.log)
  await it.page.getByRole('cell', { name: staffText.log.outcomes.refused }).first().waitFor()
  await look(it, { narrow: true, technical: true })
  await provesAccessLog(it)
}

async function addResult(clinician: Watched, labs: string): Promise<void> {
  const { page } = clinician
  await page.getByLabel(staffText.patient.kind).selectOption(labs)
  const form = page.getByRole('region', { name: staffText.patient.add })
  const values = {
    Taken: new Date().toISOString().slice(0, 16),
    Name: 'Ferritin',
    'LOINC code': '2276-4',
    Value: right,
    Unit: 'ng/mL',
    'Reference low': '15',
    'Reference high': '150',
  }
  for (const [label, value] of Object.entries(values))
    await form.getByRole('textbox', { name: label }).or(form.getByLabel(label)).first().fill(value)
  await look(clinician, { picture: 'staff-add', narrow: true })
  await form.getByRole('button', { name: staffText.patient.save }).click()
}

/** The part of the person's page about one kind of record. */
function panel(page: Page, label: string): Locator {
  return page
    .locator('.panel')
    .filter({ has: page.getByRole('heading', { level: 3, name: label, exact: true }) })
}

async function correct(clinician: Watched, labs: string): Promise<void> {
  const { page } = clinician
  const result = panel(page, labs)
  await result.getByRole('button', { name: staffText.patient.show(labs) }).click()
  const row = result.getByRole('row').filter({ hasText: wrong })
  await row.getByRole('button', { name: staffText.patient.correct }).click()
  await result.getByLabel('Value', { exact: true }).fill(right)
  await result.getByLabel(staffText.patient.reason).fill(correction)
  await look(clinician, { picture: 'staff-correct', at: row, narrow: true })
  await result.getByRole('button', { name: staffText.patient.save }).click()
}

/** What somebody with the `sqlite3` tool would do: MedRec is not asked. */
function changeBehind(file: string): void {
  const database = new DatabaseSync(file, { timeout: actionMs })
  try {
    const sql = "UPDATE observations SET VALUE = ? WHERE DESCRIPTION = 'Ferritin' AND VALUE = ?"
    expect(database.prepare(sql).run(wrong, right).changes).toBe(1)
  } finally {
    database.close()
  }
}

/** What a person sees of her own: her record, her shares, whom she knows. */
async function state(patient: Watched, world: World): Promise<unknown> {
  const { page } = patient
  await go(page, common.nav.record)
  await page.getByRole('link', { name: 'Ferritin' }).first().waitFor()
  const lead = await page.locator('h1 ~ *, h1').first().innerText()
  const entries = await page.locator('ol a').allInnerTexts()
  await go(page, common.nav.share)
  const ended = page.getByRole('region', { name: share.ended })
  await ended.getByText(world.doctor.name).first().waitFor()
  return { lead, entries, ended: await ended.innerText() }
}
