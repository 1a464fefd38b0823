import { execFileSync, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const program = fileURLToPath(new URL('asking.test-support.ts', import.meta.url))
const tsx = createRequire(import.meta.url).resolve('tsx')

/** Runs the program at a terminal of its own; `answer` is called with the process that asks and its keyboard. */
async function atTerminal(answer: (pid: number, keys: NodeJS.WritableStream) => void) {
  const node = `'${process.execPath}' --conditions=source --import '${tsx}' '${program}'`
  // stty says afterwards whether the terminal shows what is typed.
  const script = spawn('script', ['-qec', `${node}; stty -a`, '/dev/null'])
  let screen = ''
  let answered = false
  script.stdout.on('data', (chunk: Buffer) => {
    screen += String(chunk)
    const pid = /asking as (\d+)\./.exec(screen)?.[1]
    if (!pid || answered) return
    answered = true
    answer(Number(pid), script.stdin)
  })
  await new Promise((resolve) => script.once('close', resolve))
  return screen
}

function lacks(): boolean {
  try {
    execFileSync('script', ['--version'])
    return false
  } catch {
    return true
  }
}

describe.skipIf(!process.env['CI'] && lacks())('a question at a terminal (needs: script)', () => {
  test('hides what is typed, and gives the terminal back', async () => {
    const screen = await atTerminal((_, keys) => keys.write('correct horse\r'))
    expect(screen).toContain('13 typed.')
    expect(screen).not.toContain('horse')
    expect(screen).toMatch(/\bicanon\b/)
    expect(screen).not.toMatch(/-icanon|-echo\b/)
  })

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
    'that is ended by %s gives the terminal back',
    async (signal) => {
      const screen = await atTerminal((pid, keys) =>
        signal === 'SIGINT' ? keys.write('\u0003') : process.kill(pid, signal),
      )
      expect(screen).toContain('ended by INTERRUPTED.')
      expect(screen).not.toMatch(/-icanon|-echo\b/)
    },
  )
})
