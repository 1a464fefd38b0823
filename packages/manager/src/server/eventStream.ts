import type { ServerResponse } from 'node:http'
import type { Sessions } from './sessions.ts'

/** Something that happens now and then; starting it returns how it is ended. */
export type EventSource = (tell: (event: unknown) => void) => () => void

/** A line now and then keeps proxies from ending a quiet stream, and ends that of somebody who may not read on. */
const quietMs = 5_000

/** Tells events (WHATWG HTML, server-sent events) until the reader goes, signs out, or loses the log-in. */
export function streamEvents(
  raw: ServerResponse,
  options: {
    readonly sessions: Pick<Sessions, 'staffOf' | 'onClose'>
    readonly token: string
    readonly sources: readonly EventSource[]
  },
): void {
  const { sessions, token, sources } = options
  const stops: (() => void)[] = []
  const end = (): void => {
    for (const stop of stops.splice(0)) stop()
    raw.end()
  }
  // Asked before each line: a log-in can be taken away by another process (`medrec staff remove`).
  const write = (line: string): void => {
    if (sessions.staffOf(token)) raw.write(line)
    else end()
  }
  const tell = (event: unknown): void => write(`data: ${JSON.stringify(event)}\n\n`)
  const timer = setInterval(() => write(':\n\n'), quietMs)
  stops.push(() => clearInterval(timer), sessions.onClose(token, end))
  for (const source of sources) stops.push(source(tell))
  raw.once('close', end)
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  tell({ type: 'open' })
}
