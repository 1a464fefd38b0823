import type { PointerOverview, WriteOptions, Written } from '@medrec/gatekeeper'
import { origins, type Value } from '@medrec/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { historyOf } from './history.ts'
import { listed, listPeople, personOf, relationshipOf, statusOf } from './people.ts'
import { ApiError } from './problems.ts'
import { atDesk, bodyOf, clinical, hex, partOf, queryOf, staffOf } from './requests.ts'
import { requireSamePerson } from './samePerson.ts'
import type { StaffNode } from './staffNode.ts'
import type { Submissions } from './submissions.ts'

const values = z.record(z.string().max(64), z.string().max(100_000).nullable())
const requestId = z.string().min(8).max(64).optional()
const record = z.object({ resource: z.string().max(64), values, request: requestId })
const reason = z.string().trim().min(1).max(500)
const change = z.object({
  resource: z.string().max(64),
  key: z.union([z.string().max(100), values]),
  reason,
  request: requestId,
})
const correction = change.extend({ values })
const relationship = z.object({
  idTag: hex,
  policy: z.enum(['subjectOnly', 'dualConsent']).default('subjectOnly'),
})

/** Patients and their records. */
export function addPatientRoutes(
  app: FastifyInstance,
  node: StaffNode,
  submissions: Submissions,
): void {
  const { gatekeeper } = node
  app.get('/api/people', async (request) => {
    staffOf(node, request, atDesk)
    const { search } = queryOf(z.object({ search: z.string().max(100).default('') }), request)
    return { people: await listPeople(gatekeeper, search) }
  })
  app.get('/api/catalogue', async (request) => {
    staffOf(node, request)
    return { resources: gatekeeper.catalogue.resources.map(withoutSql) }
  })
  app.get('/api/patients/:id', async (request) => {
    staffOf(node, request, atDesk)
    return patientPage(node, partOf(request, 'id'))
  })
  app.post('/api/patients/:id/relationship', async (request) => {
    const staff = staffOf(node, request, atDesk)
    const { idTag, policy } = bodyOf(relationship, request)
    const person = await personOf(gatekeeper, partOf(request, 'id'))
    await requireSamePerson((who) => node.desk.lookup(who, staff.id), { person, idTag })
    const decision = node.desk.mayPropose(idTag)
    const enrolled = await gatekeeper.enrol({
      localPatient: partOf(request, 'id'),
      subjectTag: idTag,
      policy,
      shownAtDesk: decision.may && decision.because === 'shown',
    })
    return { submission: submissions.keep(enrolled), relationship: enrolled.relationship }
  })
  app.get('/api/patients/:id/rows/:resource', async (request) => {
    staffOf(node, request, clinical)
    const { fields, rows, keys } = await gatekeeper.rows({
      localPatient: partOf(request, 'id'),
      resource: resourceNamed(node, partOf(request, 'resource')),
    })
    return { fields: fields.map(({ name, type, label }) => ({ name, type, label })), rows, keys }
  })
  addWriteRoutes(app, node)
}

function addWriteRoutes(app: FastifyInstance, node: StaffNode): void {
  const { gatekeeper } = node
  const common = (request: FastifyRequest): Pick<WriteOptions, 'localPatient' | 'by'> => {
    const { id, name, role } = staffOf(node, request, clinical)
    return { localPatient: partOf(request, 'id'), by: { id, name, role } }
  }
  app.post('/api/patients/:id/records', async (request) => {
    const options = common(request)
    const { request: id, resource, values: entered } = bodyOf(record, request)
    return told(
      await gatekeeper.add({
        ...options,
        resource: resourceNamed(node, resource),
        values: entered,
        ...(id === undefined ? {} : { request: id }),
      }),
    )
  })
  app.post('/api/patients/:id/corrections', async (request) => {
    const options = common(request)
    const { key, request: id, ...rest } = bodyOf(correction, request)
    resourceNamed(node, rest.resource)
    const again = id === undefined ? {} : { request: id }
    return told(await gatekeeper.correct({ ...options, ...rest, ...again, key: keyOf(key) }))
  })
  app.post('/api/patients/:id/retractions', async (request) => {
    const options = common(request)
    const { key, request: id, ...rest } = bodyOf(change, request)
    resourceNamed(node, rest.resource)
    const again = id === undefined ? {} : { request: id }
    return told(await gatekeeper.retract({ ...options, ...rest, ...again, key: keyOf(key) }))
  })
}

async function patientPage(node: StaffNode, id: string): Promise<unknown> {
  const { gatekeeper } = node
  const patient = listed(gatekeeper, await personOf(gatekeeper, id))
  const state = relationshipOf(gatekeeper, id)
  const pointers = gatekeeper
    .patient(id)
    .filter((pointer) => pointer.relationship === state?.relationship)
  return {
    patient,
    relationship: state?.relationship ?? null,
    policy: state?.policy ?? null,
    status: state ? statusOf(state.status) : null,
    pointers: pointers.map(pointerLine),
    history: state
      ? historyOf(node, {
          relationship: state.relationship,
          pointers,
          patientName: patient.name,
        })
      : [],
  }
}

function pointerLine(pointer: PointerOverview): unknown {
  const { acknowledged, version } = pointer
  return {
    id: pointer.pointer,
    resource: pointer.resource,
    label: pointer.label,
    version,
    origin: origins[pointer.origin],
    unexplained: pointer.isUnexplained,
    updatedAt: pointer.time,
    anchored: pointer.isAnchored,
    seen:
      acknowledged && acknowledged.version >= version
        ? { verdict: acknowledged.verdict, reason: acknowledged.reason }
        : null,
  }
}

function told({ key, pointers }: Written): { key: string; pointers: Written['pointers'] } {
  return { key, pointers }
}

/** A record's id: the screens send its key as fields, of which catalogues have one. */
function keyOf(key: string | Readonly<Record<string, Value>>): string {
  return typeof key === 'string' ? key : String(Object.values(key)[0] ?? '')
}

function resourceNamed({ gatekeeper }: StaffNode, name: string): string {
  if (gatekeeper.catalogue.resources.some((resource) => resource.name === name)) return name
  throw new ApiError({
    status: 404,
    code: 'RESOURCE_UNKNOWN',
    message: 'This institution keeps no records of this kind.',
    whatToDo: 'Reload the page.',
  })
}

/** The statements of a catalogue are nobody's business but the gatekeeper's. */
function withoutSql(resource: StaffNode['gatekeeper']['catalogue']['resources'][number]): unknown {
  const form = (write: { readonly parameters: readonly unknown[] } | undefined): unknown =>
    write ? { parameters: write.parameters } : null
  const { name, label, category, recordKey, fields, sensitivity } = resource
  return {
    ...{ name, label, category, recordKey, fields, sensitivity: sensitivity ?? 'N' },
    insert: form(resource.insert),
    update: form(resource.update),
    retract: form(resource.retract),
  }
}
