import { expect, test, vi } from 'vitest'
import { openOutput } from './output.ts'
import { oneLine, table } from './participant/table.ts'

const commands = '\u001b[2J\u009b1A\u0007'

test('no words of others reach the controls of a terminal', () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    openOutput(false).result({}, `Reason: ${commands}wiped\nNext line`)
    expect(write.mock.calls.flat().join('')).toMatch(/^Reason: [^\p{Cc}]+wiped\nNext line\n$/u)
  } finally {
    write.mockRestore()
  }
})

test('they do not pass for a line of ours, nor turn letters around', () => {
  const words = 'no\r\nProven:\u2028  all of it \u202edevorppa\u202c\u2066'
  expect(oneLine(words)).toBe('no Proven:   all of it  devorppa ')
  expect(table(['said'], [[words]]).split('\n')).toHaveLength(3)
})
