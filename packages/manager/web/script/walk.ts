import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, Page } from 'playwright-core'

/** A width and a theme in which screens are looked at. */
export type Look = { readonly width: number; readonly scheme: 'light' | 'dark' }

/** Called on every screen of the walk, when it has come to rest. */
export type OnScreen = (page: Page, name: string, look: Look) => Promise<void>

export type WalkOptions = {
  readonly browser: Browser
  /** Address of the patients' app of a demonstration */
  readonly url: string
  readonly look: Look
  readonly onScreen: OnScreen
}

type DemoPage = {
  readonly people: readonly { readonly name: string; readonly words: string }[]
  readonly staff: readonly {
    readonly key: string
    readonly role: string
    readonly url: string
    readonly login: string
    readonly password: string
  }[]
}

const longMs = 40_000
const phoneWidth = 600

/** What axe finds on a page: WCAG 2.2 A and AA, and best practice. */
export async function problemsOn(page: Page): Promise<readonly string[]> {
  const require = createRequire(import.meta.url)
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'))
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(root: Document, options: unknown): Promise<{ violations: Violation[] }> }
    }
    type Violation = { id: string; nodes: { html: string }[] }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { violations } = await axe.run(document, { runOnly: tags })
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`)
  })
}

/** How many pixels a page is wider than its window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
}

/** A fresh browser context of a look. */
export function contextFor(browser: Browser, { width, scheme }: Look): Promise<BrowserContext> {
  return browser.newContext({
    viewport: { width, height: width < phoneWidth ? 740 : 900 },
    colorScheme: scheme,
    reducedMotion: 'reduce',
  })
}

/** Signs in as one of the demonstration's people. */
export async function signInAs(options: WalkOptions, name: string): Promise<Page> {
  const page = await (await contextFor(options.browser, options.look)).newPage()
  await page.goto(options.url)
  await page.getByRole('button', { name: `Sign in as ${name}` }).click()
  await page.getByRole('heading', { level: 1, name: /Hello/ }).waitFor({ timeout: longMs })
  return page
}

/** Opens a page of the app by its menu or address, without loading anew. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => window.history.pushState(null, '', to), path)
  await page.waitForFunction((to) => window.location.pathname + window.location.search === to, path)
  await page.locator('h1').first().waitFor()
}

/** Screens that need no answer of anybody else. */
const plainScreens: readonly (readonly [path: string, name: string, heading: RegExp])[] = [
  ['/', 'home', /Hello/],
  ['/notices', 'notices', /Notifications/],
  ['/record', 'record', /Your record/],
  ['/share', 'share', /^Share$/],
  ['/activity', 'activity', /Activity/],
  ['/activity/strangers', 'strangers', /strangers/],
  ['/me', 'me', /^Me$/],
  ['/me/contacts', 'contacts', /Contacts/],
  ['/me/delegates', 'delegates', /People who can act for me/],
  ['/me/emergency', 'emergency-profile', /In an emergency/],
  ['/me/words', 'words', /Recovery words/],
  ['/me/wipe', 'wipe', /Wipe/],
  ['/me/technical', 'technical', /Technical/],
]

/** Walks through the patient's screens as somebody who has records and contacts. */
export async function walkPatient(options: WalkOptions, name: string): Promise<void> {
  const { look, onScreen } = options
  const page = await signInAs(options, name)
  for (const [path, screen, heading] of plainScreens) {
    await goTo(page, path)
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    await onScreen(page, screen, look)
  }
  await goTo(page, '/record')
  await page.locator('ol.plain a').first().click()
  await page.getByRole('heading', { name: 'Is it unchanged?' }).waitFor()
  await onScreen(page, 'entry', look)
  await page.getByRole('link', { name: /^See all/ }).click()
  await page.locator('table').first().waitFor()
  await page.getByText('Technical details').click()
  await onScreen(page, 'table', look)
  await walkShare(page, options)
  await page.context().close()
}

async function walkShare(page: Page, { look, onScreen }: WalkOptions): Promise<void> {
  await goTo(page, '/share')
  await page
    .getByRole('link', { name: /^Share with/ })
    .first()
    .click()
  await page.getByRole('button', { name: /^Let me choose/ }).click()
  await page
    .getByRole('button', { name: /^Choose fields/ })
    .first()
    .click()
  await onScreen(page, 'share-fields', look)
  await page.getByRole('button', { name: 'Back', exact: true }).click()
  await onScreen(page, 'share-what', look)
  await page.getByRole('button', { name: /^Medicines/ }).click()
  await onScreen(page, 'share-why', look)
  await page.getByRole('button', { name: 'Second opinion' }).click()
  await onScreen(page, 'share-until', look)
  await page.getByRole('button', { name: /^30 days/ }).click()
  await page.getByRole('button', { name: /^Preview as/ }).click()
  await onScreen(page, 'share-check', look)
}

/** Walks through the screens of an institution's staff, each by somebody whose role has it. */
export async function walkStaff(options: WalkOptions, key: string): Promise<void> {
  const { look, onScreen } = options
  const page = await signInStaff(options, key, 'clinician')
  await page.locator('main ul a').first().waitFor()
  await onScreen(page, 'staff-people', look)
  await page.locator('main ul a', { hasText: 'Connected' }).first().click()
  await page.getByRole('heading', { name: 'History' }).waitFor()
  await page.getByLabel('Kind of record').selectOption({ index: 1 })
  await onScreen(page, 'staff-person', look)
  await walkPlaces(page, options, [['/staff/consents', 'Consents']])
  await page.context().close()
  const it = await signInStaff(options, key, 'it')
  await walkPlaces(it, options, [
    ['/staff/log', 'Access log'],
    ['/staff/explain', 'Explain a decision'],
    ['/staff/emergencies', 'Emergencies'],
    ['/staff/disclosures', 'Accounting of disclosures'],
    ['/staff/database', 'Database'],
    ['/staff/database/setup', 'Set up the database'],
    ['/staff/status', 'Status'],
  ])
  await it.context().close()
}

async function signInStaff(options: WalkOptions, key: string, role: string): Promise<Page> {
  const { look, onScreen } = options
  const demo = (await (await fetch(new URL('/demo/people', options.url))).json()) as DemoPage
  const staff = demo.staff.find((one) => one.key === key && one.role === role)
  if (!staff) throw new TypeError(`no ${role} at ${key}`)
  const page = await (await contextFor(options.browser, look)).newPage()
  await page.goto(new URL('/staff', staff.url).href)
  await page.getByRole('heading', { level: 1, name: /Sign in/ }).waitFor()
  await onScreen(page, 'staff-login', look)
  await page.getByLabel('Name').fill(staff.login)
  await page.getByLabel('Password', { exact: true }).fill(staff.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  return page
}

async function walkPlaces(
  page: Page,
  { look, onScreen }: WalkOptions,
  places: readonly (readonly [path: string, heading: string])[],
): Promise<void> {
  await page.getByRole('navigation').first().waitFor({ state: 'attached' })
  for (const [path, heading] of places) {
    await goTo(page, path)
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    await onScreen(page, path.slice(1).replaceAll('/', '-'), look)
  }
}
