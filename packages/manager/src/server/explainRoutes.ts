import {
  type Explained,
  exceptions,
  type LogEntry,
  NothingToExplainError,
  refusals,
} from '@medrec/gatekeeper'
import type { Hex } from '@medrec/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { namesFor } from './history.ts'
import { ApiError } from './problems.ts'
import { bodyOf, hex, overseeing, staffOf } from './requests.ts'
import type { StaffNode } from './staffNode.ts'

const block = z.number().int().min(0).optional()
/** As its delegate saved it; looked into by the gatekeeper. */
const delegation = z.record(z.string(), z.json()).optional()
const accessId = z.custom<Hex>((text) => typeof text === 'string' && /^0x[0-9a-f]{32}$/.test(text))
const question = z.union([
  z.strictObject({ entry: z.number().int().min(0), delegation, block }),
  z.strictObject({
    relationship: hex,
    viewer: hex,
    kind: z.enum(['query', 'index', 'log']),
    resource: z.string().max(64).optional(),
    elements: z.array(z.string().max(64)).max(256).optional(),
    purpose: z.number().int().min(0).max(15).optional(),
    delegation,
    emergency: accessId.optional(),
    block,
  }),
])
type Question = Exclude<z.infer<typeof question>, { entry: number }>

/** What the gatekeeper would decide and why, for IT and auditors: no patient is named, no data are read. */
export function addExplainRoutes(app: FastifyInstance, node: StaffNode): void {
  const { gatekeeper } = node
  app.get('/api/explain', async (request) => {
    staffOf(node, request, overseeing)
    return { relationships: choicesOf(node) }
  })
  app.post('/api/explain', async (request) => {
    const staff = staffOf(node, request, overseeing)
    const asked = bodyOf(question, request)
    const wanted = 'entry' in asked ? askedIn(node, asked) : asked
    const { outcome, shares, ...rest } = await gatekeeper.explain({ ...wanted, by: staff })
    const { nameOf } = namesFor(node.participant, wanted.relationship, 'The patient')
    return {
      ...rest,
      viewer: nameOf(wanted.viewer),
      outcome: told(outcome),
      shares: shares.map(told),
    }
  })
}

/** The request that an entry of the access log was about, at its block. */
function askedIn(
  { gatekeeper }: StaffNode,
  { entry, delegation, block }: Extract<z.infer<typeof question>, { entry: number }>,
): Question {
  const logged = gatekeeper.logEntry(entry)
  const { relationship, who, pointer, elements, purpose, kind, emergency } = logged ?? {}
  if (!relationship || !who?.idTag || kind === 'explained') throw new NothingToExplainError('entry')
  if (logged && !delegation && !restsOnKnown(logged))
    throw new ApiError({
      status: 409,
      code: 'NOT_EXPLAINABLE',
      message:
        'Somebody asked by a delegation, which is presented with each request and not kept here.',
      whatToDo:
        'Ask the patient or the delegate for it ("medrec delegate show") and name its file: --delegation FILE. The entry names who acted, the outcome and its reason.',
    })
  const about = pointer
    ? { kind: 'query' as const, resource: pointer, elements: elements && [...elements], purpose }
    : { kind: kind === 'log' ? ('log' as const) : ('index' as const) }
  const right = { ...(delegation && { delegation }), ...(emergency && { emergency }) }
  return { relationship, viewer: who.idTag, ...about, ...right, block: block ?? logged?.block }
}

/** Whether the node keeps what somebody asked by; a delegation is shown with each request, and with nothing else. */
export function restsOnKnown({ who, delegate }: LogEntry): boolean {
  return delegate === undefined || delegate !== who.idTag
}

/** A decision with what the reason table says of it. */
function told(explained: Explained): unknown {
  const { decision } = explained
  if (decision === 'allow') return explained
  const { status, exception } = refusals[decision]
  return { ...explained, status, exception: exception === 'none' ? null : exceptions[exception] }
}

/** Relationships by id, with who could ask and for what. */
function choicesOf({ gatekeeper, participant }: StaffNode): readonly unknown[] {
  const { relationships } = participant.summary()
  return gatekeeper.patients().map(({ relationship, subject, localPatient }) => {
    const state = relationships.find(({ id }) => id === relationship)
    const { nameOf } = namesFor(participant, relationship, 'The patient')
    const viewers = new Set<Hex>([subject, ...(state?.shares ?? []).map(({ viewer }) => viewer)])
    return {
      id: relationship,
      viewers: [...viewers].map((idTag) => ({ idTag, name: nameOf(idTag) })),
      records: gatekeeper
        .patient(localPatient)
        .filter((pointer) => pointer.relationship === relationship)
        .map(({ resource, label }) => ({ resource, label })),
    }
  })
}
