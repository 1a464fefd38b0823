import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readNetwork } from '@medrec/node'
import { type DemoHome, openHome, startDemo, urlOf } from '@medrec/node/demo'
import { type DemoPerson, demoStaff, dualConsentOf, readPeople, storyOf } from '@medrec/node/people'
import { MedrecError, type Network } from '@medrec/protocol'
import type { Institution } from '@medrec/samples'
import { type Actor, openActor } from './Actor.ts'
import { present } from './check.ts'
import { type Staff, signInStaff } from './staff.ts'

/** The network of the story and those who take part in it. */
export type World = {
  readonly home: DemoHome
  readonly network: Network
  /** Where the patient is known, but not yet related to */
  readonly institution: Institution
  /** Another one, which she has a relationship with */
  readonly otherInstitution: Institution
  readonly dualInstitution: Institution
  readonly clinician: Staff
  readonly otherClinician: Staff
  readonly dualClinician: Staff
  readonly patient: Actor
  readonly doctor: Actor
  readonly dualPatient: Actor
  /** Opens a person's device; it is closed with the world. */
  open(person: DemoPerson, folder: string): Promise<Actor>
  databaseOf(institution: Institution): string
  close(): Promise<void>
}

export type WorldOptions = {
  /** Folder of FHIR R4 bundles */
  readonly data?: string | undefined
  /** A chain that runs already */
  readonly rpc?: string | undefined
  /** A folder for the network that stays; a temporary one if absent */
  readonly folder?: string | undefined
  readonly keep: boolean
  readonly script: string
  readonly say: (text: string) => void
  readonly signal: AbortSignal
}

/** Starts the demonstration's processes in a new folder and opens everybody's devices. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'medrec-story-'))
  const closing: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).toReversed()) await end()
  }
  if (options.keep || options.folder !== undefined)
    options.say(`The story's folder stays: ${folder}`)
  else closing.push(() => rmSync(folder, { recursive: true, force: true }))
  try {
    const home = await openHome({
      folder,
      ...(options.data !== undefined && { data: options.data }),
      ...(options.rpc !== undefined && { chain: options.rpc }),
    })
    closing.push(() => home.unlock())
    const demo = await startDemo({
      home,
      port: 0,
      script: options.script,
      say: options.say,
      signal: options.signal,
      onGivenUp: (error) => options.say(`${error.code}: a process of the network was given up.`),
    })
    closing.push(() => demo.stop())
    return await inhabit(home, { closing, close })
  } catch (error) {
    await close()
    throw error
  }
}

async function inhabit(
  home: DemoHome,
  parts: { closing: (() => Promise<void> | void)[]; close: () => Promise<void> },
): Promise<World> {
  const { closing, close } = parts
  const people = readPeople(home)
  const network = readNetwork(home.path('network.json'), [urlOf(home, 'chain')])
  const story = storyOf(people)
  const dual = dualConsentOf(people)
  const otherInstitution = story.person?.institutions.find((one) => one !== story.institution)
  if (!dual.person || !otherInstitution) throw new TooFewPeopleError()
  const open = async (person: DemoPerson, folder: string): Promise<Actor> => {
    const entropy = home.entropyOf(person.login)
    const actor = await openActor({ person, entropy, network, folder })
    closing.push(() => actor.close())
    return actor
  }
  const staff = demoStaff(home)
  const clinicianOf = (institution: Institution): Promise<Staff> =>
    signInStaff(
      present(
        'The institution has a clinician',
        staff.find(({ key, role }) => key === institution && role === 'clinician'),
      ),
    )
  const devices = home.path('devices')
  return {
    home,
    network,
    institution: story.institution,
    otherInstitution,
    dualInstitution: dual.institution,
    clinician: await clinicianOf(story.institution),
    otherClinician: await clinicianOf(otherInstitution),
    dualClinician: await clinicianOf(dual.institution),
    patient: await open(story.person, devices),
    doctor: await open(
      present(
        'There is a second-opinion doctor',
        people.find(({ kind }) => kind === 'doctor'),
      ),
      devices,
    ),
    dualPatient: await open(dual.person, devices),
    open,
    databaseOf: (institution) => home.path('institutions', `${institution}.db`),
    close,
  }
}

/** The story needs two people with records, one of them at two institutions. */
export class TooFewPeopleError extends MedrecError {
  readonly code = 'TOO_FEW_PEOPLE'
  constructor() {
    super(
      'The story needs two people with records, one of them at two institutions; the data have fewer.',
      {
        facts: ['Choose a folder with more people, or leave --data away.'],
      },
    )
  }
}
