import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, Keys, schemaId } from '@medrec/protocol'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import * as Contact from '../../library/src/Contact.ts'
import { type Opened, type TestNetwork, until } from '../../library/src/network.test-support.ts'
import * as Relationship from '../../library/src/Relationship.ts'
import * as Share from '../../library/src/Share.ts'
import type { Someone } from '../../library/src/someone.test-support.ts'
import { patientLimits } from './adapter/limits.test-support.ts'
import type { Staff } from './Core.ts'
import { clinicCatalogue, writeClinic } from './clinic.test-support.ts'
import { type Gatekeeper, type GatekeeperOptions, openGatekeeper } from './openGatekeeper.ts'
import type { GatekeeperEvent } from './query/Context.ts'
import type { HttpResponse } from './query/respond.ts'

/** A gatekeeper of the test network's hospital, behind a real HTTP server. */
export type Gate = {
  gatekeeper: Gatekeeper
  readonly participant: Opened
  readonly databaseFile: string
  /** The gatekeeper's own database. */
  readonly nodeFile: string
  readonly url: string
  readonly authority: string
  /** Resolves at the next event that is wanted. */
  event(isWanted: (event: GatekeeperEvent) => boolean): Promise<GatekeeperEvent>
  /** Resolves once no anchor waits. */
  idle(): Promise<void>
  /** Closes the gatekeeper and its database, and opens both again. */
  reopen(): Promise<void>
  /** The same, with work on the node's database file between. */
  whileClosed(work: (nodeFile: string) => unknown): Promise<void>
  close(): Promise<void>
}

/** Sending again sooner would pile up blocks on a busy machine, faster than they are followed. */
const retry = { first: 5, longest: 20 }

export const staff: Staff = { id: 's1', name: 'Dr Ek', role: 'physician' }

/** Opens a clinic's database, a gatekeeper on it and a server in front; publishes its address. */
export async function openGate(
  net: TestNetwork,
  more: Partial<GatekeeperOptions> = {},
  institution: Someone = net.hospital,
): Promise<Gate> {
  const folder = mkdtempSync(join(tmpdir(), 'medrec-gate-'))
  const databaseFile = join(folder, 'clinic.db')
  const nodeFile = join(folder, 'node.db')
  writeClinic(databaseFile)
  const { clock = () => Date.now() / 1000 } = more
  const participant = await net.open(institution, { retry, clock })
  let database: NodeDatabase
  const { server, authority } = await listen((request) => gate.gatekeeper.handle(request))
  const open = (): Promise<Gatekeeper> => {
    database = openNodeDatabase(nodeFile)
    return openGatekeeper({
      participant,
      database,
      catalogue: clinicCatalogue,
      source: { engine: 'sqlite', file: databaseFile },
      authority,
      anchorAccount: Keys.anchorKey(institution.keys),
      clock,
      watchSeconds: 0,
      limits: patientLimits,
      timer: { now: () => performance.now(), until: async () => undefined },
      ...more,
    })
  }
  const stop = async (): Promise<void> => {
    await gate.gatekeeper.close()
    database.close()
  }
  const event: Gate['event'] = (isWanted) =>
    new Promise((resolve) => {
      const end = gate.gatekeeper.on((found) => {
        if (!isWanted(found)) return
        end()
        resolve(found)
      })
    })
  const gate: Gate = {
    gatekeeper: await open(),
    participant,
    databaseFile,
    nodeFile,
    url: `http://${authority}`,
    authority,
    event,
    idle: async () => {
      while (gate.gatekeeper.status().isAnchorWaiting)
        await event(({ type }) => type === 'anchored')
    },
    reopen: () => gate.whileClosed(() => undefined),
    whileClosed: async (work) => {
      await stop()
      await work(nodeFile)
      gate.gatekeeper = await open()
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await stop()
      rmSync(folder, { recursive: true })
    },
  }
  await net.setUrl(institution, gate.url)
  return gate
}

export type Enrolment = {
  readonly patient: Opened
  readonly relationship: Hex
  readonly labs: Hex
  readonly visits: Hex
}

/** Registers a person, who is the clinic's patient P1 (or another), and enrols her. */
export async function someEnrolled(
  net: TestNetwork,
  gate: Gate,
  options: {
    readonly accept?: boolean
    readonly policy?: 'subjectOnly' | 'dualConsent'
    readonly localPatient?: string
  } = {},
): Promise<Enrolment> {
  const person = await net.register()
  const patient = await net.open(person, { retry })
  await until(gate.participant, () => gate.participant.peer(person.tag) !== undefined)
  const { relationship } = await gate.gatekeeper.enrol({
    localPatient: options.localPatient ?? 'P1',
    subjectTag: person.tag,
    ...(options.policy && { policy: options.policy }),
  })
  const pointers = () =>
    patient.summary().relationships.find(({ id }) => id === relationship)?.pointers ?? []
  await until(patient, () => pointers().length === 2)
  await until(patient, () => patient.chain.view().profile(net.hospital.tag)?.url === gate.url)
  if (options.accept) {
    await (await Relationship.accept(patient, relationship)).until('final')
    await until(
      gate.participant,
      () => gate.participant.chain.view().relationship(relationship)?.status === 'accepted',
    )
  }
  const idOf = (resource: string): Hex =>
    pointers().find((pointer) => pointer.resource === resource)?.id ?? '0x'
  return { patient, relationship, labs: idOf('labs'), visits: idOf('visits') }
}

/** Shares date and value of the labs with a doctor, for a second opinion. */
export async function shareLabs(
  net: TestNetwork,
  gate: Gate,
  { patient, relationship, labs }: Enrolment,
  { seconds = 3_600, clock }: { readonly seconds?: number; readonly clock?: () => number } = {},
): Promise<{ readonly doctor: Opened; readonly grant: Hex }> {
  const doctor = await net.open(await net.register(), { retry, ...(clock && { clock }) })
  await until(patient, () => patient.peer(doctor.me()?.idTag ?? '0x') !== undefined)
  await (await Contact.add(patient, { card: Contact.card(doctor, 'Dr Bo') })).until('mined')
  await (await Contact.add(doctor, { card: Contact.card(patient, 'Ada') })).until('mined')
  const granted = await Share.grant(patient, {
    relationship,
    viewer: doctor.me()?.idTag ?? '0x',
    entries: [
      { pointer: labs, category: 5, schema: schemaId('clinic/labs'), catalogue: 1, mask: '0xa' },
    ],
    purposes: [1],
    expiresAt: Math.floor(Date.now() / 1000) + seconds,
  })
  await granted.until('final')
  await until(doctor, () => doctor.summary().sharedWithMe.length === 1)
  await until(
    gate.participant,
    () => gate.participant.chain.view().grant(granted.grant) !== undefined,
  )
  return { doctor, grant: granted.grant }
}

type Handle = Gatekeeper['handle']

async function listen(handle: Handle): Promise<{ server: Server; authority: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      const answered = handle({
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        headers,
        body: new Uint8Array(Buffer.concat(chunks)),
        remoteAddress: request.socket.remoteAddress ?? '',
      })
      const send = ({ status, headers: given, body }: HttpResponse): void =>
        void response.writeHead(status, given).end(body)
      answered.then(send, () => response.writeHead(500).end())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, authority: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}
