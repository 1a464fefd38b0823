import { Readable } from 'node:stream'
import { provenBlock } from '@medrec/client'
import type { AccessLogHead } from '@medrec/library'
import { linesIn, signatureLine, verifyAccessLog } from '@medrec/library'
import {
  fromHex,
  Keys,
  ledgerDomain,
  nextContent,
  sha256,
  signStatement,
  toHex,
  utf8,
} from '@medrec/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNetwork, type TestNetwork } from '../../library/src/network.test-support.ts'
import * as Query from '../../library/src/Query.ts'
import {
  type Enrolment,
  type Gate,
  openGate,
  shareLabs,
  someEnrolled,
} from './gate.test-support.ts'
import type { BrokenLog } from './provableLog.ts'

type Line = Record<string, unknown>

let net: TestNetwork
let gate: Gate
let other: Gate
let ada: Enrolment
let lines: readonly string[]
let foreign: readonly string[]

const wrong = `0x${'11'.repeat(32)}`
const by = { id: 'ava', name: 'Ava', role: 'auditor' }
const always = { from: 0, to: Number.MAX_SAFE_INTEGER }
const read = (elements: readonly string[]) =>
  Query.read(ada.patient, { ...ada, pointer: ada.labs, elements, purpose: 0 })

/** Blocks have whole seconds: the next one comes some seconds after the last, so that a period lies between. */
const later = () => net.rpc.request('evm_increaseTime', ['0xa'])

async function exported(
  of: Gate,
  span: { from: number; to: number; broken?: BrokenLog } = always,
): Promise<string[]> {
  const { lines: made } = await of.gatekeeper.provableLog({ ...span, by })
  const all: string[] = []
  for await (const line of made) all.push(line)
  return all
}

beforeAll(async () => {
  net = await startNetwork()
  gate = await openGate(net)
  other = await openGate(net, {}, net.clinic)
  ada = await someEnrolled(net, gate, { accept: true })
  await gate.idle()
  await read(['value'])
  await read(['none'])
  const { doctor, grant } = await shareLabs(net, gate, ada)
  await Query.read(doctor, { grant, pointer: ada.labs, elements: ['value'], purpose: 1 })
  await read(['date', 'value'])
  lines = await exported(gate)
  foreign = await exported(other)
})
afterAll(async () => {
  await gate.close()
  await other.close()
  await net.close()
})

function verified(text: string | Uint8Array): ReturnType<typeof verifyAccessLog> {
  const bytes = typeof text === 'string' ? utf8(text) : text
  return verifyAccessLog(linesIn(Readable.from([bytes.slice(0, 999), bytes.slice(999)])))
}

const codeOf = async (changed: readonly string[]): Promise<string> => {
  const found = await verified(changed.join(''))
  return found.ok ? 'ok' : found.code
}

const headOf = ([line = '']: readonly string[]) => JSON.parse(line) as AccessLogHead

/** The file with a line changed, whatever else holds it together left as it was. */
function edited(place: number, change: (line: Line) => Line | undefined): readonly string[] {
  return lines.flatMap((line, i) => {
    if (i !== (place + lines.length) % lines.length) return [line]
    const next = change(JSON.parse(line) as Line)
    return next ? [`${JSON.stringify(next)}\n`] : []
  })
}

/** Signs lines anew, as an institution that lies would. */
function signedBy(who: TestNetwork['hospital'], unsigned: readonly string[]): readonly string[] {
  const content = unsigned.reduce<Uint8Array>(
    (before, line) => nextContent(before, utf8(line)),
    new Uint8Array(32),
  )
  const { institution } = JSON.parse(unsigned[0] ?? '') as AccessLogHead
  const value = { institution: fromHex(institution, 32), content }
  const domain = ledgerDomain(net.network)
  const signature = signStatement(Keys.anchorKey(who.keys), domain, 'AccessLog', value)
  return [...unsigned, signatureLine(toHex(signature))]
}

const head = (change: (head: AccessLogHead) => object): readonly string[] =>
  edited(0, (line) => change(line as unknown as AccessLogHead) as Line)

test('a period is proven whole: every entry, from the beginning of the log to an anchor', async () => {
  const kinds: string[] = []
  const found = await verifyAccessLog(
    linesIn(Readable.from(lines.map((line) => utf8(line)))),
    ({ content }) => kinds.push(content.kind),
  )
  expect(found).toMatchObject({
    ok: true,
    institution: { idTag: net.hospital.tag },
    start: { size: 0 },
    end: { size: kinds.length },
  })
  expect(kinds.filter((kind) => kind === 'read').length).toBe(3)
  expect(kinds).toContain('refused')
  expect(kinds.at(-1)).toBe('exported')
  expect(await codeOf(foreign)).toBe('ok')
})

