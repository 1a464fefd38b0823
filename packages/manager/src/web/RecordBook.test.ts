import { type Participant, Query } from '@medrec/library'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  type Enrolment,
  type Gate,
  openGate,
  shareLabs,
  someEnrolled,
} from '../../../gatekeeper/src/gate.test-support.ts'
import { startNetwork, type TestNetwork, until } from '../../../library/src/network.test-support.ts'
import { patiently } from '../../web/src/patient/live/patiently.ts'
import { RecordBook } from '../../web/src/patient/live/RecordBook.ts'

const roomy = { all: 256, perIdentity: 16 }
/** What the gatekeeper's capacity is at the moment. */
const capacity = { ...roomy }

let net: TestNetwork
let gate: Gate
let ada: Enrolment
const books: RecordBook[] = []

beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net, { capacity, rate: { perSecond: 1_000, burst: 10_000 } })
  ada = await someEnrolled(net, gate, { accept: true })
})

afterEach(() => {
  for (const book of books.splice(0)) book.close()
  Object.assign(capacity, roomy)
})

afterAll(async () => {
  await gate.close()
  await net.close()
})

function open(
  more: Partial<Pick<Participant, 'fetch' | 'timer' | 'summary'>> = {},
  changed: () => void = () => undefined,
): RecordBook {
  const book = new RecordBook({ ...ada.patient, ...more }, changed)
  books.push(book)
  return book
}

/** Changes the labs behind everybody's back; resolves when the chain has told her of it and its anchor. */
async function changeLabs(value: string): Promise<void> {
  const updates = (): number => relationship()?.updates ?? 0
  const before = updates()
  const database = new DatabaseSync(gate.databaseFile)
  database.prepare("UPDATE lab SET value = ? WHERE patient = 'P1'").run(value)
  database.close()
  await gate.gatekeeper.checkChanges()
  await until(ada.patient, () => updates() > before)
  await gate.idle()
  const { participant } = gate
  const counter = (of: Participant) => of.chain.view().anchor(net.hospital.tag)?.counter
  await until(ada.patient, () => counter(ada.patient) === counter(participant))
}

const relationship = () =>
  ada.patient.summary().relationships.find(({ id }) => id === ada.relationship)

/** The values of her labs as a page shows them. */
function shown(book: RecordBook): unknown {
  const table = book.sets().find(({ id }) => id === ada.labs)?.current
  const place = table?.fields.findIndex(({ name }) => name === 'value') ?? -1
  return [...new Set(table?.rows.map((row) => row[place]))]
}

/** Holds the first answer to a read: it has come, and is handed on when the test says so. */
function holding(): { readonly fetch: typeof fetch; readonly came: Promise<void>; go(): void } {
  let [come, go] = [(): void => undefined, (): void => undefined]
  const came = new Promise<void>((resolve) => {
    come = resolve
  })
  const released = new Promise<void>((resolve) => {
    go = resolve
  })
  let isHeld: boolean = false
  return {
    came,
    go: () => go(),
    fetch: async (...asked) => {
      const response = await fetch(...asked)
      if (isHeld || !String(asked[0]).endsWith('/query')) return response
      isHeld = true
      const body = await response.arrayBuffer()
      come()
      await released
      return new Response(body, response)
    },
  }
}

test('what the chain tells of while records are fetched is fetched too', async () => {
  await changeLabs('6.20')
  const held = holding()
  const book = open({ fetch: held.fetch })
  const first = book.refresh()
  await held.came
  await changeLabs('6.30')
  const second = book.refresh()
  held.go()
  await Promise.all([first, second])
  expect(shown(book)).toEqual(['6.30'])
})

