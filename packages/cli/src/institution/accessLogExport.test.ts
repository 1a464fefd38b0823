import {
  chmodSync,
  existsSync,
  linkSync,
  readFileSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { medrec, sharedLabs, startTown, type Town } from '../participant/town.test-support.ts'
import { startDesk, type TownDesk } from './desk.test-support.ts'

let town: Town
let desk: TownDesk
/** An export that nothing interrupted. */
let whole: Buffer
/** Where its lines end. */
let ends: number[]

beforeAll(async () => {
  town = await startTown()
  desk = await startDesk(town)
  await sharedLabs(town)
  const file = at('whole')
  const saved = await desk.it('institution', 'access-log', '--out', file)
  expect(saved, saved.err).toMatchObject({ code: 0 })
  whole = readFileSync(file)
  ends = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([place]) => place + 1)
})

afterAll(async () => {
  await desk.close()
  await town.close()
})

const at = (name: string): string => join(town.home, `${name}.jsonl`)
const save = (name: string, ...more: readonly string[]) =>
  desk.it('institution', 'access-log', '--out', at(name), ...more)
const begun = (name: string, content: Buffer | string): void =>
  writeFileSync(`${at(name)}.part`, content, { mode: 0o600 })
const kept = (name: string): Buffer => readFileSync(`${at(name)}.part`)
const linesOf = (content: Buffer): number => content.toString().split('\n').length - 1
const end = (line: number): number => ends.at(line) as number

test.each<[string, () => number, string | undefined]>([
  ['behind the first line', () => end(0), '0 entries'],
  ['in the second line', () => end(0) + 9, '0 entries'],
  ['in the middle of an entry', () => end(3) - 1, '2 entries'],
  ['behind an entry', () => end(3), '3 entries'],
  ['before the signature', () => end(-2), `entries`],
  ['in the signature', () => end(-1) - 5, `entries`],
  ['before it got its name', () => end(-1), `entries`],
])('an export that broke off %s goes on and is the same as a whole one', async (_, cut, there) => {
  const name = `cut-${cut()}`
  begun(name, whole.subarray(0, cut()))
  const saved = await save(name)
  expect(saved, saved.err).toMatchObject({ code: 0, json: { ok: true } })
  expect(saved.err).toContain(`Going on with ${at(name)}.part: `)
  expect(saved.err).toContain(there)
  expect(readFileSync(at(name)).equals(whole)).toBe(true)
  expect(statSync(at(name)).mode & 0o777).toBe(0o600)
  expect(existsSync(`${at(name)}.part`)).toBe(false)
})

test.each([
  ['nothing', () => 0],
  ['not even its first line', () => end(0) - 1],
])('of one of which %s came another one is begun', async (_, cut) => {
  const name = `early-${cut()}`
  begun(name, whole.subarray(0, cut()))
  const saved = await save(name)
  expect(saved, saved.err).toMatchObject({ code: 0, json: { ok: true } })
  expect((await medrec('--json', 'verify', at(name))).json).toMatchObject({ ok: true })
  expect(existsSync(`${at(name)}.part`)).toBe(false)
})

test('a line that is cut leaves no file of that name, and only the rest is fetched again', async () => {
  const line = await cutLine('lost')
  const words = `--home ${town.home} --as ina --json institution access-log --out ${at('lost')}`
  const through = () => medrec(...words.split(' '), '--url', line.url)
  const failed = await through()
  expect(failed, failed.err).toMatchObject({ code: 75, json: { code: 'INSTITUTION_UNAVAILABLE' } })
  expect(failed.err).toContain('the same command goes on with it')
  expect(existsSync(at('lost'))).toBe(false)
  const came = kept('lost')
  line.mend()
  const saved = await through()
  expect(saved, saved.err).toMatchObject({ code: 0, json: { ok: true } })
  expect(saved.err).toContain('2 entries are there')
  expect(readFileSync(at('lost')).subarray(0, came.length).equals(came)).toBe(true)
  expect(line.begun()).toBe(1)
  await line.close()
})

