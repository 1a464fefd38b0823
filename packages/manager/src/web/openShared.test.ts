import { Delegation, type Participant, Parts, Share } from '@medrec/library'
import type { Hex } from '@medrec/protocol'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clinicCatalogue } from '../../../gatekeeper/src/clinic.test-support.ts'
import {
  type Enrolment,
  type Gate,
  openGate,
  shareLabs,
  someEnrolled,
} from '../../../gatekeeper/src/gate.test-support.ts'
import {
  type Opened,
  startNetwork,
  type TestNetwork,
  until,
} from '../../../library/src/network.test-support.ts'
import { actingForOf, actingOf } from '../../web/src/patient/live/acting.ts'
import { nextPart } from '../../web/src/patient/live/longRecords.ts'
import { openShared } from '../../web/src/patient/live/openShared.ts'
import { sharedWithMe } from '../../web/src/patient/live/shares.ts'
import type { SharedAnswer } from '../../web/src/patient/model.ts'
import { stillOpen } from '../../web/src/patient/stillOpen.ts'

const roomy = { all: 256, perIdentity: 16 }
/** What the gatekeeper's capacity is at the moment. */
const capacity = { ...roomy }
const rate = { perSecond: 1_000, burst: 10_000 }

let net: TestNetwork
let gate: Gate
let ada: Enrolment
let doctor: Opened
let grant: Hex
/** Requests to the institution since the test began. */
let asked: string[]

beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net, {
    ...{ capacity, rate, identityRate: rate, catalogue: clinicCatalogue },
    limits: { rows: 4, bytes: 10_000, milliseconds: 120_000 },
  })
  const clinic = new DatabaseSync(gate.databaseFile)
  for (let id = 100; id < 120; id++)
    clinic.exec(`INSERT INTO lab VALUES (${id}, 'P1', '2024-01-01', 'c${id}', '${id}.0', 1)`)
  clinic.close()
  ada = await someEnrolled(net, gate, { accept: true })
  ;({ doctor, grant } = await shareLabs(net, gate, ada))
})
beforeEach(() => {
  asked = []
})
afterEach(() => Object.assign(capacity, roomy))
afterAll(async () => {
  await gate.close()
  await net.close()
})

function reader(more: Partial<Participant> = {}): Participant {
  const counted: typeof fetch = (...request) => {
    asked.push(new URL(String(request[0])).pathname)
    return fetch(...request)
  }
  return { ...doctor, fetch: counted, ...more }
}

/** The doctor's list of what is shared with her, as the screens have it. */
function line(clock = doctor.clock()) {
  const [share, ...others] = sharedWithMe(doctor, clock)
  if (!share) throw new Error('nothing is shared')
  expect(others).toEqual([])
  return share
}

/** Waits are told to the test, which lets each end. */
function waits(): { readonly timer: Participant['timer']; next(): Promise<() => void> } {
  const begun: (() => void)[] = []
  let tell = (): void => undefined
  return {
    timer: (_, callback) => {
      begun.push(callback)
      tell()
      return () => undefined
    },
    next: async () => {
      if (begun.length === 0)
        await new Promise<void>((resolve) => {
          tell = resolve
        })
      return begun.shift() as () => void
    },
  }
}

describe('while it is shared', () => {
  test('it is asked for once, and shown', async () => {
    const answer = await openShared(reader(), line())
    expect(asked).toEqual(['/index', '/query'])
    expect(answer).toMatchObject({ kind: 'records', missing: [], sets: [{ id: ada.labs }] })
    expect(line()).toMatchObject({ status: 'active', parts: [{ grant, why: undefined }] })
    expect(stillOpen(answer, line().parts)).toEqual(answer)
  })

  test('who leaves while the institution has no time asks no more', async () => {
    capacity.perIdentity = 0
    const left = new AbortController()
    const { timer, next } = waits()
    const answer = openShared(reader({ timer }), line(), left.signal)
    await next()
    left.abort()
    await answer
    expect(asked).toEqual(['/index'])
  })

  test('of a long record nothing more is asked after a stop, until the reader says so', async () => {
    const answer = await openShared(reader(), line())
    const [set] = answer.kind === 'records' ? answer.sets : []
    const after = set?.current?.read
    if (!set || !after) throw new Error('a long record expected')
    capacity.perIdentity = 0
    const stop = new AbortController()
    const { timer, next } = waits()
    asked = []
    const part = nextPart(reader({ timer }), set, { after, signal: stop.signal })
    await next()
    stop.abort()
    expect(await part).toEqual({ ok: true, read: after, rows: [] })
    expect(asked).toEqual(['/query'])
    Object.assign(capacity, roomy)
    const { signal } = new AbortController()
    const again = await nextPart(reader(), set, { after, signal })
    expect(again).toMatchObject({ ok: true, read: { partsRead: 2 } })
    expect(asked).toEqual(['/query', '/query'])
    expect(Parts.isComplete(after)).toBe(false)
  })

  test('when its time is over by our clock nobody is asked', async () => {
    const clock = (): number => Date.now() / 1_000 + 7_200
    expect(await openShared(reader({ clock }), line())).toEqual({ kind: 'refused', why: 'ended' })
    expect(line(clock())).toMatchObject({ status: 'ended', parts: [{ grant, why: 'ended' }] })
    expect(asked).toEqual([])
  })
})

