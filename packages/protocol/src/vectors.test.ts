import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
const committed = Object.fromEntries(
  readdirSync(at('vectors')).map((name) => [name, readFileSync(at(`vectors/${name}`), 'utf8')]),
)
const tsx = createRequire(import.meta.url).resolve('tsx')

/** Makes all vectors anew in a process that resolves the primitives as a browser or as Node does. */
function made(conditions: readonly string[]): Record<string, string> {
  const flags = conditions.map((name) => `--conditions=${name}`)
  const script = at('script/vectors.ts')
  const output = execFileSync(process.execPath, [...flags, '--import', tsx, script, '--print'], {
    maxBuffer: 64 * 1024 * 1024,
  })
  return JSON.parse(output.toString()) as Record<string, string>
}

describe('the committed test vectors', () => {
  test.each([
    ['native', ['source']],
    ['JavaScript', ['browser', 'source']],
  ])('are what the %s primitives give', (_, conditions) => {
    const fresh = made(conditions)
    expect(Object.keys(fresh).toSorted()).toEqual(Object.keys(committed).toSorted())
    for (const [name, text] of Object.entries(fresh))
      expect(JSON.parse(text)).toEqual(JSON.parse(committed[name] as string))
  })

  test('cover every section of the protocol', () => {
    const document = readFileSync(at('../../docs/protocol.md'), 'utf8')
    const sections = [...document.matchAll(/^#{2,3} (\d+(?:\.\d+)?)\.? /gm)].map(
      (match) => match[1],
    )
    const covered = Object.keys(committed).map((name) => name.split('-')[0])
    // 11 is statements of 1 and 2.2; 5.2, 8.1, 8.2 and 12 say who does what with the rest.
    const within: Record<string, string> = {
      ...{
        '1.1': '1',
        '3.1': '3',
        '5.1': '5',
        '5.2': '5',
        '8.1': '8',
        '8.2': '8',
        '8.3': '8',
        '9.1': '4',
        '9.2': '9',
      },
      ...{ '10.1': '2.2', '11': '2.2', '12': '1', '12.1': '1', '12.2': '1' },
    }
    expect(
      sections.filter((section) => !covered.includes(within[section as string] ?? section)),
    ).toEqual([])
  })

  test('say that what was sealed by hand is read by our code', () => {
    const { sealed } = JSON.parse(committed['5-notes.json'] as string) as {
      sealed: { content: unknown; read: unknown; parts: unknown[] }[]
    }
    for (const { content, read } of sealed) expect(read).toEqual(content)
    expect(sealed.map(({ parts }) => parts.length)).toEqual([1, 2])
  })
})
