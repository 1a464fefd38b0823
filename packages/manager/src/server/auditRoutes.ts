import { Readable } from 'node:stream'
import type { BrokenLog, LogEntry } from '@medrec/gatekeeper'
import { auditEventOf } from '@medrec/library'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Account } from './accounts.ts'
import { type Audited, auditor } from './audit.ts'
import { csvOf, type Disclosure, disclosuresOf } from './disclosures.ts'
import { openExportPlaces } from './exportPlaces.ts'
import { hex, overseeing, queryOf, staffOf } from './requests.ts'
import type { StaffNode } from './staffNode.ts'

const span = z.object({
  from: z.coerce.number().int().min(0).default(0),
  to: z.coerce.number().int().min(0).default(Number.MAX_SAFE_INTEGER),
})
const accounting = span.extend({
  relationship: hex.optional(),
  form: z.enum(['json', 'csv']).default('json'),
})
const count = z.coerce.number().int().min(0)
/** What came of an export that broke off. */
const brokenOff = z.object({
  head: hex,
  lines: count.min(1),
  startBlock: count.optional(),
  startSize: count.default(0),
  endBlock: count,
  endSize: count,
})

/** The access log for auditors: with proof for others, as FHIR AuditEvents, and as an accounting of disclosures. Exports are noted in the log, and few are made at once. */
export function addAuditRoutes(app: FastifyInstance, node: StaffNode): void {
  const places = openExportPlaces()
  /** Who exports, with a place until the answer is sent. */
  const exporting = (request: FastifyRequest, reply: FastifyReply): Account => {
    const staff = staffOf(node, request, overseeing)
    places.take(staff, reply)
    return staff
  }
  app.get('/api/audit/events', async (request, reply) => {
    const by = exporting(request, reply)
    const entries = await node.gatekeeper.exportLog({ ...queryOf(span, request), by })
    reply.header('content-disposition', 'attachment; filename="audit-events.ndjson"')
    reply.type('application/fhir+ndjson')
    return reply.send(Readable.from(ndjson(node, entries)))
  })
  app.get('/api/audit/log', async (request, reply) => {
    const by = exporting(request, reply)
    const asked = { ...queryOf(span, request), by }
    const isBroken = 'head' in (request.query as object)
    const { lines } = await node.gatekeeper.provableLog(
      isBroken ? { ...asked, broken: brokenLog(queryOf(brokenOff, request)) } : asked,
    )
    reply.header('content-disposition', 'attachment; filename="access-log.jsonl"')
    reply.type('application/x-ndjson')
    return reply.send(Readable.from(lines))
  })
  app.get('/api/audit/disclosures', async (request, reply) => {
    const by = exporting(request, reply)
    const { relationship, form, ...period } = queryOf(accounting, request)
    const entries = await node.gatekeeper.exportLog({ ...period, by })
    const lines = disclosures(node, entries, relationship)
    if (form === 'json') {
      reply.type('application/json; charset=utf-8')
      return reply.send(Readable.from(jsonOf(node, lines)))
    }
    reply.header('content-disposition', 'attachment; filename="disclosures.csv"')
    reply.type('text/csv; charset=utf-8')
    return reply.send(Readable.from(csvOf(lines)))
  })
}

function brokenLog(asked: z.infer<typeof brokenOff>): BrokenLog {
  const { head, lines, startBlock, startSize, endBlock, endSize } = asked
  const end = { block: endBlock, size: endSize }
  if (startBlock === undefined) return { head, lines, end }
  return { head, lines, start: { block: startBlock, size: startSize }, end }
}

function* audited(node: StaffNode, entries: Iterable<LogEntry>): Generator<Audited> {
  const look = auditor(node)
  for (const entry of entries) yield look(entry)
}

function* ndjson(node: StaffNode, entries: Iterable<LogEntry>): Generator<string> {
  for (const one of audited(node, entries))
    yield `${JSON.stringify(auditEventOf(one, node.institution))}\n`
}

function* disclosures(
  node: StaffNode,
  entries: Iterable<LogEntry>,
  relationship: string | undefined,
): Generator<Disclosure> {
  for (const line of disclosuresOf(audited(node, entries)))
    if (relationship === undefined || line.relationship === relationship) yield line
}

/** The accounting as one JSON object, a line at a time. */
function* jsonOf({ institution }: StaffNode, lines: Iterable<Disclosure>): Generator<string> {
  yield `{"institution":${JSON.stringify(institution)},"disclosures":[`
  let between = ''
  for (const line of lines) {
    yield `${between}${JSON.stringify(line)}`
    between = ','
  }
  yield ']}'
}
