import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { medrec } from './town.test-support.ts'

/** util-linux's, which gives a command a terminal of its own. */
const hasScript = spawnSync('script', ['--version']).status === 0
const lacks = !hasScript && process.env['CI'] !== 'true'
if (lacks) console.log('SKIPPED commands at a terminal: no script (util-linux)')

const home = mkdtempSync(join(tmpdir(), 'medrec-passphrase-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const secret = 'battery staple'
const nobodys = 'horse'

type Said = { readonly code: number | null; readonly said: string }

/** Runs a command at a terminal; each answer is typed when its question stands there. */
function atTerminal(
  args: string,
  answers: readonly (readonly [question: string, typed: string])[],
): Promise<Said> {
  const main = new URL('../main.ts', import.meta.url).pathname
  const command = `${process.execPath} --conditions=source --import tsx ${main} --home ${home} ${args}`
  const { MEDREC_PASSPHRASE: _, ...env } = process.env
  const child = spawn('script', ['-qec', command, '/dev/null'], { env })
  const waiting = [...answers]
  let said = ''
  let seen = 0
  child.stdout.on('data', (chunk) => {
    said += String(chunk)
    const [next] = waiting
    const at = next === undefined ? -1 : said.indexOf(next[0], seen)
    if (!next || at === -1) return
    seen = at + next[0].length
    waiting.shift()
    child.stdin.write(next[1])
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })))
}

describe.skipIf(lacks)('at a terminal (needs script)', () => {
  test('a passphrase for new keys is typed twice, and never appears', async () => {
    const differ = await atTerminal('--as ada identity new', [
      ['New passphrase: ', `${secret}\r`],
      ['Once more: ', `${nobodys}\r`],
    ])
    expect(differ).toMatchObject({ code: 2, said: expect.stringContaining('passphrases differ') })
    const made = await atTerminal('--as ada identity new', [
      ['New passphrase: ', `${secret}\r`],
      ['Once more: ', `${secret}\r`],
    ])
    expect(made).toMatchObject({ code: 0, said: expect.stringContaining('12 words') })
    expect(`${differ.said}${made.said}`).not.toMatch(new RegExp(`${secret}|${nobodys}`))
    const words = await atTerminal('--as ada identity words', [['Passphrase: ', `${secret}\r`]])
    expect(words).toMatchObject({ code: 0, said: expect.stringContaining('12 words') })
    const wrong = await atTerminal('--as ada identity words', [['Passphrase: ', `${nobodys}\r`]])
    expect(wrong).toMatchObject({ code: 1, said: expect.stringContaining('KEYSTORE') })
  })

  test.each([
    ['nothing', '\r', 'PASSPHRASE_MISSING'],
    ['Ctrl-C', '\x03', 'INTERRUPTED'],
    ['Ctrl-D', '\x04', 'INTERRUPTED'],
    ['Ctrl-Z, which would show what is typed after it,', '\x1a\r', 'PASSPHRASE_MISSING'],
  ])('%s makes no keys and says so', async (_, typed, code) => {
    const ran = await atTerminal('--as bea identity new', [
      ['New passphrase: ', typed],
      ['Once more: ', typed],
    ])
    expect(ran.code).not.toBe(0)
    expect(ran.said).toContain(code)
    expect(existsSync(join(home, 'people', 'bea'))).toBe(false)
  })
})

test.skipIf(lacks)('the arrow that brings a line back is no second typing', async () => {
  const ran = await atTerminal('--as dan identity new', [
    ['New passphrase: ', `${secret}\r`],
    ['Once more: ', '\x1b[A\r'],
  ])
  expect(ran).toMatchObject({ code: 1, said: expect.stringContaining('PASSPHRASE_MISSING') })
  expect(existsSync(join(home, 'people', 'dan'))).toBe(false)
})

test('without a terminal a missing passphrase is an error that says what to do', async () => {
  vi.stubEnv('MEDREC_PASSPHRASE', '')
  const ran = await medrec('--home', home, '--as', 'cyd', '--json', 'identity', 'new')
  vi.unstubAllEnvs()
  expect(ran).toMatchObject({ code: 1, json: { code: 'PASSPHRASE_MISSING' } })
})