test('what a busy gatekeeper refuses is asked again after the time it names, ever more seldom', async () => {
  const later: { readonly seconds: number; readonly callback: () => void }[] = []
  let tell = (): void => undefined
  const timer: Participant['timer'] = (seconds, callback) => {
    const one = { seconds, callback }
    later.push(one)
    return () => void later.splice(0, later.length, ...later.filter((other) => other !== one))
  }
  const book = open({ timer }, () => tell())
  await book.refresh()
  await changeLabs('6.40')
  capacity.perIdentity = 0
  const waits: number[] = []
  await book.refresh()
  for (let i = 0; i < 7; i++) waits.push(await again())
  expect(waits).toEqual([5, 5, 8, 16, 32, 60, 60])
  expect(shown(book)).not.toEqual(['6.40'])
  expect(book.sets().every(({ trouble }) => trouble !== undefined)).toBe(true)
  Object.assign(capacity, roomy)
  await again()
  expect(shown(book)).toEqual(['6.40'])
  expect(book.sets().some(({ trouble }) => trouble !== undefined)).toBe(false)
  expect(later).toEqual([])

  /** Lets the time pass that the book waits; resolves with it once the book has asked again. */
  async function again(): Promise<number> {
    const [next, ...others] = later.splice(0)
    expect(others).toEqual([])
    const told = new Promise<void>((resolve) => {
      tell = resolve
    })
    next?.callback()
    await told
    return next?.seconds ?? 0
  }
})

test('of an institution that has no time for her, she asks for no further record meanwhile', async () => {
  let asked = 0
  const busy: typeof fetch = (...request) => {
    if (!String(request[0]).endsWith('/query')) return fetch(...request)
    asked += 1
    capacity.perIdentity = 0
    return fetch(...request)
  }
  const other = await someEnrolled(net, gate, { accept: true })
  const book = new RecordBook({ ...other.patient, fetch: busy }, () => undefined)
  books.push(book)
  await book.refresh()
  expect(asked).toBe(1)
  Object.assign(capacity, roomy)
  const whole = new RecordBook(other.patient, () => undefined)
  books.push(whole)
  await whole.refresh()
  expect(whole.sets().length).toBeGreaterThan(1)
})

test('what was refused is not asked again by a block that changes nothing of it, but by one that does', async () => {
  let asked = 0
  const counted: typeof fetch = (...request) => {
    asked += 1
    return fetch(...request)
  }
  const book = open({ fetch: counted, timer: () => () => undefined })
  await book.refresh()
  await changeLabs('6.50')
  capacity.perIdentity = 0
  asked = 0
  await book.refresh()
  const once = asked
  for (let block = 0; block < 3; block++) await book.refresh()
  expect(asked).toBe(once)
  Object.assign(capacity, roomy)
  await changeLabs('6.60')
  await book.refresh()
  expect(shown(book)).toEqual(['6.60'])
})

test('a look that fails by itself is told to nobody, and tried again', async () => {
  const later: (() => void)[] = []
  let scheduled = (): void => undefined
  let isIll: boolean = false
  const book = open({
    timer: (_, callback) => {
      later.push(callback)
      scheduled()
      return () => undefined
    },
    summary: () => {
      if (isIll) throw new Error('ill')
      return ada.patient.summary()
    },
  })
  capacity.perIdentity = 0
  await book.refresh({ force: true })
  isIll = true
  const again = new Promise<void>((resolve) => {
    scheduled = resolve
  })
  later[0]?.()
  await again
  expect(later).toHaveLength(2)
})

test('a closed book asks for nothing by itself', async () => {
  const later: unknown[] = []
  const timer: Participant['timer'] = (_, callback) => {
    later.push(callback)
    return () => void later.splice(later.indexOf(callback), 1)
  }
  const book = open({ timer })
  capacity.perIdentity = 0
  await book.refresh({ force: true })
  expect(later).toHaveLength(1)
  book.close()
  expect(later).toEqual([])
  await book.refresh({ force: true })
  expect(later).toEqual([])
})

test('who opens what is shared waits while the gatekeeper has no time', async () => {
  const { doctor, grant } = await shareLabs(net, gate, ada)
  const waits: number[] = []
  const timer: Participant['timer'] = (seconds, callback) => {
    waits.push(seconds)
    if (waits.length === 3) Object.assign(capacity, roomy)
    queueMicrotask(callback)
    return () => undefined
  }
  capacity.perIdentity = 0
  const rules = { shut: () => undefined }
  const answer = await patiently({ timer }, rules, () => Query.index(doctor, { grant }))
  expect(waits).toEqual([5, 5, 5])
  expect(answer).toMatchObject({ ok: true, index: { pointers: [{ pointer: ada.labs }] } })
  capacity.perIdentity = 0
  waits.push(0)
  const never = await patiently({ timer }, rules, () => Query.index(doctor, { grant }))
  expect(waits).toEqual([5, 5, 5, 0, ...Array(12).fill(5)])
  expect(never).toMatchObject({ ok: false, code: 'too-many' })
})
