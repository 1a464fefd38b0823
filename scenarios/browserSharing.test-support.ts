import { Query } from '@medrec/library'
import { until } from '@medrec/node/people'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { common } from '../packages/manager/web/src/text/common.ts'
import { share } from '../packages/manager/web/src/text/share.ts'
import { staff as staffText } from '../packages/manager/web/src/text/staff.ts'
import { cells, go, heading, type World } from './browser.test-support.ts'
import { look, type Watched } from './browserChecks.test-support.ts'

type Scene = {
  readonly world: World
  readonly patient: Watched
  readonly doctor: Watched
  readonly clinician: Watched
  /** Label of the records of which she shares */
  readonly labs: string
}

const right = '8.4'

/**
 * She shares four fields with a doctor, who sees exactly them until she stops. Then the open page asks nobody, and a
 * program that asks all the same is refused.
 */
export async function sharesAndStops(scene: Scene): Promise<void> {
  const { world, patient, doctor, labs } = scene
  const shown = await shareFour(patient, world, labs)
  const asked: string[] = []
  doctor.page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (/^\/(index|query)$/.test(pathname)) asked.push(pathname)
  })
  const notified = doctor.page.getByRole('link', { name: world.patient.name })
  await notified.waitFor()
  await look(doctor)
  await notified.click()
  await heading(doctor.page, share.shared.title(world.patient.name)).waitFor()
  const tables = doctor.page.locator('table')
  const table = doctor.page.getByRole('region').filter({ has: tables })
  await table.getByText(right, { exact: true }).first().waitFor()
  expect([await tables.count(), await cells(table)]).toEqual([1, shown])
  await look(doctor, { picture: 'shared-with-me', narrow: true })
  const { page } = patient
  await page.getByRole('link', { name: share.wizard.toList }).click()
  await heading(page, share.title).waitFor()
  await page.getByRole('link', { name: world.doctor.name }).getByText(share.status.active).waitFor()
  await look(patient, { narrow: true })
  const stop = page.getByRole('button', { name: share.detail.stop })
  await stop.click()
  await page.getByText(share.detail.stopAsk(world.doctor.name)).waitFor()
  await look(patient)
  await stop.click()
  await doctor.page.getByText(share.shared.refusedTitles.stopped).waitFor()
  expect(await doctor.page.locator('table').count()).toBe(0)
  await look(doctor)
  await page
    .getByRole('link', { name: world.doctor.name })
    .getByText(share.status.stopped)
    .waitFor()
  await look(patient)
  // One look, and nothing by itself when it ended.
  expect(asked).toEqual(['/index', '/query'])
  await isRefused(scene)
}

/** What ended is refused by the institution too, not by the page alone. */
async function isRefused({ world, clinician }: Scene): Promise<void> {
  const stopped = clinician.page.getByRole('region', { name: staffText.patient.history })
  await stopped.getByText(staffText.happened['revoked'] as string).waitFor()
  const program = await world.program(world.doctor)
  const { participant } = program
  const ended = (): string | undefined =>
    participant.summary().sharedWithMe.find(({ status }) => status === 'revoked')?.grant
  await until(participant, () => ended() !== undefined)
  const grant = ended() as `0x${string}`
  expect(await Query.index(participant, { grant })).toMatchObject({
    ...{ ok: false, code: 'grant-revoked', signed: true },
  })
  await program.close()
}

/** The way of a person through the wizard; returns what the preview showed, cell by cell. */
async function shareFour(patient: Watched, world: World, labs: string): Promise<string[][]> {
  const { page } = patient
  await go(page, common.nav.share)
  await page.getByRole('link', { name: share.start, exact: true }).click()
  await look(patient)
  await page.getByRole('button', { name: world.doctor.name }).click()
  await heading(page, share.wizard.titles[1]).waitFor()
  await look(patient)
  const [own] = share.wizard.presets['own'] as readonly [string, string]
  await page.getByRole('button', { name: own }).click()
  await tickFields(page, world, labs)
  const ticked = page.getByRole('checkbox', { name: 'Taken', checked: true })
  await look(patient, { picture: 'share', at: ticked, narrow: true })
  await page.getByRole('button', { name: share.wizard.next, exact: true }).click()
  await look(patient)
  await page.getByRole('button', { name: common.purposes[1] }).click()
  const [month] = share.wizard.untilChoices['month'] as readonly [string, string]
  await look(patient)
  await page.getByRole('button', { name: month }).click()
  await heading(page, share.wizard.ask(world.doctor.name)).waitFor()
  await page.getByRole('button', { name: share.wizard.previewAs(world.doctor.name) }).click()
  const preview = page.getByRole('region', { name: share.wizard.preview(world.doctor.name) })
  await preview.waitFor()
  await look(patient, { picture: 'preview', at: preview, narrow: true })
  const shown = await cells(preview)
  await page.getByRole('button', { name: share.wizard.go, exact: true }).click()
  await page.getByText(share.wizard.shared(world.doctor.name)).waitFor()
  return shown
}

/** Two institutions have laboratory results: those of the story's institution are meant. */
async function tickFields(page: Page, { clinician }: World, labs: string): Promise<void> {
  const open = page.getByRole('button', { name: share.wizard.showFields(labs) })
  const set = page.locator('div').filter({ hasText: clinician.institution }).filter({ has: open })
  const button = set.last().getByRole('button', { name: share.wizard.showFields(labs) })
  const id = await button.getAttribute('aria-controls')
  await button.click()
  for (const label of ['Taken', 'Name', 'Value', 'Unit'])
    await page.locator(`[id="${id}"]`).getByRole('checkbox', { name: label, exact: true }).check()
}
