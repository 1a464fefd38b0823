import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Contact, Preview, Query, Relationship, Share } from '@medrec/library'
import { type DemoHome, demoInstitutions, readOnlyHome, urlOf } from '@medrec/node/demo'
import {
  demoStaff,
  readPeople,
  type StaffClient,
  signIn,
  storyOf,
  until,
} from '@medrec/node/people'
import type { Hex } from '@medrec/protocol'
import { openNodeDatabase } from '@medrec/records/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  clockFrom,
  type Device,
  isWished,
  killTree,
  libfaketime,
  openDevice,
  relatedTo,
  rowsOf,
  rowsOfStraightLoad,
  setClock,
  somebodyKnown,
  whileStill,
  writeBundles,
} from './kill.test-support.ts'
import {
  eventually,
  type MedrecProcess,
  processesBelow,
  runMedrec,
  startMedrec,
} from './processes.test-support.ts'

const treatment = 0
const secondOpinion = 1
/** Bundles that the demonstration is filled from: told of ten at a time. */
const people = 24

const folder = mkdtempSync(join(tmpdir(), 'medrec-kill-'))
const homeFolder = join(folder, 'home')
const clockFile = join(folder, 'clock')
let bundles: string
let demo: MedrecProcess
let home: Omit<DemoHome, 'unlock'>
let patient: Device
let doctor: Device
let relationship: Hex
/** What was begun, to be ended in the opposite order. */
const ends: (() => Promise<void>)[] = []

function startDemo(): MedrecProcess {
  const more = ['--data', bundles, '--port', '0']
  return startMedrec(['demo', '--home', homeFolder, ...more], clockFrom(clockFile))
}

beforeAll(async () => {
  bundles = writeBundles(folder, people)
  // Killed while it loads the folder, and while it makes relationships; then it goes on.
  for (const moment of [/Reading bundles: 10 of/, /Relationships: 5 of/]) {
    const interrupted = startDemo()
    ends.push(() => killTree(interrupted)) // should it never come so far
    await interrupted.line(moment)
    await killTree(interrupted)
  }
  demo = startDemo()
  ends.push(async () => {
    demo.child.kill('SIGINT') // whichever runs by then
    await demo.ended
  })
  await demo.line(/is ready/)
  home = readOnlyHome(homeFolder)
  patient = await openDevice(home, storyOf(readPeople(home)).person.login)
  ends.push(() => patient.close())
  const { login } = readPeople(home).find(({ kind }) => kind === 'doctor') ?? { login: '' }
  doctor = await openDevice(home, login)
  ends.push(() => doctor.close())
})

