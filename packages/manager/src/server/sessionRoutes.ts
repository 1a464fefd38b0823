import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Account } from './accounts.ts'
import { ApiError } from './problems.ts'
import { bodyOf, setCookie, staffOf } from './requests.ts'
import type { StaffNode } from './staffNode.ts'

const login = z.object({ name: z.string().min(1).max(100), password: z.string().min(1).max(1_000) })

const problems = {
  wrong: {
    status: 401,
    code: 'LOGIN_WRONG',
    message: 'Name or password is wrong.',
    whatToDo: 'Check both and try again.',
  },
  'too-many': {
    status: 429,
    code: 'LOGIN_TOO_OFTEN',
    message: 'Too many attempts.',
    whatToDo: 'Wait five minutes and try again.',
  },
} as const

/** Signing in and out. */
export function addSessionRoutes(app: FastifyInstance, node: StaffNode): void {
  const session = ({ id, name, role }: Account): unknown => ({
    staff: { id, name, role },
    institution: node.institution,
  })
  app.post('/api/login', async (request, reply) => {
    const { name, password } = bodyOf(login, request)
    const opened = await node.sessions.open(name.trim().toLowerCase(), password, request.ip)
    if (typeof opened === 'string') throw new ApiError(problems[opened])
    setCookie(node, reply, opened.token)
    return session(opened.staff)
  })
  app.post('/api/logout', async (request, reply) => {
    const token = request.cookies[node.cookieName]
    if (token) node.sessions.close(token)
    setCookie(node, reply, undefined)
    return {}
  })
  app.get('/api/session', async (request) => session(staffOf(node, request)))
  app.get('/api/status', async (request) => {
    staffOf(node, request)
    return node.status()
  })
}
