import type { ConsentRequest, LogEntry } from '@medrec/gatekeeper'
import { allowedMask, fromHex, type Hex, purposes, schemaId } from '@medrec/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { openStreamPlaces, streamEvents } from './eventStream.ts'
import { restsOnKnown } from './explainRoutes.ts'
import { namesFor } from './history.ts'
import { nameOf, personOf } from './people.ts'
import { bodyOf, clinical, overseeing, partOf, queryOf, staffOf } from './requests.ts'
import type { StaffNode } from './staffNode.ts'
import type { Submissions } from './submissions.ts'

const period = z.object({
  from: z.coerce.number().int().min(0).default(0),
  to: z.coerce.number().int().min(0).default(Number.MAX_SAFE_INTEGER),
})
/** Consent to a share, or a no with its reason, which the patient reads. */
const answer = z.object({
  consent: z.boolean(),
  reason: z.string().trim().min(1).max(500).optional(),
})

/** What goes on: consents that wait, the access log, and events as they happen. */
export function addWatchRoutes(
  app: FastifyInstance,
  node: StaffNode,
  submissions: Submissions,
): void {
  const { gatekeeper } = node
  const places = openStreamPlaces()
  app.get('/api/consents', async (request) => {
    staffOf(node, request, clinical)
    return {
      consents: await Promise.all(waiting(node).map((share) => consentLine(node, share))),
    }
  })
  app.post('/api/consents/:grant', async (request) => {
    staffOf(node, request, clinical)
    const { consent, reason } = bodyOf(answer, request)
    const grant = partOf(request, 'grant') as Hex
    const submission = consent
      ? await gatekeeper.consent(grant)
      : await gatekeeper.declineConsent(grant, reason)
    return { submission: submissions.keep(submission) }
  })
  app.get('/api/log', async (request) => {
    staffOf(node, request, overseeing)
    return { entries: gatekeeper.log(queryOf(period, request)).map((row) => logLine(node, row)) }
  })
  app.get('/api/events', (request, reply) => {
    staffOf(node, request)
    reply.hijack()
    streamEvents(reply.raw, {
      sessions: node.sessions,
      token: request.cookies[node.cookieName] ?? '',
      places,
      sources: [
        (tell) => gatekeeper.on(({ type }) => tell({ type })),
        (tell) => node.participant.subscribe(() => tell({ type: 'chain' })),
      ],
    })
  })
}

type Share = ConsentRequest

function waiting({ gatekeeper, clock }: StaffNode): readonly Share[] {
  return gatekeeper
    .consents()
    .filter(({ status, expiresAt }) => status === 'awaitingConsent' && expiresAt > clock())
}

async function consentLine(node: StaffNode, share: Share): Promise<unknown> {
  const { gatekeeper, participant } = node
  const patient = gatekeeper
    .patients()
    .find(({ relationship }) => relationship === share.relationship)?.localPatient
  const subject = patient === undefined ? '' : nameOf(await personOf(gatekeeper, patient))
  return {
    grant: share.grant,
    subject,
    viewer: namesFor(participant, share.relationship, subject).nameOf(share.viewer),
    labels: patient === undefined ? [] : sharedFields(gatekeeper, patient, share),
    purposes: purposes.flatMap((_, bit) => (share.scope.purposes & (1 << bit) ? [bit] : [])),
    until: share.expiresAt,
  }
}

/** Exactly what would be opened: each record with the fields that are ticked. */
function sharedFields(
  { catalogue, patient }: StaffNode['gatekeeper'],
  localPatient: string,
  { relationship, scope }: Share,
): readonly string[] {
  return patient(localPatient)
    .filter((pointer) => pointer.relationship === relationship)
    .flatMap((pointer) => {
      const resource = catalogue.resources.find(({ name }) => name === pointer.resource)
      if (!resource) return []
      const { category, label } = resource
      const schema = schemaId(resource.schema)
      const of = { id: fromHex(pointer.pointer, 16), category, schema }
      const mask = allowedMask(scope, of).reduce((all, one) => all | one.mask, 0n)
      const fields = resource.fields.filter(({ bit }) => (mask >> BigInt(bit)) & 1n)
      return fields.length > 0 ? [`${label}: ${fields.map((one) => one.label).join(', ')}`] : []
    })
}

/** What staff did about the log or an emergency, no access to a record. */
const notedKinds: readonly LogEntry['kind'][] = [
  'explained',
  'exported',
  'previewed',
  'examined',
  'reviewed',
]

function outcomeOf({ kind }: LogEntry): 'allowed' | 'refused' | 'noted' {
  if (notedKinds.includes(kind)) return 'noted'
  return kind === 'refused' ? 'refused' : 'allowed'
}

function logLine({ gatekeeper, participant }: StaffNode, entry: LogEntry): unknown {
  const patient = gatekeeper
    .patients()
    .find(({ relationship }) => relationship === entry.relationship)
  const pointer =
    patient && gatekeeper.patient(patient.localPatient).find((one) => one.pointer === entry.pointer)
  const { nameOf: who } = namesFor(participant, entry.relationship, 'The patient')
  return {
    sequence: entry.sequence,
    at: entry.time,
    who: entry.staff ? `${entry.staff.id} (${entry.staff.role})` : who(entry.who.idTag),
    outcome: outcomeOf(entry),
    isExplainable: Boolean(
      entry.relationship && entry.who.idTag && entry.block && restsOnKnown(entry),
    ),
    kind: entry.kind,
    reason: entry.code ?? null,
    resource: pointer?.label ?? null,
    block: entry.block ?? null,
  }
}