afterAll(async () => {
  for (const end of ends.toReversed()) await end()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

/** Kills a node as a power cut would; resolves when the supervisor has it running again. */
async function killNode(name: string): Promise<void> {
  const node = processesBelow(demo.child.pid as number).find(({ command }) =>
    command.includes(`nodes/${name}/node.toml`),
  )
  if (!node) throw new Error(`no process of ${name}`)
  const again = demo.next(new RegExp(`The ${name} process runs again`))
  process.kill(node.pid, 'SIGKILL')
  await again
}

async function clinician(): Promise<{ client: StaffClient; localPatient: string }> {
  const { person, institution } = storyOf(readPeople(home))
  const staff = demoStaff(home).find(({ key, role }) => key === institution && role === 'clinician')
  if (!staff) throw new Error('no clinician')
  const client = await signIn(staff.url, staff.login, staff.password)
  const search = encodeURIComponent(person.identification.value)
  const found = await client.get<{ people: readonly { id: string }[] }>(`people?search=${search}`)
  return { client, localPatient: found.people[0]?.id as string }
}

function stateOf(device: Device): ReturnType<typeof Relationship.list>[number] | undefined {
  return Relationship.list(device.participant).find(({ id }) => id === relationship)
}

/** `/proc` tells which processes there are. */
const afterKill = test.runIf(process.platform === 'linux')

afterKill(
  'after kill -9 of the demonstration while it loads, and while it makes relationships, nothing is missing or doubled',
  async () => {
    const loaded = rowsOf((institution) => home.path('institutions', `${institution}.db`))
    expect(loaded).toEqual(await rowsOfStraightLoad(bundles, join(folder, 'straight')))
    const person = somebodyKnown(home)
    const wanted = demoInstitutions
      .filter(({ key }) => person.institutions.includes(key))
      .map(({ name }) => `accepted ${name}`)
    expect(await relatedTo(home, person)).toEqual(wanted.toSorted())
    const kept = Contact.list(patient.participant).map(({ idTag }) => idTag)
    expect(kept).toEqual([doctor.participant.me()?.idTag])
  },
)

afterKill(
  'after kill -9 of an institution that has just proposed, the proposal arrives with its pointers',
  async () => {
    const { client, localPatient } = await clinician()
    const idTag = patient.participant.me()?.idTag
    const answer = await client.post<{ relationship: Hex }>(
      `patients/${encodeURIComponent(localPatient)}/relationship`,
      { idTag },
    )
    relationship = answer.relationship
    await killNode(storyOf(readPeople(home)).institution)
    await until(patient.participant, () => (stateOf(patient)?.pointers.length ?? 0) > 0)
    expect(stateOf(patient)).toMatchObject({ status: 'proposed', role: 'subject' })
  },
)

afterKill(
  'after kill -9 of the registrar while it is asked, whoever asks hears so, and the same answer comes afterwards',
  async () => {
    const { client, localPatient } = await clinician()
    const ask = (): Promise<unknown> => client.post('lookup', { localPatient })
    const before = await ask()
    const asked = ask().catch((error: { status?: number }) => error.status)
    await killNode('registrar')
    expect([before, 503]).toContainEqual(await asked)
    expect(await ask()).toEqual(before)
  },
)

afterKill(
  'after kill -9 of the portal, the same page is served at the same address again',
  async () => {
    const url = (await demo.line(/is ready/)).replace(/^.*: /, '')
    const page = async (): Promise<unknown> => {
      const response = await fetch(url)
      return [response.status, await response.text()]
    }
    const before = await page()
    await killNode('portal')
    expect(await page()).toEqual(before)
  },
)

afterKill(
  'after kill -9 of the chain, what was sent before is in the next block, and the same blocks stand before it',
  async () => {
    const before = patient.participant.chain.view().head
    const submission = await Relationship.accept(patient.participant, relationship)
    await killNode('chain')
    expect(await submission.until('mined')).toMatchObject({
      state: expect.stringMatching(/mined|final/),
    })
    expect(stateOf(patient)?.status).toBe('accepted')
    const block = await patient.chain
      .rpc()
      .request<{ hash: Hex }>('eth_getBlockByNumber', [`0x${before.number.toString(16)}`, false])
    expect(block.hash).toBe(before.hash)
  },
)

afterKill(
  'after kill -9 of a command that sends a share, the next command sends it, and there is one',
  async () => {
    const resource = await readResource()
    const viewer = doctor.participant.me()?.idTag as string
    const until1h = ['--purpose', 'second opinion', '--until', '1h', '--of', relationship]
    const sending = startMedrec([...hers(), 'share', 'create', viewer, resource, ...until1h])
    const isSending = await isWished(storeOfHers(), { kind: 'grant', end: sending.ended })
    expect(isSending, sending.errors()).toBe(true)
    sending.child.kill('SIGKILL')
    await sending.ended // or it came to its end a moment before
    await command('share', 'list')
    await until(doctor.participant, () => sharesOfHers().length > 0)
    expect(sharesOfHers()).toMatchObject([{ status: 'live' }])
    await until(patient.participant, () => Share.listMine(patient.participant).length > 0)
    expect(Share.listMine(patient.participant)).toHaveLength(1)
  },
)

afterKill(
  'after kill -9 of a restore, the old store is kept until one comes to its end, and the next one does',
  async () => {
    const whole = await command('restore')
    expect(whole).toMatchObject({ ok: true })
    const store = storeOfHers()
    const fresh = ['restore', '--fresh', '--yes']
    // The chain tells her all, and no institution answers: it cannot come to its end before it is killed.
    const keys = demoInstitutions.map(({ key }) => key)
    await whileStill(demo, keys, async () => {
      const cut = startMedrec([...hers(), ...fresh, ...behind(urlOf(home, 'chain'))])
      await cut.line(/From the chain/)
      cut.child.kill('SIGKILL')
      await cut.ended
    })
    expect(existsSync(`${store}.before-restore`)).toBe(true)
    const lost = await runMedrec([
      ...hers(),
      ...fresh,
      ...behind('ws://127.0.0.1:9'),
      '--wait',
      '1',
    ])
    expect(lost.errors).toContain('NETWORK_UNREACHABLE')
    expect(await resultsIn(store)).toBe(whole['records'])
    expect(await command(...fresh)).toEqual(whole)
    expect(existsSync(`${store}.before-restore`)).toBe(false)
  },
)

afterKill(
  'after kill -9 of the whole demonstration, nothing is left running, and the next start goes on with the share',
  async () => {
    const pointer = await readPointer()
    const entries = await Preview.entriesOf(patient.participant, [
      { relationship, pointer, fields: await fieldsOf(pointer) },
    ])
    const viewer = doctor.participant.me()?.idTag as Hex
    const granted = await Share.grant(patient.participant, {
      ...{ relationship, viewer, entries },
      purposes: [secondOpinion],
      expiresAt: Math.floor(Date.now() / 1000) + 3_600,
    })
    await killTree(demo)
    demo = startDemo()
    await demo.line(/is ready/)
    await granted.until('mined')
    await until(doctor.participant, () =>
      Share.listSharedWithMe(doctor.participant).some(({ grant }) => grant === granted.grant),
    )
    const read = await Query.read(doctor.participant, {
      grant: granted.grant,
      pointer,
      purpose: secondOpinion,
    })
    expect(read).toMatchObject({ ok: true })
    expect(demo.lines.join('\n')).not.toContain('Founding')
  },
)

// Last, since the chain's time never goes back: shares of some hours are over then.
test.skipIf(libfaketime === undefined)(
  'with libfaketime (Debian: faketime), a wrong clock at the institutions serves nobody, and what is sent arrives when it is right',
  async () => {
    const pointer = await readPointer()
    const read = async (): Promise<string> => {
      const result = await Query.read(patient.participant, {
        ...{ relationship, pointer },
        purpose: treatment,
      })
      return result.ok ? 'read' : result.code
    }
    for (const jump of ['-1d', '+1h', '+1d']) {
      await readPointer() // after a jump ahead, with the next heartbeat
      setClock(clockFile, jump)
      expect(['view-old', 'request-old']).toContain(await read())
      if (jump !== '+1d') setClock(clockFile, '+0')
    }
    // An ending needs no token of the day: its block is of tomorrow.
    const grant = sharesOfHers()[0]?.grant as Hex
    const revoked = await Share.revoke(patient.participant, { grant })
    expect((await revoked.until('mined')).state).toBe('final')
    const tomorrow = patient.chain.view().head.time
    expect(tomorrow).toBeGreaterThan(Date.now() / 1000 + 80_000)
    const entries = await Preview.entriesOf(patient.participant, [
      { relationship, pointer, fields: await fieldsOf(pointer) },
    ])
    const viewer = doctor.participant.me()?.idTag as Hex
    const granted = await Share.grant(patient.participant, {
      ...{ relationship, viewer, entries },
      purposes: [secondOpinion],
      expiresAt: tomorrow + 86_400,
    })
    setClock(clockFile, '+0')
    expect((await granted.until('mined')).state).toBe('final')
    expect(await read()).toBe('read')
  },
)

function hers(): readonly string[] {
  return ['--home', homeFolder, '--as', storyOf(readPeople(home)).person.login]
}

/** Options of a command that hears of the chain by one door alone. */
function behind(door: string): readonly string[] {
  const file = join(folder, 'behind.json')
  const network = JSON.parse(readFileSync(home.path('network.json'), 'utf8')) as object
  writeFileSync(file, JSON.stringify({ ...network, doors: [door] }))
  return ['--network', file]
}

function storeOfHers(): string {
  return join(homeFolder, 'people', storyOf(readPeople(home)).person.login, 'store.sqlite')
}

/** What a command of hers answers. */
async function command(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { output } = await runMedrec([...hers(), '--json', ...args])
  return JSON.parse(output.trim().split('\n').at(-1) ?? '')
}

async function resultsIn(store: string): Promise<number> {
  const database = openNodeDatabase(store)
  const count = await database.store.count('results')
  database.close()
  return count
}

function sharesOfHers(): ReturnType<typeof Share.listSharedWithMe> {
  const { idTag: subject } = patient.participant.me() ?? {}
  return Share.listSharedWithMe(doctor.participant).filter((share) => share.subject === subject)
}

async function readResource(): Promise<string> {
  const pointer = await readPointer()
  const read = await Query.read(patient.participant, { relationship, pointer, purpose: treatment })
  if (!read.ok) throw new Error(read.code)
  return read.result.resource
}

/** A pointer with rows that the patient has read, so that she can tick its fields. */
async function readPointer(): Promise<Hex> {
  let found: Hex | undefined
  const refused = new Set<string>()
  await eventually('the institution answers the patient', async () => {
    for (const { id: pointer } of stateOf(patient)?.pointers ?? []) {
      const read = await Query.read(patient.participant, {
        ...{ relationship, pointer },
        purpose: treatment,
      })
      if (read.ok && read.result.rows > 0) found = pointer
      if (!read.ok) refused.add(read.code)
    }
    return found !== undefined
  }).catch((error) => {
    throw new Error(`${error}: ${[...refused].join(', ')}`)
  })
  return found as Hex
}

async function fieldsOf(pointer: Hex): Promise<readonly string[]> {
  const found = await Query.fields(patient.participant, { relationship, pointer })
  return found.ok ? found.elements.slice(0, 3) : []
}
