import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

/** A page, and what went wrong in it: errors in the console, failed requests. */
export type Watched = {
  readonly page: Page
  readonly trouble: readonly string[]
}

/** What a page may show to people who know nothing of its technique. */
const technique = /\b(hash(es)?|gas|keys?|blockchain|contracts?|wallet)\b/gi

/**
 * Answers that are part of the story: nobody is signed in yet, and a relay that a busy machine holds up has not seen yet
 * what a message ends, so that the message goes to another one.
 */
const expected = [/ 401 \/api\/session$/, / 409 \/relay$/]

const folder = join(import.meta.dirname, '../docs/screens')

/** Notes every error in the console and every request that failed. */
export async function watch(page: Page): Promise<Watched> {
  const trouble: string[] = []
  const note = (text: string): void => {
    if (!expected.some((one) => one.test(text))) trouble.push(text)
  }
  page.on('pageerror', (error) => note(`error ${error.message}`))
  page.on('console', (message) => {
    // The browser's own words for an answer of 400 or more; the answer itself is noted below.
    const isAnswer = message.text().startsWith('Failed to load resource: the server responded')
    if (message.type() === 'error' && !isAnswer) note(`console ${message.text()}`)
  })
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText
    // What a screen had asked for when it was left
    if (why !== 'net::ERR_ABORTED') note(`failed ${why} ${pathOf(request.url())}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) note(`answer ${response.status()} ${pathOf(response.url())}`)
  })
  await closePopups(page)
  return { page, trouble }
}

/**
 * Popups that stand where somebody wants to click, often two at once, are closed by their own buttons, as people do.
 * They go by themselves too, at any moment: a click that waits for the button of one that has just gone would wait for
 * ever.
 */
async function closePopups(page: Page): Promise<void> {
  const popups = page.locator('.mantine-Notification-root')
  await page.addLocatorHandler(popups.first(), () =>
    popups.locator('button').evaluateAll((buttons) => {
      for (const button of buttons) (button as HTMLButtonElement).click()
    }),
  )
}

export type Look = {
  /** Name of the picture in docs/screens, without its size */
  readonly picture?: string
  /** What the picture is about; the top of the screen unless told */
  readonly at?: Locator
  /** Whether words of technique may stand here */
  readonly technical?: boolean
  /** Whether it must also be usable at 320 px (WCAG 2.2, 1.4.10) */
  readonly narrow?: boolean
}

/** Looks at a screen as a reviewer would: in both themes, without sideways scrolling, in plain words. */
export async function look(watched: Watched, options: Look = {}): Promise<void> {
  const { page, trouble } = watched
  const size = page.viewportSize()
  if (options.picture && size) {
    await page.evaluate(() => window.scrollTo(0, 0))
    await options.at?.evaluate((one) => {
      const fits = one.getBoundingClientRect().height < window.innerHeight / 2
      one.scrollIntoView({ block: fits ? 'center' : 'start' })
    })
    await take(page, `${options.picture}-${size.width}.png`)
  }
  const where = pathOf(page.url())
  expect.soft(await faults(page), `${where} in light colours`).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.waitForSelector('html[data-mantine-color-scheme=dark]')
  expect.soft(await faults(page), `${where} in dark colours`).toEqual([])
  await page.emulateMedia({ colorScheme: 'light' })
  await page.waitForSelector('html[data-mantine-color-scheme=light]')
  if (options.narrow && size) {
    await page.setViewportSize({ width: 320, height: size.height })
    expect.soft(await faults(page), `${where} at 320 px`).toEqual([])
    expect.soft(await overflow(page), `${where} scrolls sideways at 320 px`).toEqual([])
    expect.soft(await cutCaptions(page), `${where} has cut captions at 320 px`).toEqual([])
    await page.setViewportSize(size)
  }
  expect.soft(await overflow(page), `${where} scrolls sideways`).toEqual([])
  expect.soft(await cutCaptions(page), `${where} has cut captions`).toEqual([])
  if (!options.technical)
    expect.soft(await jargon(page), `${where} has words of technique`).toEqual([])
  expect.soft(trouble, `trouble at ${where}`).toEqual([])
}

async function faults(page: Page): Promise<readonly string[]> {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)))
  await page.evaluate(axe.source)
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') }
    const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
    const { violations } = await axe.run({ runOnly: { type: 'tag', values } })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary}`),
    )
  })
  return found
}

/** What stands outside of the window, when the page can be scrolled sideways. */
async function overflow(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth <= clientWidth) return []
    const wide = [...document.body.querySelectorAll('*')].filter(
      (one) => one.getBoundingClientRect().right > clientWidth + 1,
    )
    return [`${scrollWidth} px`, ...wide.slice(0, 5).map((one) => one.outerHTML.slice(0, 120))]
  })
}

/** Captions of tables of which not every word is seen, also when the table is wider than the window. */
async function cutCaptions(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.scroll caption')]
      .filter((caption) => {
        const words = document.createRange()
        words.selectNodeContents(caption)
        const seen = (caption.closest('.scroll') as Element).getBoundingClientRect()
        const { left, right } = words.getBoundingClientRect()
        return left < seen.left - 1 || right > seen.right + 1
      })
      .map((caption) => caption.textContent ?? ''),
  )
}

async function jargon(page: Page): Promise<readonly string[]> {
  return (await page.locator('body').innerText()).match(technique) ?? []
}

async function take(page: Page, name: string): Promise<void> {
  if (process.env['MEDREC_SCREENS'] !== '1') return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, name), animations: 'disabled' })
}

function pathOf(url: string): string {
  return new URL(url).pathname
}
