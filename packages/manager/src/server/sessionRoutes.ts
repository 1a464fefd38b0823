import { sourceOf } from '@medrec/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Account } from './accounts.ts'
import { ApiError, type Problem } from './problems.ts'
import { bodyOf, deviceCookie, setCookie, setDeviceCookie, staffOf } from './requests.ts'
import type { StaffNode } from './staffNode.ts'

const login = z.object({ name: z.string().min(1).max(100), password: z.string().min(1).max(1_000) })

const wrong: Problem = {
  status: 401,
  code: 'LOGIN_WRONG',
  message: 'Name or password is wrong.',
  whatToDo: 'Check both and try again.',
}

/** Signing in and out. */
export function addSessionRoutes(app: FastifyInstance, node: StaffNode): void {
  const session = ({ id, name, role }: Account): unknown => ({
    staff: { id, name, role },
    institution: node.institution,
  })
  app.post('/api/login', async (request, reply) => {
    const { name, password } = bodyOf(login, request)
    const opened = await node.sessions.open({
      login: name.trim().toLowerCase(),
      password,
      address: sourceOf(request.ip),
      device: request.cookies[deviceCookie(node)],
    })
    if ('waitSeconds' in opened) {
      if (opened.waitSeconds > 0) reply.header('retry-after', String(opened.waitSeconds))
      throw new ApiError(opened.waitSeconds > 0 ? tooOften(opened.waitSeconds) : wrong)
    }
    setCookie(node, reply, opened.token)
    setDeviceCookie(node, reply, opened.device)
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

function tooOften(seconds: number): Problem {
  return {
    status: 429,
    code: 'LOGIN_TOO_OFTEN',
    message: 'Too many wrong attempts.',
    whatToDo: `Wait ${seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`} and try again. In a browser in which you have signed in before, attempts of others do not count.`,
  }
}
