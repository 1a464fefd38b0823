import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Chain, followChain } from '@medrec/client'
import {
  openParticipant,
  type Participant,
  Preview,
  Query,
  Relationship,
  Share,
} from '@medrec/library'
import { readNetwork } from '@medrec/node'
import { type DemoHome, readOnlyHome } from '@medrec/node/demo'
import {
  demoStaff,
  readPeople,
  type StaffClient,
  signIn,
  storyOf,
  until,
} from '@medrec/node/people'
import { fromHex, type Hex, Keys } from '@medrec/protocol'
import { openNodeDatabase } from '@medrec/records/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  eventually,
  isAlive,
  type MedrecProcess,
  processesBelow,
  startMedrec,
} from './processes.test-support.ts'

/** A start of the whole network on a busy machine with two cores. */
const patience = 240_000
const treatment = 0
const secondOpinion = 1

let folder: string
let demo: MedrecProcess
let home: Omit<DemoHome, 'unlock'>
let patient: Device
let doctor: Device
let relationship: Hex
/** What was begun, to be ended in the opposite order. */
const ends: (() => Promise<void>)[] = []

type Device = { readonly chain: Chain; readonly participant: Participant; close(): Promise<void> }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medrec-kill-'))
  demo = startMedrec(['demo', '--home', folder, '--port', '0'])
  ends.push(async () => {
    demo.child.kill('SIGINT') // whichever runs by then
    await demo.ended
  })
  await demo.line(/is ready/)
  home = readOnlyHome(folder)
  patient = await openDevice(storyOf(readPeople(home)).person.login)
  ends.push(() => patient.close())
  doctor = await openDevice(readPeople(home).find(({ kind }) => kind === 'doctor')?.login as string)
  ends.push(() => doctor.close())
}, patience)

afterAll(async () => {
  for (const end of ends.toReversed()) await end()
  rmSync(folder, { recursive: true, force: true })
}, patience)

/** Somebody's device: her own store, and the chain as the institutions' doors tell it. */
async function openDevice(login: string): Promise<Device> {
  const network = readNetwork(home.path('network.json'))
  const database = openNodeDatabase(join(folder, `${login}.db`))
  const { store } = database
  const chain = await followChain({ network, doors: network.doors, store })
  await chain.synced()
  const keys = Keys.fromEntropy(home.entropyOf(login), fromHex(network.networkId))
  const participant = await openParticipant({ keys, chain, store, clock: () => Date.now() / 1000 })
  return {
    ...{ chain, participant },
    close: async () => {
      await participant.close()
      await chain.stop()
      database.close()
    },
  }
}

function pidOf(name: string): number {
  const found = processesBelow(demo.child.pid as number).find(({ command }) =>
    command.includes(`nodes/${name}/node.toml`),
  )
  if (!found) throw new Error(`no process of ${name}`)
  return found.pid
}

/** Kills a node as a power cut would, and waits until the supervisor has it running again. */
async function killNode(name: string): Promise<void> {
  const before = pidOf(name)
  process.kill(before, 'SIGKILL')
  await eventually(`${name} runs again`, () =>
    processesBelow(demo.child.pid as number).some(
      ({ pid, command }) => pid !== before && command.includes(`nodes/${name}/node.toml`),
    ),
  )
}

async function clinician(): Promise<{ client: StaffClient; localPatient: string }> {
  const { person, institution } = storyOf(readPeople(home))
  const staff = demoStaff(home).find(({ key, role }) => key === institution && role === 'clinician')
  if (!staff) throw new Error('no clinician')
  let client: StaffClient | undefined
  await eventually('the institution answers', async () => {
    try {
      client = await signIn(staff.url, staff.login, staff.password)
      return true
    } catch {
      return false // it is starting
    }
  })
  const search = encodeURIComponent(person.identification.value)
  const { people } = await (client as StaffClient).get<{ people: readonly { id: string }[] }>(
    `people?search=${search}`,
  )
  return { client: client as StaffClient, localPatient: people[0]?.id as string }
}

function stateOf(device: Device): ReturnType<typeof Relationship.list>[number] | undefined {
  return Relationship.list(device.participant).find(({ id }) => id === relationship)
}

describe.runIf(process.platform === 'linux')('after kill -9', () => {
  test(
    'of an institution that has just proposed, the proposal arrives with its pointers',
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
    patience,
  )

  test(
    'of the chain, what was sent before is in the next block, and the same blocks stand before it',
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
    patience,
  )

  test(
    'of the whole demonstration, nothing is left running, and the next start goes on with the share',
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
      const below = processesBelow(demo.child.pid as number)
      demo.child.kill('SIGKILL')
      await demo.ended
      await eventually('no process is left', () => !below.some(({ pid }) => isAlive(pid)))
      demo = startMedrec(['demo', '--home', folder, '--port', '0'])
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
    patience,
  )
})

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
