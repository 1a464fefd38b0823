import type { NodeDatabase } from '@medrec/records/node'
import type { FastifyInstance } from 'fastify'
import { type Accounts, openAccounts as open } from './server/accounts.ts'
import { addAuditRoutes } from './server/auditRoutes.ts'
import { addDatabaseRoutes } from './server/databaseRoutes.ts'
import { addEmergencyRoutes } from './server/emergencyRoutes.ts'
import { addExplainRoutes } from './server/explainRoutes.ts'
import { addPatientRoutes } from './server/patientRoutes.ts'
import { ApiError, problemOf } from './server/problems.ts'
import { addRegistrationRoutes } from './server/registrationRoutes.ts'
import { addSessionRoutes } from './server/sessionRoutes.ts'
import { openSessions, type Sessions } from './server/sessions.ts'
import type { StaffNode, StatusPart } from './server/staffNode.ts'
import { addSubmissionRoutes } from './server/submissions.ts'
import { addWatchRoutes } from './server/watchRoutes.ts'

/** The log-ins of an institution's staff, in its node's database (argon2id). */
export function openAccounts(database: NodeDatabase): Promise<Accounts> {
  return open(database)
}

/** Log-ins and sessions together, as the staff API needs them. */
export async function openStaff(options: {
  database: NodeDatabase
  clock: () => number
}): Promise<{ accounts: Accounts; sessions: Sessions }> {
  const accounts = await open(options.database)
  return { accounts, sessions: openSessions({ ...options, accounts }) }
}

/**
 * The HTTP API of an institution's screens (paper III-C.4): JSON, a cookie session, and a header that only
 * our own pages can send with what changes something.
 */
export function addStaffApi(app: FastifyInstance, node: StaffNode): void {
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const isPublic = request.url.startsWith('/api/register/')
      const isChange = request.method !== 'GET' && request.method !== 'OPTIONS'
      if (isChange && !isPublic && request.headers['x-medrec'] !== '1')
        throw new ApiError({
          status: 403,
          code: 'FOREIGN_PAGE',
          message: 'This request did not come from a page of this node.',
          whatToDo: 'Reload the page and try again.',
        })
    })
    scope.setErrorHandler((error, _, reply) => {
      const problem = problemOf(error)
      if (!problem) throw error
      const { status, ...body } = problem
      return reply.code(status).send(body)
    })
    addSessionRoutes(scope, node)
    addRegistrationRoutes(scope, node)
    const submissions = addSubmissionRoutes(scope, node)
    addPatientRoutes(scope, node, submissions)
    addWatchRoutes(scope, node, submissions)
    addExplainRoutes(scope, node)
    addEmergencyRoutes(scope, node)
    addAuditRoutes(scope, node)
    addDatabaseRoutes(scope, node)
  })
}

export type { KeptSettings, RecordSettings } from './server/recordSettings.ts'
export type { Accounts, Sessions, StaffNode, StatusPart }
