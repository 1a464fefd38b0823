import type { ServerResponse } from 'node:http'
import type { Sessions } from './sessions.ts'

/** Something that happens now and then; starting it returns how it is ended. */
export type EventSource = (tell: (event: unknown) => void) => () => void

/** A line now and then keeps proxies from ending a quiet stream, and ends that of somebody who may not read on. */
const quietMs = 5_000

/** Streams of one member of staff at once: a browser needs one, or one for each window in sight. */
const mostEach = 16

export type StreamPlaces = {
  /** Takes a place, the oldest of this member of staff if need be; the returned function gives it back. */
  take(staff: string, end: () => void): () => void
}

/** Bounds how many streams one member of staff keeps open, so that nobody holds all connections of a node. */
export function openStreamPlaces(): StreamPlaces {
  const taken = new Map<string, Set<() => void>>()
  return {
    take: (staff, end) => {
      const own = taken.get(staff) ?? new Set()
      taken.set(staff, own.add(end))
      const [oldest] = own
      if (own.size > mostEach) oldest?.()
      return () => {
        own.delete(end)
        if (own.size === 0) taken.delete(staff)
      }
    },
  }
}

/** Tells events (WHATWG HTML, server-sent events) until the reader goes, stops reading, signs out, or loses the log-in. */
export function streamEvents(
  raw: ServerResponse,
  options: {
    readonly sessions: Pick<Sessions, 'staffOf' | 'onClose'>
    readonly token: string
    readonly places: StreamPlaces
    readonly sources: readonly EventSource[]
  },
): void {
  const { sessions, token, places, sources } = options
  const stops: (() => void)[] = []
  const end = (): void => {
    for (const stop of stops.splice(0)) stop()
    raw.end()
  }
  // Asked before each line: a log-in can be taken away by another process (`medrec staff remove`).
  const write = (line: string): void => {
    const staff = sessions.staffOf(token)
    if (!staff) end()
    // What she does not read would pile up here; a page that listens again asks anew.
    else if (raw.writableNeedDrain) raw.destroy()
    else raw.write(line)
  }
  const tell = (event: unknown): void => write(`data: ${JSON.stringify(event)}\n\n`)
  const timer = setInterval(() => write(':\n\n'), quietMs)
  stops.push(() => clearInterval(timer), sessions.onClose(token, end))
  for (const source of sources) stops.push(source(tell))
  const staff = sessions.staffOf(token)
  if (staff) stops.push(places.take(staff.id, end))
  raw.once('close', end)
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  tell({ type: 'open' })
}
