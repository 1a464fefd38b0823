import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Preview, Query, Relationship, Share } from '@medrec/library'
import { dualConsentOf, until } from '@medrec/node/people'
import type { Hex } from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, clock } from '../packages/cli/src/story/Actor.ts'
import { shortSeconds } from '../packages/cli/src/story/shortSeconds.ts'
import { untilOver } from '../packages/cli/src/story/untilOver.ts'
import {
  type Demo,
  found,
  introduce,
  readLabs,
  relationshipsOf,
  secondOpinion,
  shareFields,
  startDemo,
} from './demo.test-support.ts'
import { pythonPath, runPython } from './python.test-support.ts'

const what = 'the second implementation (needs Python 3.11 with python/requirements.txt)'
if (!pythonPath) console.log(`SKIPPED ${what}`)

/** What the Python program prints of one share. */
type Reading = {
  readonly grant: Hex
  readonly subject: Hex
  readonly institution: string
  readonly purposes: readonly string[]
  readonly ended: string | null
  readonly failure: { readonly code: string; readonly status: number | null } | null
  readonly tables: readonly {
    readonly pointer: Hex
    readonly resource: string
    readonly counter: number
    readonly block: number
    readonly columns: Readonly<Record<string, readonly (string | null)[]>>
  }[]
}

const fields = ['id', 'name', 'value']
let demo: Demo
let ada: Actor
let doctor: Actor
let relationship: Hex
let labs: Query.Result
let grant: Hex
/** A share that ends while the tests run, long enough to be read before on a machine that is busy. */
let short: Hex
/** How long the first share took, from its giving to its being read. */
let tookMs: number

describe.skipIf(!pythonPath)(what, () => {
  test('passes every published vector, and refuses what is altered', async () => {
    const { code, errors } = await runPython(['-m', 'unittest'])
    expect(errors).toMatch(/Ran [1-9]\d* tests in [\d.]+s\n\nOK\n$/)
    expect(code).toBe(0)
  })

  describe('against a running consortium', () => {
    beforeAll(begin)
    afterAll(() => demo.stop())
    test('reads exactly the shared fields, proven by the chain', readsExactly)
    test('reads a share that ends soon', readsShort)
    test('finds nothing for somebody with whom nothing was shared', findsNothing)
    test('believes no door that holds an event back', believesNoLiar)
    test('is refused after the expiry', refusedAfterExpiry)
    test('is refused after the revocation', refusedAfterRevocation)
    test('reads under dual consent once the institution consented too', waitsForConsent)
  })
})

async function begin(): Promise<void> {
  demo = await startDemo()
  ada = await demo.open('layla.benali')
  doctor = await demo.open('ingrid.solberg')
  const at = found([...relationshipsOf(ada).values()][0])
  relationship = at.id
  await introduce(ada, doctor)
  labs = await anchoredLabs()
  writeFileSync(networkFile(), JSON.stringify(demo.network))
}

/** Her results once an anchor holds them: the institution sends it a moment after it made them known. */
async function anchoredLabs(): Promise<Query.Result> {
  const { participant } = ada
  for (;;) {
    const head = participant.summary().head.number
    const read = await readLabs(ada, relationship)
    if (read.commitment.is === 'anchored') return read
    await until(participant, () => participant.summary().head.number > head)
  }
}

async function readsExactly(): Promise<void> {
  const begun = performance.now()
  grant = await shareLabs()
  const { code, shares } = await read('ingrid.solberg')
  tookMs = performance.now() - begun
  expect(code).toBe(0)
  // The institution may anchor while he reads, and the program hear of it before his device does.
  const { chain } = doctor.participant
  const shown = shares[0]?.tables[0]
  const isKnown = (): boolean =>
    chain
      .view()
      .recentAnchors(labs.steward)
      .some(({ counter, block }) => counter === shown?.counter && block.number === shown.block)
  await until(doctor.participant, isKnown)
  expect(shares).toEqual([
    {
      grant,
      subject: ada.idTag,
      institution: found(chain.view().profile(labs.steward)).name,
      purposes: ['second opinion'],
      ended: null,
      failure: null,
      tables: [
        {
          pointer: labs.pointer,
          version: labs.version,
          resource: 'labs',
          anchored: true,
          counter: expect.any(Number),
          block: expect.any(Number),
          rows: labs.rows,
          columns: Object.fromEntries(
            fields.map((name) => [
              name,
              found(labs.columns.find((one) => one.name === name)).values,
            ]),
          ),
        },
      ],
    },
  ])
}

async function findsNothing(): Promise<void> {
  expect(await read('claire.brooks')).toEqual({ code: 0, shares: [], errors: '' })
}

/** A door that leaves one note away, as its operator could. */
async function believesNoLiar(): Promise<void> {
  const liar = await lyingDoor(found(demo.network.doors[0]))
  try {
    const { port } = liar.address() as AddressInfo
    const { code, errors } = await read('ingrid.solberg', ['--rpc', `http://127.0.0.1:${port}`])
    expect({ code, errors }).toEqual({
      code: 1,
      errors: expect.stringMatching(/^CHAIN: The events of 0x\w{40} do not add up to its running/),
    })
  } finally {
    liar.closeAllConnections()
    await new Promise((resolve) => liar.close(resolve))
  }
}

