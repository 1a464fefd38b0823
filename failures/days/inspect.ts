import { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import {
  linesIn,
  openParticipant,
  Proof,
  Query,
  Relationship,
  verifyAccessLog,
  verifyProof,
} from '@medrec/library'
import { utf8 } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { differenceOf } from '../describe.ts'
import { lasting, plain } from '../invariants.ts'
import { deepest } from '../plan.ts'
import { freshView } from '../town/Town.ts'
import { latestEnd, type Patient } from './Model.ts'
import { readers } from './people.ts'
import type { World } from './World.ts'

const auditor = { id: 'ava', name: 'Ava', role: 'auditor' }
const treatment = 0
const unanchored = 'LOG_UNANCHORED'

/** What must hold at the end of a day, when all is well: `from` and `to` are its unix seconds. */
export async function inspect(
  world: World,
  span: { readonly from: number; readonly to: number },
): Promise<void> {
  await logProvesItself(world, span)
  // What nobody has looked at yet is no change that anybody could be told of.
  await world.stage.hospital.gatekeeper.checkChanges()
  await world.settle()
  for (const patient of world.model.patients) {
    writtenOnce(world, patient)
    await ownRecordIsProven(world, patient)
    await logTellsEveryRead(world, patient)
    isToldOfEmergencies(world, patient)
  }
  nothingIsRejected(world)
  for (const name of world.stage.names())
    if (name !== 'hospital') await sameFromChainAlone(world, name)
}

/** The institution's log of the day, as an auditor takes it home: every entry once, between two anchors. */
async function logProvesItself(
  world: World,
  span: { readonly from: number; readonly to: number },
): Promise<void> {
  const { gatekeeper } = world.stage.hospital
  const text = async (): Promise<string> => {
    const { lines } = await gatekeeper.provableLog({ ...span, by: auditor })
    const all: string[] = []
    for await (const line of lines) all.push(line)
    return all.join('')
  }
  const file = await world.during(text()).catch(async (error: unknown) => {
    if ((error as { code?: unknown }).code !== unanchored) throw error
    // The newest anchor lies too near the head: whoever is told so asks again some blocks later.
    for (let block = 0; block <= deepest; block++) await world.step()
    return world.during(text())
  })
  const proven = await verifyAccessLog(linesIn(Readable.from([utf8(file)])))
  const end = proven.ok ? 'ok' : `${proven.code} ${proven.entry ?? ''}`
  world.must(proven.ok, `the access log of the day proves nothing: ${end}`)
}

/** Each form stands in the hospital's database once. */
function writtenOnce(world: World, { localPatient, written }: Patient): void {
  world.stage.inClinic((clinic) => {
    const rows = clinic
      .prepare(
        `SELECT date, count(*) AS n FROM lab WHERE patient = ? AND date > '2025' GROUP BY date`,
      )
      .all(localPatient)
    const expected = written.map((date) => ({ date, n: 1 }))
    world.must(
      isDeepStrictEqual(plain(rows), expected),
      `${localPatient}: rows written: ${JSON.stringify(rows)} for ${written}`,
    )
  })
}

/** She reads what the hospital's database holds, with a proof that convinces strangers. */
async function ownRecordIsProven(world: World, patient: Patient): Promise<void> {
  const { name, relationship, pointers, localPatient } = patient
  const { participant } = world.stage.device(name)
  const source = { relationship }
  world.readsOf(name, name).asked++
  const read = await Query.read(participant, {
    ...{ ...source, pointer: pointers.labs, purpose: treatment },
  })
  if (!read.ok) return world.must(false, `${name} may not read her own record: ${read.code}`)
  world.readsOf(name, name).answered++
  world.stage.inClinic((clinic) => {
    const held = clinic
      .prepare('SELECT date, value FROM lab WHERE patient = ? ORDER BY date')
      .all(localPatient)
    const rows = Query.rowsOf(read.result).map(({ date, value }) => ({ date, value }))
    const sorted = rows.toSorted((a, b) => (String(a.date) < String(b.date) ? -1 : 1))
    world.must(
      isDeepStrictEqual(sorted, plain(held)),
      `${name} reads other rows than the hospital holds`,
    )
  })
  const rpc = participant.chain.rpc()
  const proof = verifyProof(await Proof.of(participant, { source, rpc, exchange: read.exchange }))
  world.must(proof.ok, `the receipt of ${name} proves nothing: ${proof.ok || proof.code}`)
}

/** Her log holds a line for each read that was answered, and none for one that nobody asked for. */
async function logTellsEveryRead(world: World, { name, relationship }: Patient): Promise<void> {
  const { stage } = world
  const log = await Query.readLog(stage.device(name).participant, { relationship })
  if (!log.ok) return world.must(false, `the access log of ${name}: ${log.code}`)
  const lines = log.lines.map(({ text }) => JSON.parse(text) as Record<string, unknown>)
  for (const reader of stage.names()) {
    const { idTag } = reader === 'hospital' ? stage.town.hospital : stage.person(reader)
    const { answered, asked } = world.readsOf(name, reader)
    const told = lines.filter(
      ({ kind, who }) => kind === 'read' && (who as { idTag?: unknown }).idTag === idTag,
    ).length
    world.must(
      told >= answered && told <= asked,
      `${told} lines of ${reader} in the log of ${name}: ${answered} answered, ${asked} asked`,
    )
  }
}

/** No emergency access was given of which she was not told, and she was told of none that nobody asked for. */
function isToldOfEmergencies(world: World, patient: Patient): void {
  const { name, relationship } = patient
  const { emergencies } = Relationship.of(world.stage.device(name).participant, relationship)
  for (const by of readers) {
    const asked = world.openings.filter((one) => one.by === by && one.patient === patient)
    const given = asked.filter(({ isGiven }) => isGiven).length
    const { idTag } = world.stage.person(by)
    const told = emergencies.filter(({ who }) => who === idTag).length
    world.must(
      told >= given && told <= asked.length,
      `${name} was told of ${told} emergency accesses of ${by}: ${given} given, ${asked.length} asked for`,
    )
  }
}

/**
 * Nobody was told "on its way" of something that came to nothing, but of a share whose time was over by then, and of
 * what was still said of one that had come to nothing or was ended.
 */
function nothingIsRejected(world: World): void {
  const { stage, model, now } = world
  const mayBe = (reason: string, kind: string, slot: unknown): boolean => {
    const right = model.rights.find((one) => one.slot === slot)
    if (!right) return false
    if (reason === 'GrantsExpired' || reason === 'GrantsUnknown') return latestEnd(right) <= now
    return reason === 'GrantsRevoked' && kind === 'renew' && right.isEnded
  }
  for (const name of stage.names())
    for (const { about, reason } of stage.device(name).participant.outbox.all())
      if (reason !== undefined)
        world.must(
          mayBe(reason, about.kind, about['grant']),
          `${name}: ${about.kind} came to nothing: ${reason}`,
        )
}

/** Words and any copy of the chain give the same summary back (requirement 59). */
async function sameFromChainAlone(world: World, name: string): Promise<void> {
  const { stage, time } = world
  const chain = await freshView(stage.town)
  const restored = await openParticipant({
    ...{ keys: stage.person(name).keys, chain, clock: time.now, timer: time.timer },
    store: await openMemoryStore(),
    carriers: () => [],
  })
  const kept = stage.device(name).participant.summary()
  const difference = differenceOf(lasting(restored.summary()), lasting(kept))
  world.must(
    difference === undefined,
    `the chain alone tells ${name} another summary than her device: ${difference}`,
  )
  await restored.close()
  await chain.stop()
}