test('later periods begin at an anchor, and leave no gap to the one before', async () => {
  const first = headOf(lines)
  await read(['value'])
  await later()
  const second = headOf(await exported(gate, { ...always, from: first.to }))
  await read(['value'])
  await later()
  const third = await exported(gate, { ...always, from: second.to })
  const found = await verified(third.join(''))
  if (!found.ok) throw new Error(found.code)
  expect(second.start.size).toBeLessThanOrEqual(first.end.size)
  expect(found.start.size).toBeLessThanOrEqual(second.end.size)
  expect(found.start.size).toBeGreaterThan(0)
  expect(found.start.anchor?.block.time).toBeLessThanOrEqual(second.to)
  const starting = (change: object): readonly string[] => {
    const json = headOf(third)
    const changed = { ...json, start: { ...json.start, ...change } }
    return [`${JSON.stringify(changed)}\n`, ...third.slice(1)]
  }
  const tree = headOf(third).start.tree.map(() => wrong)
  expect(await codeOf(starting({ anchor: undefined }))).toBe('LOG_START')
  expect(await codeOf(starting({ tree }))).toBe('LOG_START')
  expect(await codeOf(starting({ tree: [] }))).toBe('PROOF_MALFORMED')
})

test('an export that broke off goes on behind any line, and is the same', async () => {
  await later()
  const second = await exported(gate, { ...always, from: headOf(lines).to })
  const { from, to, start, end } = headOf(second)
  const place = ({ size, anchor }: Omit<AccessLogHead['start'], 'tree'>) => ({
    block: (anchor && provenBlock(anchor.block)?.number) as number,
    size,
  })
  const broken: BrokenLog = {
    head: toHex(sha256(utf8(second[0] ?? ''))),
    lines: 1,
    start: place(start),
    end: place(end),
  }
  const goesOn = (span: object, change: object) =>
    exported(gate, { from, to, ...span, broken: { ...broken, ...change } })
  for (const come of [1, 2, second.length - 1])
    expect(await goesOn({}, { lines: come })).toEqual(second.slice(come))
  const { start: _, ...beginning } = broken
  for (const [span, change] of [
    [{}, { head: wrong }],
    [{}, { lines: second.length }],
    [{}, { end: { ...broken.end, size: end.size - 1 } }],
    [{}, { start: place(end) }],
    [{ to: to + 1 }, {}],
    [{ from: from - 1 }, {}],
  ] as const)
    await expect(goesOn(span, change)).rejects.toMatchObject({ code: 'LOG_EXPORT_CHANGED' })
  await expect(exported(gate, { from, to, broken: beginning })).rejects.toMatchObject({
    code: 'LOG_EXPORT_CHANGED',
  })
})