async function waitsForConsent(): Promise<void> {
  const { person, institution } = dualConsentOf(demo.people)
  const owner = await demo.open(person.login)
  const { ticked, labels } = await somethingUnderDualConsent(owner)
  const given = await shareFields(owner, doctor, { ticked })
  const ofGiven = async (args: readonly string[] = []): Promise<Reading | undefined> =>
    (await read('ingrid.solberg', args)).shares.find((share) => share.grant === given)
  const ended = 'the institution has not consented to it'
  expect(await ofGiven()).toMatchObject({ ended, failure: null, tables: [] })
  expect(await ofGiven(['--ask-ended'])).toMatchObject({
    failure: { code: 'consent-missing', status: 403, signed: true },
    tables: [],
  })
  const clinician = await demo.clinicianAt(institution)
  await clinician.until<{ consents: readonly { grant: Hex }[] }>(
    'the share waits for consent',
    'consents',
    ({ consents }) => consents.some((one) => one.grant === given),
  )
  await clinician.post(`consents/${given}`, { consent: true })
  const isConsented = (share: { grant: Hex; consent?: unknown }): boolean =>
    share.grant === given && share.consent !== undefined
  const { participant } = doctor
  await until(participant, () => Share.listSharedWithMe(participant).some(isConsented))
  const after = found(await ofGiven())
  expect(after).toMatchObject({ ended: null, failure: null })
  expect(after.tables.map(({ columns }) => Object.keys(columns))).toEqual([labels])
}

/** Fields of a record that may be read only when patient and institution agree. */
async function somethingUnderDualConsent(
  owner: Actor,
): Promise<{ ticked: Preview.Ticked; labels: readonly string[] }> {
  const { id } = found(
    Relationship.list(owner.participant).find(
      ({ policy, status }) => policy === 'dualConsent' && status === 'accepted',
    ),
  )
  const index = await Query.index(owner.participant, { relationship: id })
  if (!index.ok) throw new Error(index.code)
  const { pointer, catalogue } = found(index.index.pointers[0])
  const labels = catalogue.fields.slice(0, 2).map(({ name }) => name)
  const asked = { relationship: id, pointer, purpose: 0 }
  const known = await Query.read(owner.participant, asked)
  if (!known.ok) throw new Error(known.code)
  return { ticked: { relationship: id, pointer, fields: labels }, labels }
}

async function readsShort(): Promise<void> {
  short = await shareLabs(shortSeconds(tookMs))
  const shown = await ofShort()
  // A machine that stood still for all of its seconds has let it end.
  if (clock() < endOf(short))
    expect(shown).toMatchObject({ ended: null, tables: [{ pointer: labs.pointer }] })
}

function endOf(share: Hex): number {
  const known = Share.listSharedWithMe(doctor.participant)
  return found(known.find(({ grant: one }) => one === share)).expiresAt
}

async function ofShort(args: readonly string[] = []): Promise<Reading | undefined> {
  return (await read('ingrid.solberg', args)).shares.find((share) => share.grant === short)
}

async function refusedAfterExpiry(): Promise<void> {
  await untilOver(endOf(short)) // most of it went by with the tests before
  expect(await ofShort(['--ask-ended'])).toMatchObject({
    failure: { code: 'grant-expired', status: 403, signed: true },
    tables: [],
  })
}

async function refusedAfterRevocation(): Promise<void> {
  const submission = await Share.revoke(ada.participant, { grant })
  await submission.until('mined')
  const polite = await read('ingrid.solberg')
  expect(polite.code).toBe(3)
  expect(polite.shares).toContainEqual(
    expect.objectContaining({ grant, ended: 'it was revoked', failure: null, tables: [] }),
  )
  const insisting = await read('ingrid.solberg', ['--ask-ended'])
  expect(insisting.code).toBe(3)
  expect(insisting.shares).toContainEqual(
    expect.objectContaining({
      grant,
      failure: expect.objectContaining({ code: 'grant-revoked', status: 403, signed: true }),
      tables: [],
    }),
  )
  const asked = { grant, pointer: labs.pointer, purpose: secondOpinion }
  expect(await Query.read(doctor.participant, asked)).toMatchObject({ code: 'grant-revoked' })
}

function shareLabs(seconds?: number): Promise<Hex> {
  const ticked = { relationship, pointer: labs.pointer, fields }
  return shareFields(ada, doctor, { ticked, ...(seconds !== undefined && { seconds }) })
}

function networkFile(): string {
  return join(demo.folder, 'for-python.json')
}

/** Runs the Python reader as a process of its own, with nothing but somebody's words. */
async function read(
  login: string,
  args: readonly string[] = [],
): Promise<{ code: number | null; shares: readonly Reading[]; errors: string }> {
  const words = join(demo.folder, `${login}.words`)
  writeFileSync(words, found(demo.wordsOf(login)), { mode: 0o600 })
  const common = ['medrec_reader.py', '--json', '--network', networkFile(), '--words-file', words]
  const { code, output, errors } = await runPython([...common, ...args])
  const { shares = [] } = output === '' ? {} : (JSON.parse(output) as { shares?: Reading[] })
  return { code, shares, errors }
}

/** Passes everything on to a door, but never the first note. */
async function lyingDoor(door: string): Promise<Server> {
  const upstream = door.replace(/^ws/, 'http')
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const asked = await fetch(upstream, { method: 'POST', body: Buffer.concat(chunks) })
      const answer = (await asked.json()) as { result?: unknown }
      const { result } = answer
      const told = Array.isArray(result) ? { ...answer, result: result.slice(1) } : answer
      response.setHeader('content-type', 'application/json').end(JSON.stringify(told))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