test('who acts for somebody asks no more, once that has ended', async () => {
  const given = await Delegation.give(ada.patient, {
    relationship: ada.relationship,
    delegate: doctor.me()?.idTag as Hex,
    categories: [5],
    mayShare: false,
    expiresAt: Math.floor(Date.now() / 1_000) + 3_600,
  })
  await given.until('final')
  await until(doctor, () => doctor.summary().actingFor[0]?.status === 'live')
  await until(gate.participant, () => gate.participant.chain.view().grant(given.slot) !== undefined)
  const [delegation] = actingForOf(doctor, doctor.clock())
  if (!delegation) throw new Error('she acts for nobody')
  capacity.perIdentity = 0
  const { timer, next } = waits()
  const { signal } = new AbortController()
  const answer = actingOf(reader({ timer })).openFor(delegation, signal)
  const goOn = await next()
  await (await Delegation.end(ada.patient, { slot: given.slot })).until('final')
  await until(doctor, () => doctor.summary().actingFor[0]?.status !== 'live')
  goOn()
  expect(await answer).toEqual({ kind: 'refused', why: 'stopped' })
  expect(asked).toEqual(['/index'])
})

test('what is stopped while the institution has no time is not asked for again, nor shown', async () => {
  const before = await openShared(reader(), line())
  asked = []
  capacity.perIdentity = 0
  const { timer, next } = waits()
  const answer = openShared(reader({ timer }), line())
  const goOn = await next()
  await (await Share.revoke(ada.patient, { grant })).until('final')
  await until(doctor, () => doctor.summary().sharedWithMe[0]?.status === 'revoked')
  goOn()
  expect(await answer).toEqual({ kind: 'refused', why: 'stopped' })
  expect(asked).toEqual(['/index'])
  expect(line()).toMatchObject({ status: 'stopped', parts: [{ grant, why: 'stopped' }] })
  expect(stillOpen(before, line().parts)).toEqual({ kind: 'refused', why: 'stopped' })
  asked = []
  expect(await openShared(reader(), line())).toEqual({ kind: 'refused', why: 'stopped' })
  expect(asked).toEqual([])
})

describe('of what several institutions have', () => {
  const who = (name: string) => ({ idTag: `0x${name}`, name, kind: 'institution' }) as const
  const part = (name: 'a' | 'b' | 'c') => ({ grant: `0x${name}`, institution: who(name) }) as const
  const set = (name: string) => ({ id: name, right: { source: { grant: `0x${name}` } } })
  const records = {
    kind: 'records',
    sets: [set('a'), set('b')],
    missing: [{ ...part('c'), why: 'unreachable' }],
  } as unknown as SharedAnswer

  test('a part that ends goes and says why; the others stay', () => {
    const parts = [part('a'), { ...part('b'), why: 'stopped' as const }, part('c')]
    expect(stillOpen(records, parts)).toEqual({
      kind: 'records',
      sets: [set('a')],
      missing: [
        { ...part('c'), why: 'unreachable' },
        { ...part('b'), why: 'stopped' },
      ],
    })
  })

  test('a part that the chain does not know any more is not shown', () => {
    const institution = who('b')
    const sets = [set('a'), { ...set('b'), institution }, { ...set('b'), id: 'd', institution }]
    const answer = { ...records, sets, missing: [] } as unknown as SharedAnswer
    expect(stillOpen(answer, [part('a')])).toEqual({
      kind: 'records',
      sets: [set('a')],
      missing: [{ ...part('b'), why: 'other' }],
    })
  })

  test('a part that was missing says what the chain says now', () => {
    const parts = [part('a'), part('b'), { ...part('c'), why: 'ended' as const }]
    expect(stillOpen(records, parts)).toMatchObject({ missing: [{ ...part('c'), why: 'ended' }] })
  })
})