test('what is no beginning of this export is refused and left as it was', async () => {
  for (const [name, content, words] of [
    ['letter', 'Dear Ana,\n', 'no access log that broke off'],
    ['wrong', '{"medrec":"access-log-1"}\n', 'no access log that broke off'],
  ] as const) {
    begun(name, content)
    const refused = await save(name)
    expect(refused).toMatchObject({ code: 2, json: { code: 'USAGE' } })
    expect(refused.err).toContain(words)
    expect(kept(name).toString()).toBe(content)
  }
  begun('period', whole.subarray(0, end(2)))
  const other = await save('period', '--from', '2020-01-01')
  expect(other).toMatchObject({ code: 2, json: { code: 'USAGE' } })
  expect(other.err).toContain('the beginning of another period')
})

test.each<[string, (prepared: string, part: string) => void]>([
  ['a link', symlinkSync],
  ['another name of a file', linkSync],
  ['a file that others may read', (_, part) => writeFileSync(part, '')],
])('%s that waits at its place gets nothing of the log', async (what, wait) => {
  const name = what.replaceAll(' ', '-')
  const prepared = at(`${name}-prepared`)
  writeFileSync(prepared, '', { mode: 0o600 })
  wait(prepared, `${at(name)}.part`)
  if (what.includes('others')) chmodSync(`${at(name)}.part`, 0o644)
  const refused = await save(name)
  expect(refused).toMatchObject({ code: 2, json: { code: 'USAGE' } })
  expect(refused.err).toContain('no access log that broke off')
  expect([readFileSync(prepared).length, kept(name).length]).toEqual([0, 0])
  expect(existsSync(at(name))).toBe(false)
})

test('a beginning that was changed never becomes a file', async () => {
  const text = whole.toString()
  // In the first line: the institution does not know it again.
  begun('head', text.replace('"from":0', '"from": 0').slice(0, end(2) + 1))
  const head = await save('head')
  expect(head).toMatchObject({ code: 1, json: { code: 'REFUSED' } })
  expect(head.err).toContain('LOG_EXPORT_CHANGED')
  // In an entry: it does not hold together with the rest.
  const entries = Buffer.from(whole)
  entries.write('9', end(1) + '{"number":'.length)
  begun('entry', entries.subarray(0, end(3)))
  const entry = await save('entry')
  expect(entry).toMatchObject({ code: 1, json: { code: 'PROOF_BROKEN' } })
  expect(entry.err).toContain(`File: ${at('entry')}.part`)
  for (const name of ['head', 'entry']) expect(existsSync(at(name))).toBe(false)
})

type Line = {
  readonly url: string
  /** How often an access log came from its first line on */
  begun(): number
  mend(): void
  close(): Promise<void>
}

/** A line to the institution that breaks, until it is mended, in the third entry of an access log, once the others are in the file. */
async function cutLine(name: string): Promise<Line> {
  let isMended = false
  let begun = 0
  const to = new URL(desk.url)
  const open = new Set<Socket>()
  const server = createServer((near) => {
    open.add(near)
    const far = connect(Number(to.port), to.hostname)
    const cut = (): void => {
      near.destroy()
      far.destroy()
    }
    let text = ''
    far.on('data', (piece) => {
      const before = text.length
      text += piece.toString('latin1')
      if (text.indexOf('{"medrec"', before) >= 0) begun += 1
      const entries = text.split('"entry":')
      if (isMended || entries.length <= 3) near.write(piece)
      else {
        far.pause()
        near.write(piece.subarray(0, entries.slice(0, 3).join('"entry":').length - before))
        // What the reader has not taken over yet is lost with the line.
        const look = (): void => {
          if (!existsSync(`${at(name)}.part`) || linesOf(kept(name)) < 3) return
          watcher.close()
          cut()
        }
        const watcher = watch(town.home, look)
        look() // the others may have come before
      }
    })
    // The institution answers at its own address only.
    near.on('data', (piece) => {
      far.write(piece.toString('latin1').replace(/^host: .*$/im, `host: ${to.host}`), 'latin1')
    })
    for (const one of [near, far]) one.on('error', cut).on('close', cut)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    begun: () => begun,
    mend: () => {
      isMended = true
    },
    close: () =>
      new Promise((resolve) => {
        for (const one of open) one.destroy()
        server.close(() => resolve())
      }),
  }
}
