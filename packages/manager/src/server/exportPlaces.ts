import type { FastifyReply } from 'fastify'
import type { Account } from './accounts.ts'
import { ApiError } from './problems.ts'

/** Exports that run at once, each of which may read the whole log: of everybody, and of one member of staff. */
const most = { all: 4, each: 2 }
/** When to come again, in seconds: how long an export takes depends on the period and on who fetches it. */
const retrySeconds = 10

export type ExportPlaces = {
  /** Takes a place until the answer is sent or its reader gone. Throws ApiError (503, Retry-After: RFC 9110 section 10.2.3). */
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
    },
  }
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
