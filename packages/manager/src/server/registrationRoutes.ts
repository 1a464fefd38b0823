import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { identificationOf, personOf, usable } from './people.ts'
import { atDesk, bodyOf, hex, partOf, staffOf } from './requests.ts'
import type { StaffNode } from './staffNode.ts'

const identification = z.object({
  type: z.string().min(1).max(40),
  country: z.string().min(1).max(10),
  value: z.string().min(1).max(60),
  birthDate: z.string().max(20),
})
const invitation = z.object({ localPatient: z.string().min(1).max(100) })
const card = invitation.extend({ card: z.object({ network: hex, idTag: hex, identity: hex }) })
const begin = z.looseObject({ code: z.string().min(1).max(40) })
const finish = z.object({ code: z.string().min(1).max(40), answer: hex })

/** Finding, inviting and registering people. */
export function addRegistrationRoutes(app: FastifyInstance, node: StaffNode): void {
  const { desk, gatekeeper, portal } = node
  app.post('/api/lookup', async (request) => {
    const staff = staffOf(node, request, atDesk)
    const asked = bodyOf(z.union([invitation, identification]), request)
    const who =
      'localPatient' in asked
        ? identificationOf(await personOf(gatekeeper, asked.localPatient))
        : asked
    const { idTag, match } = await desk.lookup(usable(who), staff.id)
    if (!match) return { match: null }
    const { verifiedBy, since } = match
    const may = desk.mayPropose(idTag)
    return {
      match: { idTag, verifiedBy, since, attestations: verifiedBy.length, mayPropose: may.may },
    }
  })
  app.post('/api/invitations', async (request) => {
    const staff = staffOf(node, request, atDesk)
    const { localPatient } = bodyOf(invitation, request)
    const person = await personOf(gatekeeper, localPatient)
    const { code, expires } = await desk.invite({
      localPatient,
      identification: identificationOf(person),
      staff: staff.id,
    })
    // What stands behind # is not sent to the server of the patients' app.
    const address = `${code}@${new URL(node.institution.url).origin}`
    return {
      code,
      url: portal === undefined ? address : `${portal}/#invitation=${address}`,
      expires,
    }
  })
  app.post('/api/cards', async (request) => {
    const staff = staffOf(node, request, atDesk)
    const shown = bodyOf(card, request)
    const person = await personOf(gatekeeper, shown.localPatient)
    return desk.bindCard({
      ...shown,
      identification: identificationOf(person),
      staff: staff.id,
    })
  })
  app.get('/api/register/:code', async (request) => {
    const { idTag, expires } = desk.invitation(partOf(request, 'code'))
    return { idTag, institution: node.institution.name, expires }
  })
  app.post('/api/register/begin', async (request) => {
    const { code, ...registration } = bodyOf(begin, request)
    return desk.beginRegistration(code, registration)
  })
  app.post('/api/register/finish', async (request) => {
    const { code, answer } = bodyOf(finish, request)
    const { idTag, transaction } = await desk.finishRegistration(code, answer)
    return { idTag, transaction }
  })
}