test.each<[code: string, file: () => readonly string[]]>([
  [
    'LOG_ENTRY_CHANGED',
    () =>
      edited(2, (line) => ({
        ...line,
        entry: String(line['entry']).replace('"kind":"', '"kind":"x'),
      })),
  ],
  ['LOG_ENTRY_CHANGED', () => edited(2, (line) => ({ ...line, head: wrong }))],
  ['LOG_ENTRY_MISSING', () => edited(2, () => undefined)],
  ['LOG_ENTRY_DOUBLED', () => lines.flatMap((line, i) => (i === 2 ? [line, line] : [line]))],
  ['LOG_ENTRY_MALFORMED', () => edited(2, () => ({}))],
  ['LOG_ENTRY_MALFORMED', () => edited(2, (line) => ({ ...line, entry: '{}' }))],
  [
    'LOG_ENTRY_CHANGED',
    () => edited(2, (line) => ({ ...line, head: `0x${'ab'.repeat(8 * 1024 * 1024)}` })),
  ],
  // A time without a date would end whoever shows it, and with it what other institutions say.
  [
    'LOG_ENTRY_MALFORMED',
    () =>
      edited(2, (line) => ({
        ...line,
        entry: String(line['entry']).replace(/"time":\d+/, '"time":253402300800'),
      })),
  ],
  ['LOG_CHAIN', () => edited(1, ({ before, ...line }) => line)],
  ['LOG_CHAIN', () => edited(2, (line) => ({ ...line, before: line['head'] }))],
  ['LOG_LONGER', () => [...lines, lines.at(-2) ?? '']],
  ['LOG_LONGER', () => [...lines.slice(0, -1), ...lines.slice(-2)]],
  ['LOG_CUT', () => lines.slice(0, -1)],
  ['LOG_CUT', () => [...lines.slice(0, -2), ...lines.slice(-1)]],
  ['LOG_CUT', () => [...lines.slice(0, -1), (lines.at(-1) ?? '').slice(0, -1)]],
  ['LOG_UNSIGNED', () => edited(-1, (line) => ({ ...line, more: 1 }))],
  ['LOG_UNSIGNED', () => [...lines.slice(0, -1), foreign.at(-1) ?? '']],
  ['LOG_UNSIGNED', () => signedBy(net.clinic, lines.slice(0, -1))],
  ['LOG_UNSIGNED', () => head((one) => ({ ...one, from: one.from + 1 }))],
  ['PERIOD_UNCOVERED', () => head((one) => ({ ...one, to: one.to + 86_400 }))],
  ['PERIOD_UNCOVERED', () => head((one) => ({ ...one, from: one.to }))],
  ['PROFILE_MISSING', () => head((one) => ({ ...one, institution: net.clinic.tag }))],
  ['PROFILE_MISSING', () => head((one) => ({ ...one, profile: one.end.anchor.block }))],
  [
    'ANCHOR_MISSING',
    () =>
      head((one) => ({
        ...one,
        end: { ...one.end, anchor: { ...one.end.anchor, block: one.profile } },
      })),
  ],
  [
    'ANCHOR_MISSING',
    () =>
      head((one) => ({
        ...one,
        end: { ...one.end, anchor: { ...one.end.anchor, counter: 1_000 } },
      })),
  ],
  ['BLOCK_BROKEN', () => head((one) => ({ ...one, profile: { ...one.profile, receipts: [] } }))],
  [
    'LOG_BROKEN',
    () =>
      head((one) => ({
        ...one,
        end: { ...one.end, anchor: { ...one.end.anchor, blinding: `0x${'11'.repeat(16)}` } },
      })),
  ],
  ['LOG_CUT', () => head((one) => ({ ...one, end: { ...one.end, size: one.end.size + 1 } }))],
  ['LOG_START', () => head((one) => ({ ...one, start: { size: 1, tree: [wrong] } }))],
  ['PROOF_MALFORMED', () => head((one) => ({ ...one, medrec: 'access-log-2' }))],
  ['PROOF_MALFORMED', () => ['']],
  ['PROOF_MALFORMED', () => ['no JSON\n']],
])('%s: a tampered file is refused (%#)', async (code, file) => {
  expect(await codeOf(file())).toBe(code)
})

test('an institution that leaves out its last entries and signs again is found out by its anchor', async () => {
  const first = JSON.parse(lines[0] ?? '') as AccessLogHead
  const { size } = first.end
  const shorter = { ...first, end: { ...first.end, size: size - 1 } }
  const unsigned = [`${JSON.stringify(shorter)}\n`, ...lines.slice(1, -2)]
  expect(await codeOf(signedBy(net.hospital, unsigned))).toBe('LOG_BROKEN')
})

test('an institution that passes a patient’s first entry for one about nobody is found out by her next one', async () => {
  const all = lines.map((line) => JSON.parse(line) as Line)
  const of = all.flatMap((line, i) => (line['chain'] === 0 ? [i] : []))
  const [first, next] = [of[0] ?? 0, of[1] ?? 0]
  const { chain, before, ...nobodys } = all[first] as Line
  expect([chain, before]).toEqual([0, `0x${'00'.repeat(32)}`])
  const told = all.with(first, nobodys).with(next, { ...all[next], before: nobodys['head'] })
  const unsigned = told.slice(0, -1).map((line) => `${JSON.stringify(line)}\n`)
  expect(await codeOf(signedBy(net.hospital, unsigned))).toBe('LOG_CHAIN')
})

test('no bit of a file can be changed, and no line left out, without notice', async () => {
  const bytes = utf8(lines.join(''))
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
      const changed = bytes.slice()
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      expect((await verified(changed)).ok).toBe(false)
    }),
  )
  for (const [i] of lines.entries())
    expect((await verified(lines.filter((_, place) => place !== i).join(''))).ok).toBe(false)
})

test('what is anchored later cannot be claimed, and a period before the log is refused', async () => {
  const far = { from: always.to - 1, to: always.to }
  await expect(exported(gate, far)).rejects.toMatchObject({ code: 'LOG_UNANCHORED' })
})
