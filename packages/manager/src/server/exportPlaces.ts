import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Account } from './accounts.ts'
import { ApiError } from './problems.ts'

/** Exports that run at once, each of which may read the whole log: of everybody, and of one member of staff. */
const most = { all: 4, each: 2 }
/** When to come again, in seconds: how long an export takes depends on the period and on who fetches it. */
const retrySeconds = 10
/** Time in which a reader has to take what was handed to the connection (a buffer of some 16 KiB); ended after one to two of it. */
const idleMs = 60_000

export type ExportPlaces = {
  /** Takes a place until the answer is sent, its reader gone, or idle for one to two minutes. Throws ApiError (503, Retry-After: RFC 9110 section 10.2.3). */
  take(staff: Pick<Account, 'id'>, reply: FastifyReply): void
}

/** Bounds how many exports of the access log an institution makes at once, so that nobody keeps its node busy. */
export function openExportPlaces(): ExportPlaces {
  const taken: string[] = []
  return {
    take: ({ id }, reply) => {
      const own = taken.filter((other) => other === id).length
      if (own >= most.each || taken.length >= most.all) {
        reply.header('retry-after', String(retrySeconds))
        throw tooMany(own >= most.each)
      }
      if (reply.raw.closed) return // its reader is gone already
      taken.push(id)
      reply.raw.once('close', () => taken.splice(taken.indexOf(id), 1))
      endWhenIdle(reply.raw)
    },
  }
}

/** Nothing counts against a reader but what waits for her: how long we are ourselves at a line does not. */
function endWhenIdle(response: ServerResponse): void {
  let wasWaiting = false
  const look = setInterval(() => {
    const isWaiting =
      response.writableNeedDrain || (response.writableEnded && !response.writableFinished)
    if (isWaiting && wasWaiting) response.destroy()
    wasWaiting = isWaiting
  }, idleMs)
  look.unref()
  response.on('drain', () => {
    wasWaiting = false
  })
  response.once('close', () => clearInterval(look))
}

function tooMany(isOwn: boolean): ApiError {
  return new ApiError({
    status: 503,
    code: 'EXPORTS_BUSY',
    message: isOwn
      ? `${most.each} exports of yours are still running.`
      : 'As many exports are running as this node makes at once.',
    whatToDo: isOwn
      ? 'Wait until one of them has ended, or cancel it in your browser, and try again.'
      : `Try again in ${retrySeconds} seconds.`,
  })
}
