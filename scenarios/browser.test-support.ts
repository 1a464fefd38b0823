import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { readOnlyHome } from '@medrec/node/demo'
import {
  type DemoPerson,
  type DemoStaff,
  demoStaff,
  readPeople,
  storyOf,
} from '@medrec/node/people'
import { Keys } from '@medrec/protocol'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { entry } from '../packages/manager/web/src/text/entry.ts'
import { staff as staffText } from '../packages/manager/web/src/text/staff.ts'
import { type Watched, watch } from './browserChecks.test-support.ts'
import { type Programs, programsOf } from './browserPrograms.test-support.ts'
import { freePorts } from './ports.ts'

/** Where Chromium is on this machine, if it is. */
export const chromiumPath: string = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Without Chromium there is nothing to look at; in CI that is a failure. */
export const canBrowse: boolean = existsSync(chromiumPath) || process.env['CI'] === 'true'

/** Longest wait for what has to show on a page, in milliseconds: it shows or the test fails. */
export const actionMs = 180_000

/** A phone, and a desk. */
export const sizes = {
  phone: { width: 360, height: 740 },
  desk: { width: 1280, height: 800 },
} as const

export type World = Programs & {
  readonly url: string
  readonly people: readonly DemoPerson[]
  /** Who has no connection yet with the institution where the story begins */
  readonly patient: DemoPerson
  readonly doctor: DemoPerson
  readonly clinician: DemoStaff
  readonly browser: Browser
  /** File of the institution's own database */
  readonly databaseFile: string
  person(kind: DemoPerson['kind']): DemoPerson
  words(person: DemoPerson): string
  staff(role: DemoStaff['role']): DemoStaff
  /** A browser of its own: no cookies, no storage, nothing of anybody else */
  open(size: keyof typeof sizes): Promise<Watched>
  stop(): Promise<void>
}

/** Starts a whole demonstration in a folder of its own, and a browser. */
export async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-browser-'))
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  const { child, url } = await startDemo(folder).catch(async (error) => {
    await browser.close()
    throw error
  })
  const home = readOnlyHome(folder)
  const people = readPeople(home)
  const { person: patient, institution } = storyOf(people)
  const staff = demoStaff(home).filter(({ key }) => key === institution)
  const found = <T>(wanted: T | undefined): T => {
    if (wanted === undefined) throw new Error('the demonstration lacks somebody of the story')
    return wanted
  }
  const person = (kind: DemoPerson['kind']): DemoPerson =>
    found(people.find((one) => one.kind === kind))
  const staffOf = (role: DemoStaff['role']): DemoStaff =>
    found(staff.find((one) => one.role === role))
  return {
    url,
    people,
    patient,
    doctor: person('doctor'),
    clinician: staffOf('clinician'),
    browser,
    databaseFile: home.path('institutions', `${institution}.db`),
    person,
    words: ({ login }) => Keys.toWords(home.entropyOf(login)),
    staff: staffOf,
    ...programsOf(home, folder),
    async open(size) {
      const context = await browser.newContext({
        viewport: sizes[size],
        colorScheme: 'light',
        reducedMotion: 'reduce',
      })
      context.setDefaultTimeout(actionMs)
      return watch(await context.newPage())
    },
    async stop() {
      await browser.close()
      await stopped(child)
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

/** Chooses somebody on the demonstration's page and waits until her record is open. */
export async function signInAs(page: Page, url: string, person: DemoPerson): Promise<void> {
  await page.goto(url)
  await page.getByRole('button', { name: entry.demo.signInAs(person.name) }).click()
  await heading(page, `Hello, ${person.name}`).waitFor()
}

/** Signs a member of staff in at her institution. */
export async function signInStaff(page: Page, staff: DemoStaff): Promise<void> {
  await page.goto(`${staff.url}/staff`)
  await page.getByLabel(staffText.login.name).fill(staff.login)
  await page.getByLabel(staffText.login.password, { exact: true }).fill(staff.password)
  await page.getByRole('button', { name: staffText.login.go }).click()
  await heading(page, staffText[staff.role === 'it' ? 'status' : 'people'].title).waitFor()
}

/** Asks the registrar; the answer says who verified the person. */
export async function findByNumber(page: Page, { patient }: World): Promise<void> {
  // On the list of people the form is folded away.
  const fold = page.locator('summary', { hasText: staffText.lookup.title })
  const value = page.getByLabel(staffText.lookup.value, { exact: true })
  await fold.or(value).filter({ visible: true }).first().waitFor()
  if (await fold.isVisible()) await fold.click()
  await value.fill(patient.identification.value)
  await page.getByLabel(staffText.lookup.birth).fill(patient.identification.birthDate)
  await page.getByRole('button', { name: staffText.lookup.go, exact: true }).click()
  await page.getByText(/^1 match, verified by /).waitFor()
}

/** The screen's own heading. */
export function heading(page: Page, name: string): Locator {
  return page.getByRole('heading', { level: 1, name, exact: true })
}

/** Goes to a place by the menu, as people do. */
export async function go(page: Page, place: string): Promise<void> {
  await page
    .getByRole('navigation')
    .getByRole('link', { name: new RegExp(`^${place}\\b`) })
    .filter({ visible: true })
    .click()
}

/** A table as it stands on the screen, cell by cell. */
export async function cells(place: Locator): Promise<string[][]> {
  const rows = await place.getByRole('row').all()
  return Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()))
}

/** How many entries the browser keeps, in every table of every database. */
export async function kept(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const answer = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    let entries = 0
    for (const { name } of await indexedDB.databases()) {
      const database = await answer(indexedDB.open(name as string))
      for (const table of database.objectStoreNames)
        entries += await answer(database.transaction(table).objectStore(table).count())
      database.close()
    }
    return entries
  })
}

async function startDemo(home: string): Promise<{ child: ChildProcess; url: string }> {
  // Institutions answer to this address only, so it is known before they start.
  const port = String((await freePorts(1))[0])
  const script = join(import.meta.dirname, '../packages/cli/dist/main.js')
  const child = spawn(process.execPath, [script, 'demo', '--home', home, '--port', port], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    const url = /^MedRec is ready: (\S+)$/.exec(line)?.[1]
    if (!url) continue
    child.stdout.resume() // what nobody takes would in the end hold up the process that says it
    return { child, url }
  }
  throw new Error(`The demonstration did not start:\n${said.join('\n')}`)
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    if (child.exitCode === null) child.kill('SIGTERM')
    else resolve()
  })
}
