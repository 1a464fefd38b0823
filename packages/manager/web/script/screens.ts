import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import {
  type Look,
  overflowOf,
  problemsOn,
  type WalkOptions,
  walkPatient,
  walkStaff,
} from './walk.ts'

/**
 * Walks through the screens of a running demonstration, has axe look at each, and keeps pictures:
 * `tsx --conditions=source packages/manager/web/script/screens.ts http://localhost:8600 docs/screens`
 */
const [url = 'http://localhost:8600', folder] = process.argv.slice(2)
const looks: readonly Look[] = [
  { width: 360, scheme: 'light' },
  { width: 1280, scheme: 'light' },
  { width: 320, scheme: 'dark' },
  { width: 1280, scheme: 'dark' },
]
const patient = 'Walter Brooks'
const institution = 'riverside'

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
let screens = 0
const found: string[] = []
for (const look of looks) {
  const options: WalkOptions = {
    browser,
    url,
    look,
    onScreen: async (page, name, { width, scheme }) => {
      screens += 1
      // Pending requests and the fade of a menu: a picture of rest, not of the way there.
      await page.waitForLoadState('networkidle')
      for (const problem of await problemsOn(page))
        found.push(`${name} ${width} ${scheme}: ${problem}`)
      const over = await overflowOf(page)
      if (over > 0) found.push(`${name} ${width} ${scheme}: ${over} pixels too wide`)
      if (!folder || scheme === 'dark') return
      await page.evaluate(() => window.scrollTo(0, 0))
      mkdirSync(folder, { recursive: true })
      await page.screenshot({ path: join(folder, `${name}-${width}.png`) })
    },
  }
  await walkPatient(options, patient)
  await walkStaff(options, institution)
}
await browser.close()
console.log(`${screens} screens, ${found.length} problems`)
for (const problem of found) console.log(problem)
process.exit(found.length > 0 ? 1 : 0)
