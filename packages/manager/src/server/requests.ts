import type {} from '@fastify/cookie'
import type { Hex } from '@medrec/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Account, StaffRole } from './accounts.ts'
import { ApiError } from './problems.ts'
import { deviceSeconds, sessionSeconds } from './sessions.ts'
import type { StaffNode } from './staffNode.ts'

/** 32 or so bytes in hex digits. */
export const hex: z.ZodType<Hex> = z.templateLiteral([
  '0x',
  z.string().regex(/^[0-9a-f]+$/),
]) as unknown as z.ZodType<Hex>

/** A request's body in the form wanted. Throws ApiError that names the member, never its value. */
export function bodyOf<T>(form: z.ZodType<T>, request: FastifyRequest): T {
  return checked(form, request.body)
}

/** What stands in the address after `?`. */
export function queryOf<T>(form: z.ZodType<T>, request: FastifyRequest): T {
  return checked(form, request.query)
}

/** A part of the address, such as a patient's id. */
export function partOf(request: FastifyRequest, name: string): string {
  return (request.params as Readonly<Record<string, string>>)[name] ?? ''
}

function checked<T>(form: z.ZodType<T>, value: unknown): T {
  const parsed = form.safeParse(value)
  if (parsed.success) return parsed.data
  const names = parsed.error.issues.map(({ path }) => path.join('.')).filter((name) => name)
  throw new ApiError({
    status: 400,
    code: 'BAD_REQUEST',
    message: `This request is not complete${names.length > 0 ? `: ${names.join(', ')}` : ''}.`,
    whatToDo: 'Check what you entered and try again.',
  })
}

/** Who may see and change records, and who may find, invite and register people (docs/operations.md). */
export const clinical: readonly StaffRole[] = ['clinician']
export const atDesk: readonly StaffRole[] = ['clinician', 'clerk']
/** Who reads the whole access log, which names no patient and holds no record. */
export const overseeing: readonly StaffRole[] = ['it', 'auditor']

/** Who looks after the node, and may connect the institution's database. */
export const technical: readonly StaffRole[] = ['it']

/** Who is signed in, with one of the roles where some are named. Throws ApiError (401, 403). */
export function staffOf(
  node: Pick<StaffNode, 'sessions' | 'cookieName'>,
  request: FastifyRequest,
  roles?: readonly StaffRole[],
): Account {
  const staff = node.sessions.staffOf(request.cookies[node.cookieName])
  if (!staff)
    throw new ApiError({
      status: 401,
      code: 'NOT_SIGNED_IN',
      message: 'You are not signed in.',
      whatToDo: 'Sign in to go on.',
    })
  if (roles && !roles.includes(staff.role))
    throw new ApiError({
      status: 403,
      code: 'ROLE_WRONG',
      message: 'Your role does not include this.',
      whatToDo: 'Ask a colleague whose role does, or your IT department.',
    })
  return staff
}

/** Name of the cookie that tells a browser in which somebody signed in before. */
export function deviceCookie({ cookieName }: Pick<StaffNode, 'cookieName'>): string {
  return `${cookieName}-device`
}

/** Remembers the browser: sent with sign-ins only. */
export function setDeviceCookie(node: StaffNode, reply: FastifyReply, device: string): void {
  reply.setCookie(deviceCookie(node), device, {
    path: '/api/login',
    httpOnly: true,
    sameSite: 'strict',
    secure: node.isSecure,
    maxAge: deviceSeconds,
  })
}

/** Puts the session's token into a cookie that no script and no other site can use. */
export function setCookie(node: StaffNode, reply: FastifyReply, token: string | undefined): void {
  reply.setCookie(node.cookieName, token ?? '', {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: node.isSecure,
    maxAge: token === undefined ? 0 : sessionSeconds,
  })
}
