import { type EmergencyRow, outcomes } from '@medrec/gatekeeper'
import type { Hex } from '@medrec/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { nameOf, personOf } from './people.ts'
import { bodyOf, overseeing, partOf, staffOf } from './requests.ts'
import type { StaffNode } from './staffNode.ts'

const review = z.strictObject({
  outcome: z.enum(outcomes),
  remark: z.string().trim().max(500).default(''),
})

/**
 * Emergency accesses for whoever oversees them: what happened, and a review of each
 * (docs/decisions/009-delegations-and-emergencies.md).
 * Whom one was about and why is told on request, and the request stands in the patient's log.
 */
export function addEmergencyRoutes(app: FastifyInstance, node: StaffNode): void {
  const { gatekeeper } = node
  app.get('/api/emergencies', async (request) => {
    staffOf(node, request, overseeing)
    return {
      emergencies: gatekeeper.emergencies().map((one) => line(node, one)),
    }
  })
  app.post('/api/emergencies/:id', async (request) => {
    const staff = staffOf(node, request, overseeing)
    const said = bodyOf(review, request)
    const { id, name, role } = staff
    const by = { id, name, role }
    await gatekeeper.reviewEmergency(idOf(request), { ...said, by })
    return { reviewed: true }
  })
  app.post('/api/emergencies/:id/examine', async (request) => {
    const { id, name, role } = staffOf(node, request, overseeing)
    const one = await gatekeeper.examineEmergency(idOf(request), { id, name, role })
    return { reason: one.reason, subject: await subjectOf(node, one) }
  })
}

function idOf(request: FastifyRequest): Hex {
  return partOf(request, 'id') as Hex
}

async function subjectOf(
  { gatekeeper }: StaffNode,
  { relationship }: EmergencyRow,
): Promise<string | null> {
  const patient = gatekeeper.patients().find((one) => one.relationship === relationship)
  return patient ? nameOf(await personOf(gatekeeper, patient.localPatient)) : null
}

function line({ participant }: StaffNode, one: EmergencyRow): unknown {
  const view = participant.chain.view()
  const registeredBy = view.entry(one.idTag)?.institution
  const { id, idTag, name, opened, expires, isNoted, review: found } = one
  return {
    ...{ id, idTag, name, opened, expires, isNoted },
    registeredBy: (registeredBy && view.profile(registeredBy)?.name) ?? null,
    review: found ?? null,
  }
}
