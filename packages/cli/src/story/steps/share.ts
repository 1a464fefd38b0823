import { Notifications, Preview, Query, Share } from '@medrec/library'
import { until } from '@medrec/node/people'
import type { Hex } from '@medrec/protocol'
import { type Actor, clock } from '../Actor.ts'
import { check, checkSame, checkThat, present } from '../check.ts'
import { shortSeconds } from '../shortSeconds.ts'
import type { Trace } from '../Trace.ts'
import { untilOver } from '../untilOver.ts'
import type { World } from '../World.ts'
import type { Added } from './addRecord.ts'
import { shareWithConsent } from './consent.ts'
import type { Received } from './receive.ts'
import { refusal, secondOpinion } from './secondOpinion.ts'

type Given = {
  readonly grant: Hex
  readonly preview: readonly Preview.Preview[]
  readonly ticked: readonly Preview.Ticked[]
  readonly expiresAt: number
  readonly notifiedAfterBlocks: number
}

const longSeconds = 30 * 86_400
const ending = 'The second opinion has arrived.'

/** 4: she shares ticked fields, he reads exactly these, until the end comes or she stops (paper III-B, PPR). */
export async function share(
  world: World,
  of: Added & Received,
  trace: Trace,
): Promise<{ readonly facts: Readonly<Record<string, unknown>> }> {
  const { relationship, labs } = of
  const fields = ['date', 'name', 'value', 'unit']
  const few = [{ relationship, pointer: labs, fields }]
  const more = [{ relationship, pointer: labs, fields: ['name', 'value', 'unit', 'low', 'high'] }]
  const begun = performance.now()
  const long = await give(world, { ticked: more, seconds: longSeconds }, trace)
  await readExactly(world, long)
  const seconds = shortSeconds(performance.now() - begun)
  const short = await give(world, { ticked: few, seconds }, trace)
  const seen = await readExactly(world, short)
  const beyond = await refusal(world.doctor, short.grant, {
    pointer: labs,
    elements: [...fields, 'status'],
  })
  check('One field more is refused', 'field-not-granted 403 signed', beyond)
  const stopped = await stop(world, long.grant, { labs, trace })
  const dual = await shareWithConsent(world, trace)
  const expired = await expire(world.doctor, short, labs)
  return {
    facts: {
      grants: [short.grant, long.grant],
      fields,
      previewIsWhatHeSees: true,
      notifiedAfterBlocks: [short.notifiedAfterBlocks, long.notifiedAfterBlocks],
      rowsProven: seen,
      oneFieldMore: beyond,
      afterExpiry: expired,
      afterStop: stopped,
      dualConsent: dual,
    },
  }
}

async function give(
  world: World,
  { ticked, seconds }: { ticked: readonly Preview.Ticked[]; seconds: number },
  trace: Trace,
): Promise<Given> {
  const { participant } = world.patient
  const preview = await Preview.preview(participant, ticked)
  const expiresAt = Math.floor(clock()) + seconds
  const granted = await Share.grant(participant, {
    relationship: present('Something is ticked', ticked[0]).relationship,
    viewer: world.doctor.idTag,
    entries: await Preview.entriesOf(participant, ticked),
    purposes: [secondOpinion],
    expiresAt,
  })
  const { grant } = granted
  await trace.mined('The share stands on the chain', granted)
  const doctor = world.doctor.participant
  await until(doctor, () => Share.listSharedWithMe(doctor).some((one) => one.grant === grant))
  const notifications = await Notifications.list(doctor)
  checkThat(
    'He is notified of the share',
    notifications.some((one) => one.kind === 'shared' && one.grant === grant),
  )
  const told = Share.listSharedWithMe(doctor).find((one) => one.grant === grant)?.block.number ?? 0
  const first = world.doctor.firstSeen.get(grant) ?? Number.MAX_SAFE_INTEGER
  const blocks = Math.max(0, first - told)
  checkThat('He is notified within one block', blocks <= 1, blocks)
  return { grant, preview, ticked, expiresAt, notifiedAfterBlocks: blocks }
}

/** He reads everything that he may, and it is the preview, no more and no less. Gives the number of rows. */
async function readExactly({ doctor }: World, given: Given): Promise<number> {
  let rows = 0
  for (const { pointer, fields, relationship } of given.ticked) {
    const read = await Query.read(doctor.participant, {
      grant: given.grant,
      pointer,
      purpose: secondOpinion,
    })
    if (!read.ok) return check('He reads what was shared, proven', 'ok', read.code) as never
    const { columns, resource, label } = read.result
    check(
      'He gets the ticked fields and no other',
      [...fields].toSorted(),
      columns.map(({ name }) => name).toSorted(),
    )
    const shown = {
      ...{ relationship, pointer, resource, label },
      columns: columns.map(({ name, label: text, values }) => ({ name, label: text, values })),
    }
    const promised = given.preview.find((one) => one.pointer === pointer)
    checkSame('He sees exactly what the preview showed', promised, shown)
    rows += read.result.rows
  }
  return rows
}

/** Told to the gatekeeper at once, then to the chain. */
async function stop(
  world: World,
  grant: Hex,
  { labs, trace }: { labs: Hex; trace: Trace },
): Promise<Readonly<Record<string, unknown>>> {
  const begun = performance.now()
  const submission = await Share.revoke(world.patient.participant, { grant, reason: ending })
  await submission.until('seen')
  const code = await refusal(world.doctor, grant, { pointer: labs })
  const ms = Math.round(performance.now() - begun)
  check('He is refused as soon as she stops', 'grant-revoked 403 signed', code)
  await trace.mined('That she stopped stands on the chain', submission)
  check('He stays refused', code, await refusal(world.doctor, grant, { pointer: labs }))
  const doctor = world.doctor.participant
  const shareOf = (): ReturnType<typeof Share.listSharedWithMe>[number] | undefined =>
    Share.listSharedWithMe(doctor).find((one) => one.grant === grant)
  await until(doctor, () => shareOf()?.status === 'revoked' && shareOf()?.reason !== undefined)
  check('He reads why', ending, shareOf()?.reason)
  return { code, refusedAfterMs: ms, reason: ending }
}

async function expire(doctor: Actor, { grant, expiresAt }: Given, labs: Hex): Promise<string> {
  // The end that she chose is a time of the real world; there is nothing to wait for but the time.
  await untilOver(expiresAt)
  const code = await refusal(doctor, grant, { pointer: labs })
  check('He is refused when the share has ended', 'grant-expired 403 signed', code)
  const notifications = await Notifications.list(doctor.participant)
  checkThat(
    'He is told that it ended',
    notifications.some((one) => one.kind === 'shareEnded' && one.grant === grant),
  )
  return code
}
