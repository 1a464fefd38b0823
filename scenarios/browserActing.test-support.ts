import { expect } from 'vitest'
import { acting, emergency } from '../packages/manager/web/src/text/acting.ts'
import { common } from '../packages/manager/web/src/text/common.ts'
import { me } from '../packages/manager/web/src/text/me.ts'
import { staff as staffText } from '../packages/manager/web/src/text/staff.ts'
import { go, heading, signInStaff, type World } from './browser.test-support.ts'
import { look, type Watched } from './browserChecks.test-support.ts'
import { openTechnical, savesProof } from './browserProof.test-support.ts'

type Scene = { readonly world: World; readonly patient: Watched; readonly doctor: Watched }

const reason = 'Unconscious after a fall, medicines unknown.'
const month = 30 * 86_400_000

/** She lets the doctor act for her, who reads under a banner that says whose record it is, until she ends it. */
export async function actsForHer({ world, patient, doctor }: Scene): Promise<void> {
  const { page } = patient
  await go(page, common.nav.me)
  await page.getByRole('link', { name: acting.title }).click()
  await heading(page, acting.title).waitFor()
  await page.getByLabel(acting.who, { exact: true }).selectOption({ label: world.doctor.name })
  await page
    .getByLabel(acting.where, { exact: true })
    .selectOption({ label: world.clinician.institution })
  await page
    .getByLabel(acting.untilDay)
    .fill(new Date(Date.now() + month).toISOString().slice(0, 10))
  await page.getByRole('button', { name: acting.give }).click()
  await page.getByText(acting.given(world.doctor.name)).waitFor()
  await look(patient, { picture: 'delegates' })
  const own = doctor.page
  await go(own, common.nav.me)
  await own.getByRole('link', { name: acting.iActFor(world.patient.name) }).click()
  await own.getByText(acting.banner(world.patient.name)).waitFor()
  await own.locator('table').first().waitFor()
  await look(doctor, { picture: 'acting', narrow: true })
  await keepsProof(doctor, world)
  const end = page.getByRole('button', { name: acting.end })
  await end.click()
  await page.getByText(acting.endAsk(world.doctor.name)).waitFor()
  await end.click()
  // A notice may say the same at that moment; what counts is what stands where the record stood.
  await own.locator('#main').getByText(acting.openedEnded(world.patient.name)).waitFor()
  expect(await own.locator('table').count()).toBe(0)
}

/** A certified doctor opens her record in an emergency; she is told, and IT reviews it. */
export async function opensInEmergency({ world, patient, doctor }: Scene): Promise<void> {
  const { page } = doctor
  const card = await cardOf(patient)
  await go(page, common.nav.me)
  await page.getByRole('link', { name: emergency.title }).click()
  await page.getByText(emergency.warning).waitFor()
  await page.getByLabel(emergency.card).fill(card)
  await page.getByLabel(emergency.where).selectOption({ label: world.clinician.institution })
  await page.getByLabel(emergency.reason).fill(reason)
  await page.getByRole('button', { name: emergency.open }).click()
  await page.getByText(emergency.sureMissing).waitFor()
  await look(doctor, { picture: 'emergency' })
  await page.getByLabel(emergency.sure).check()
  await page.getByRole('button', { name: emergency.open }).click()
  await page.getByText(emergency.banner).waitFor()
  await page.locator('table').first().waitFor()
  await keepsProof(doctor, world)
  await go(patient.page, common.nav.me)
  await patient.page.getByRole('link', { name: emergency.mine }).click()
  const told = emergency.by(world.doctor.name, world.clinician.institution)
  await patient.page.getByText(told).waitFor()
  await patient.page.getByText(reason).waitFor()
  await look(patient, { picture: 'emergency-told' })
  const it = await world.open('desk')
  await signInStaff(it.page, world.staff('it'))
  await go(it.page, staffText.nav.emergencies)
  const { by, examine, outcomes, save } = staffText.emergencies
  await it.page.getByText(by(world.doctor.name)).waitFor()
  await it.page.getByRole('button', { name: examine }).click()
  await it.page.getByText(world.patient.name).waitFor()
  await look(it, { picture: 'staff-emergencies', narrow: true })
  await it.page.getByLabel(outcomes.justified).check()
  await it.page.getByRole('button', { name: save }).click()
  await it.page.locator('.tag', { hasText: outcomes.justified }).waitFor()
  await it.page.context().close()
}

/** What is read for somebody else, or in an emergency, can be proven to others too. */
async function keepsProof(doctor: Watched, { clinician }: World): Promise<void> {
  const technical = await openTechnical(doctor.page)
  expect(await savesProof(technical)).toMatchObject({
    ...{ ok: true, institution: { name: clinician.institution }, content: { kind: 'answer' } },
  })
  await look(doctor, { technical: true })
}

async function cardOf({ page }: Watched): Promise<string> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await go(page, common.nav.me)
  await page.getByRole('button', { name: me.copy }).click()
  await page.getByRole('button', { name: me.copied }).waitFor()
  return page.evaluate(() => navigator.clipboard.readText())
}
