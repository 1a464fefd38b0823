import { isDeepStrictEqual } from 'node:util'
import { openParticipant, Query, type SummaryState } from '@medrec/library'
import { origins, toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { PointerTables } from '@medrec/records/node'
import type { MachineName } from './plan.ts'
import { deeds, ownRead, RefusedError, type Story } from './story.ts'
import type { Stage } from './town/Stage.ts'
import { freshView } from './town/Town.ts'

const nodes = ['hospital', 'patient', 'doctor'] as const

/** What must hold once everything is well again, whatever happened before. */
export async function violationsOf(story: Story): Promise<readonly string[]> {
  const found: string[] = []
  const must = (holds: boolean, what: string): void => void (holds || found.push(what))
  await settled(story)
  filesAreReadable(story.stage, must)
  nothingIsRejected(story.stage, must)
  writtenOnce(story, must)
  await ownRecordIsProven(story, must)
  await endedIsEnded(story, must)
  await logTellsEveryRead(story, must)
  await sameFromChainAlone(story, must)
  for (const event of story.stage.events)
    if (event.type === 'alarm' && event.code === 'unexplained')
      found.push('our own write was taken for an unexplained change')
  return found
}

type Must = (holds: boolean, what: string) => void

/** Everything that was wished for is final, announced and anchored. */
async function settled({ stage }: Story): Promise<void> {
  await stage.repaired()
  await stage.happens('what was done is mined', () =>
    nodes.every((name) => isQuiet(stage, name, ['mined'])),
  )
  await stage.hospital.relay.turn()
  await stage.happens('everything is final and anchored', () => {
    const { gatekeeper, relay, database } = stage.hospital
    const { root, anchoredRoot, isAnchorWaiting } = gatekeeper.status()
    return (
      nodes.every((name) => isQuiet(stage, name, [])) &&
      relay.status().waiting === 0 &&
      !isAnchorWaiting &&
      anchoredRoot === root &&
      PointerTables.unannouncedVersions(database).length === 0 &&
      PointerTables.unannouncedPointers(database).length === 0
    )
  })
}

function isQuiet(stage: Stage, name: MachineName, but: readonly string[]): boolean {
  return stage
    .device(name)
    .participant.outbox.pending()
    .every(({ state }) => but.includes(state))
}

function filesAreReadable(stage: Stage, must: Must): void {
  for (const name of nodes) {
    const { database } = stage.device(name)
    const [check] = Object.values(database.get<object>('PRAGMA quick_check(1)') ?? {})
    must(check === 'ok', `${name}: the database is damaged: ${String(check)}`)
  }
}

/** Nobody was told "on its way" of something that came to nothing. */
function nothingIsRejected(stage: Stage, must: Must): void {
  for (const name of nodes) {
    const { outbox } = stage.device(name).participant
    for (const { about, reason } of outbox.all())
      must(reason === undefined, `${name}: ${about.kind} came to nothing: ${reason}`)
  }
}

/** Each form stands in the hospital's database once, under one relationship, with one version and tag each. */
function writtenOnce(story: Story, must: Must): void {
  const { stage, localPatient, relationship, written } = story
  const { gatekeeper, database } = stage.hospital
  stage.inClinic((clinic) => {
    const rows = clinic
      .prepare(
        `SELECT date, count(*) AS n FROM lab WHERE patient = ? AND date > '2025' GROUP BY date`,
      )
      .all(localPatient)
    const expected = written.map((date) => ({ date, n: 1 }))
    must(isDeepStrictEqual(plain(rows), expected), `rows written: ${JSON.stringify(rows)}`)
  })
  const own = gatekeeper.patients().filter((one) => one.localPatient === localPatient)
  must(own.length === 1, `${own.length} relationships of one patient`)
  const pointers = PointerTables.allPointers(database).filter(
    (pointer) => toHex(pointer.relationship) === relationship,
  )
  const versions = pointers.flatMap((pointer) => PointerTables.versionsOf(database, pointer.id))
  must(pointers.length === 2, `${pointers.length} pointers`)
  const isOurs = ({ origin }: { origin: number }): boolean => origin === origins.writePath
  must(versions.every(isOurs), 'a version of another origin than our write path')
  must(versions.length === 2 + written.length, `${versions.length} versions`)
  const tags = stage.device('patient').participant.summary().relationships[0]?.updates
  must(tags === written.length, `${tags} update tags for ${written.length} updates`)
}

/** The subject reads what the hospital's database holds, proven to the newest anchor. */
async function ownRecordIsProven(story: Story, must: Must): Promise<void> {
  const { stage, localPatient } = story
  const result = await answered(story, () => ownRead(story))
  must(result.commitment.is === 'anchored', `her record is ${result.commitment.is}`)
  stage.inClinic((clinic) => {
    const held = clinic
      .prepare('SELECT date FROM lab WHERE patient = ? ORDER BY date')
      .all(localPatient)
    const read = Query.rowsOf(result).map(({ date }) => ({ date }))
    const sorted = read.toSorted((a, b) => (String(a.date) < String(b.date) ? -1 : 1))
    must(isDeepStrictEqual(sorted, plain(held)), 'she reads other rows than the hospital holds')
  })
  const { relationship } = story
  const index = await Query.index(stage.device('patient').participant, { relationship })
  must(index.ok && !index.index.missingTags, 'the index counts updates that she never heard of')
}

/** Why the doctor is refused, by how her share was ended. */
const reasons = {
  revoke: 'grant-revoked',
  stopAll: 'epoch-closed',
  close: 'relationship-closed',
} as const

/** Whom the subject no longer lets read is refused, and for that reason. */
async function endedIsEnded(story: Story, must: Must): Promise<void> {
  await story.stage.happens('a fresh view', () => story.stage.isFresh())
  const outcome = await deeds.read.act(story).then(
    () => 'allowed',
    (error: unknown) => (error instanceof RefusedError ? error.reason : String(error)),
  )
  must(outcome === reasons[story.ending], `after ${story.ending}, the doctor's read: ${outcome}`)
}

/** Her log holds a line for each read that was answered, and none for one that nobody asked for. */
async function logTellsEveryRead(story: Story, must: Must): Promise<void> {
  const { stage, relationship } = story
  const { participant } = stage.device('patient')
  const log = await Query.readLog(participant, { relationship })
  if (!log.ok) return must(false, `her access log: ${log.code}`)
  const lines = log.lines.map(({ text }) => JSON.parse(text) as Record<string, unknown>)
  for (const name of ['patient', 'doctor'] as const) {
    const { idTag } = stage.person(name)
    const reads = lines.filter(
      ({ kind, who }) => kind === 'read' && (who as { idTag?: unknown }).idTag === idTag,
    ).length
    must(reads >= story.reads[name], `${reads} lines for ${story.reads[name]} reads of the ${name}`)
    must(
      reads <= story.asked[name],
      `${reads} lines, though the ${name} asked ${story.asked[name]} times`,
    )
  }
}

/** Words and any copy of the chain give the same summary back (requirement 59). */
async function sameFromChainAlone(story: Story, must: Must): Promise<void> {
  const { stage } = story
  for (const name of ['patient', 'doctor'] as const) {
    const chain = await freshView(stage.town)
    const restored = await openParticipant({
      ...{ keys: stage.person(name).keys, chain },
      store: await openMemoryStore(),
      clock: () => Date.now() / 1000,
      carriers: () => [],
    })
    const kept = stage.device(name).participant.summary()
    must(
      isDeepStrictEqual(lasting(restored.summary()), lasting(kept)),
      `${name}: the chain alone tells another summary than her device`,
    )
    await restored.close()
    await chain.stop()
  }
}

/** All but where the chain's head stands, and where blocks that brought the same thing twice. */
export function lasting({ relationships, sharedWithMe, contacts, ignored }: SummaryState): unknown {
  return { relationships, sharedWithMe, contacts, ignored }
}

/** Rows as JSON has them: what two sides of a comparison have in common. */
export function plain(rows: unknown): unknown {
  return JSON.parse(JSON.stringify(rows))
}

/** An answer to a question that is asked again while the institution finds its feet. */
async function answered<T>(story: Story, ask: () => Promise<T>): Promise<T> {
  let last: unknown
  for (let tries = 0; tries < 4; tries++) {
    try {
      return await ask()
    } catch (error) {
      last = error
      await story.stage.happens('a fresh view', () => story.stage.isFresh())
    }
  }
  throw last
}
