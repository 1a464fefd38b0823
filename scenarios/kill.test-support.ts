import { existsSync, mkdirSync, readdirSync, renameSync, watch, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deserialize } from 'node:v8'
import { type Chain, followChain } from '@medrec/client'
import { openParticipant, type Participant, Relationship } from '@medrec/library'
import { readNetwork } from '@medrec/node'
import type { DemoHome } from '@medrec/node/demo'
import { type DemoPerson, readPeople, storyOf } from '@medrec/node/people'
import { fromHex, Keys } from '@medrec/protocol'
import { openMemoryStore, type Store } from '@medrec/records'
import { openNodeDatabase } from '@medrec/records/node'
import { bundleOf, generatePeople, institutions, loadFhirFolder } from '@medrec/samples'
import { DatabaseSync } from '@photostructure/sqlite'
import {
  eventually,
  isAlive,
  type MedrecProcess,
  processesBelow,
} from './processes.test-support.ts'

type Home = Omit<DemoHome, 'unlock'>

/** Somebody's device: her own store, and the chain as the institutions' doors tell it. */
export type Device = {
  readonly chain: Chain
  readonly participant: Participant
  close(): Promise<void>
}

/** Opens a device with a file of its own. */
export async function openDevice(home: Home, login: string): Promise<Device> {
  const database = openNodeDatabase(join(home.root, `${login}.db`))
  const device = await open(home, login, database.store)
  return {
    ...device,
    close: async () => {
      await device.close()
      database.close()
    },
  }
}

async function open(home: Home, login: string, store: Store): Promise<Device> {
  const network = readNetwork(home.path('network.json'))
  const chain = await followChain({ network, doors: network.doors, store })
  await chain.synced()
  const keys = Keys.fromEntropy(home.entropyOf(login), fromHex(network.networkId))
  const participant = await openParticipant({ keys, chain, store, clock: () => Date.now() / 1000 })
  return {
    ...{ chain, participant },
    close: async () => {
      await participant.close()
      await chain.stop()
    },
  }
}

/** Writes as many FHIR bundles as files of a folder. */
export function writeBundles(folder: string, count: number): string {
  const bundles = join(folder, 'bundles')
  mkdirSync(bundles)
  const people = generatePeople({ count, seed: 'kill', endDate: '2026-11-01', years: 2 })
  for (const person of people)
    writeFileSync(join(bundles, `${person.id}.json`), JSON.stringify(bundleOf(person)))
  return bundles
}

/** SIGKILL for a process and everything below it, at once; resolves when nothing of it is left. */
export async function killTree({ child, ended }: MedrecProcess): Promise<void> {
  const pid = child.pid as number
  signal(pid, 'SIGSTOP') // so that it begins no other process after we looked
  const all = [pid, ...processesBelow(pid).map((below) => below.pid)]
  for (const one of all) signal(one, 'SIGKILL')
  await ended
  await eventually('no process is left', () => !all.some(isAlive))
}

/** Nobody answers as these institutions while `work` runs. */
export async function whileStill(
  demo: MedrecProcess,
  names: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  const nodes = processesBelow(demo.child.pid as number)
    .filter(({ command }) => names.some((name) => command.includes(`nodes/${name}/node.toml`)))
    .map(({ pid }) => pid)
  for (const pid of nodes) signal(pid, 'SIGSTOP')
  try {
    await work()
  } finally {
    for (const pid of nodes) signal(pid, 'SIGCONT')
  }
}

/** Of no effect on a process that has just ended. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ESRCH') throw error
  }
}

/** How many rows each table of the institutions' databases has. */
export function rowsOf(fileOf: (institution: string) => string): unknown {
  return institutions.map((institution) => {
    const database = new DatabaseSync(fileOf(institution), { readOnly: true, timeout: 60_000 })
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all() as { name: string }[]
    const counts = tables.map(({ name }) => [
      name,
      ...Object.values(database.prepare(`SELECT count(*) FROM ${name}`).get() ?? {}),
    ])
    database.close()
    return [institution, counts]
  })
}

/** The same of databases that were filled from a folder without any interruption. */
export async function rowsOfStraightLoad(bundles: string, into: string): Promise<unknown> {
  mkdirSync(into)
  const fileOf = (institution: string): string => join(into, `${institution}.db`)
  const [riverside, lakeview, hillcrest] = institutions.map(fileOf) as [string, string, string]
  await loadFhirFolder(bundles, { databases: { riverside, lakeview, hillcrest } })
  return rowsOf(fileOf)
}

/** Institutions with which somebody has a relationship, once for each that she has. */
export async function relatedTo(home: Home, person: DemoPerson): Promise<readonly string[]> {
  const device = await open(home, person.login, openMemoryStore())
  const { participant, chain } = device
  const names = Relationship.list(participant).map(
    ({ steward, status }) => `${status} ${chain.view().profile(steward)?.name}`,
  )
  await device.close()
  return names.toSorted()
}

/** Somebody of whom the demonstration made every relationship itself, with as many as possible. */
export function somebodyKnown(home: Home): DemoPerson {
  const people = readPeople(home)
  const story = storyOf(people).person
  const known = people
    .filter(({ kind, login }) => kind === 'patient' && login !== story.login)
    .toSorted((a, b) => b.institutions.length - a.institutions.length)[0]
  if (!known) throw new Error('nobody but the person of the story')
  return known
}

/** Resolves when a person's store holds a wish of that kind; looked at after each change of its files, and at `end`. */
export function isWished(
  store: string,
  { kind, end }: { readonly kind: string; readonly end: Promise<unknown> },
): Promise<boolean> {
  mkdirSync(dirname(store), { recursive: true })
  return new Promise((resolve) => {
    const isThere = (): boolean => wishesIn(store).includes(kind)
    const close = (found: boolean): void => {
      watcher.close()
      resolve(found)
    }
    const watcher = watch(dirname(store), () => isThere() && close(true))
    void end.then(() => close(isThere()))
  })
}

/** Kinds of the wishes in a store; none while it is being made. */
function wishesIn(store: string): readonly string[] {
  if (!existsSync(store)) return []
  const database = new DatabaseSync(store, { readOnly: true })
  try {
    const rows = database.prepare(`SELECT value FROM records WHERE "table" = 'outbox'`).all()
    return rows.map((row) => {
      const { value } = row as { value: Uint8Array }
      return (deserialize(value) as { about: { kind: string } }).about.kind
    })
  } catch {
    return [] // its tables come with the next change
  } finally {
    database.close()
  }
}

/** The library that gives processes another clock (Debian: faketime); undefined where it is not installed. */
export const libfaketime: string | undefined = (
  existsSync('/usr/lib') ? readdirSync('/usr/lib') : []
)
  .map((folder) => join('/usr/lib', folder, 'faketime/libfaketime.so.1'))
  .find((file) => existsSync(file))

/** Sets the clocks of processes that were started with it, at once: no process finds the file empty. */
export function setClock(file: string, ahead: string): void {
  writeFileSync(`${file}.new`, `${ahead}\n`)
  renameSync(`${file}.new`, file)
}

/** Environment of processes whose clock goes as a file says ("+0", "+1d"); their timers go on as ever. */
export function clockFrom(file: string): Readonly<Record<string, string>> {
  setClock(file, '+0')
  if (libfaketime === undefined) return {}
  return {
    LD_PRELOAD: libfaketime,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
}
