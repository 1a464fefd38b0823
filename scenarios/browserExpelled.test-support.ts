import { institutionProfiles } from '@medrec/samples'
import { expect } from 'vitest'
import { common } from '../packages/manager/web/src/text/common.ts'
import { home } from '../packages/manager/web/src/text/home.ts'
import { go, heading, type World } from './browser.test-support.ts'
import { look, type Watched } from './browserChecks.test-support.ts'

const text = home.institution

/** An institution loses its certificate: her records from there stay, it is said, and she can end the connection. */
export async function expels(world: World, patient: Watched): Promise<void> {
  const { page } = patient
  const key = world.patient.institutions.find((one) => one !== world.clinician.key)
  if (!key) throw new Error('the demonstration lacks a second institution of hers')
  const { name } = institutionProfiles[key]
  await go(page, common.nav.home)
  await page.getByRole('link', { name }).click()
  await heading(page, name).waitFor()
  const records = page.getByRole('region', { name: text.records }).getByRole('link')
  const before = await records.count()
  expect(before).toBeGreaterThan(0)
  const { participant, close } = await world.program(world.patient)
  const all = participant.chain.view().institutions()
  await close()
  await world.expel(all.find((one) => one.name === name)?.idTag ?? '0x')
  await page.getByText(text.notCertified).waitFor()
  expect(await records.count()).toBe(before)
  await look(patient, { picture: 'not-certified', narrow: true })
  await go(page, common.nav.home)
  await page.getByRole('link', { name }).getByText(text.notCertifiedMark).waitFor()
  await look(patient)
  await page.getByRole('link', { name }).click()
  const end = page.getByRole('button', { name: text.end })
  await end.click()
  await page.getByText(text.endAbout).waitFor()
  await end.click()
  await page.getByText(text.ended).waitFor()
  expect(await page.getByText(text.notCertified).count()).toBe(0)
  await look(patient, { picture: 'ended' })
}
