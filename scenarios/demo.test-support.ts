import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Contact, Preview, Query, type RelationshipState, Share } from '@medrec/library'
import { readNetwork } from '@medrec/node'
import { type DemoHome, demoInstitutions, readOnlyHome, urlOf } from '@medrec/node/demo'
import { type DemoPerson, type DemoStaff, demoStaff, readPeople, until } from '@medrec/node/people'
import { type Hex, Keys, type Network } from '@medrec/protocol'
import type { Institution } from '@medrec/samples'
import { type Actor, clock, openActor } from '../packages/cli/src/story/Actor.ts'
import { type Staff, signInStaff } from '../packages/cli/src/story/staff.ts'
import { startMedrec } from './processes.test-support.ts'

/** Number of the purpose "second opinion" */
export const secondOpinion = 1

/** A demonstration whose processes run beside this one. */
export type Demo = {
  readonly folder: string
  readonly home: Omit<DemoHome, 'unlock'>
  readonly network: Network
  readonly people: readonly DemoPerson[]
  person(login: string): DemoPerson
  /** Opens a person's device with a SQLite file of its own. */
  open(login: string): Promise<Actor>
  wordsOf(login: string): string
  /** Where the device's file is. */
  deviceOf(login: string): string
  staffAt(institution: Institution): DemoStaff
  clinicianAt(institution: Institution): Promise<Staff>
  /** What the demonstration's own process printed */
  printed(): string
  stop(): Promise<void>
}

/** Starts the demonstration's processes, in a new folder or one that stays, on a chain of its own or another one. */
export async function startDemo(
  options: { readonly folder?: string; readonly chain?: { rpc: string; funderKey: string } } = {},
): Promise<Demo> {
  const { chain } = options
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'medrec-scenario-'))
  const process = startMedrec(
    ['demo', '--home', folder, '--port', '0', '--json', ...(chain ? ['--rpc', chain.rpc] : [])],
    chain && { MEDREC_FUNDER_KEY: chain.funderKey },
  )
  const actors: Actor[] = []
  const remove = (): void => {
    if (options.folder === undefined)
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
  await process.line(/"ready":true/).catch((error: unknown) => {
    remove()
    throw error
  })
  const home = readOnlyHome(folder)
  const network = readNetwork(home.path('network.json'), [urlOf(home, 'chain')])
  const people = readPeople(home)
  const person = (login: string): DemoPerson => found(people.find((one) => one.login === login))
  const staffAt = (institution: Institution): DemoStaff =>
    found(demoStaff(home).find(({ key, role }) => key === institution && role === 'clinician'))
  const devices = join(folder, 'devices')
  return {
    ...{ folder, home, network, people, person },
    open: async (login) => {
      const actor = await openActor({
        person: person(login),
        entropy: home.entropyOf(login),
        ...{ network, folder: devices },
      })
      actors.push(actor)
      return actor
    },
    wordsOf: (login) => Keys.toWords(home.entropyOf(login)),
    deviceOf: (login) => join(devices, `${login}.sqlite`),
    staffAt,
    clinicianAt: (institution) => signInStaff(staffAt(institution)),
    printed: () => [...process.lines, process.errors()].join('\n'),
    stop: async () => {
      for (const actor of actors) await actor.close()
      process.child.kill('SIGTERM')
      await process.ended
      remove()
    },
  }
}

/** Something that cannot be missing in a demonstration. */
export function found<T>(wanted: T | undefined): T {
  if (wanted === undefined) throw new Error('the demonstration lacks what this scenario needs')
  return wanted
}

/** Relationships of hers that stand, by the institution's short name. */
export function relationshipsOf({
  participant,
}: Actor): ReadonlyMap<Institution, RelationshipState> {
  const view = participant.chain.view()
  const own = participant
    .summary()
    .relationships.filter(({ role, status }) => role === 'subject' && status === 'accepted')
  return new Map(
    own.map((state) => {
      const name = view.profile(state.steward)?.name
      return [found(demoInstitutions.find((one) => one.name === name)).key, state] as const
    }),
  )
}

/** Both keep each other's card, as two people who meet. */
export async function introduce(one: Actor, other: Actor): Promise<void> {
  for (const [owner, shown] of [
    [one, other],
    [other, one],
  ] as const) {
    const card = Contact.card(shown.participant, shown.person.name)
    const submission = await Contact.add(owner.participant, { card })
    await submission.until('mined')
  }
}

/** Shares fields for a second opinion; resolves when the viewer knows. */
export async function shareFields(
  owner: Actor,
  viewer: Actor,
  options: { ticked: Preview.Ticked; seconds?: number },
): Promise<Hex> {
  const { ticked, seconds = 3_600 } = options
  const granted = await Share.grant(owner.participant, {
    relationship: ticked.relationship,
    viewer: viewer.idTag,
    entries: await Preview.entriesOf(owner.participant, [ticked]),
    purposes: [secondOpinion],
    expiresAt: clock() + seconds,
  })
  const { grant } = granted
  await granted.until('mined')
  await until(viewer.participant, () =>
    Share.listSharedWithMe(viewer.participant).some((share) => share.grant === grant),
  )
  return grant
}

/** The pointer to her laboratory results, read once. */
export async function readLabs(owner: Actor, relationship: Hex): Promise<Query.Result> {
  const index = await Query.index(owner.participant, { relationship })
  if (!index.ok) throw new Error(index.code)
  const labs = found(index.index.pointers.find(({ catalogue }) => catalogue.resource === 'labs'))
  const { pointer } = labs
  const read = await Query.read(owner.participant, { relationship, pointer, purpose: 0 })
  if (!read.ok) throw new Error(read.code)
  return read.result
}
