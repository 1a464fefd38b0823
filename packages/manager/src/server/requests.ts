import type {} from '@fastify/cookie'
import type { Hex } from '@medrec/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Account } from './accounts.ts'
import { ApiError } from './problems.ts'
import { sessionSeconds } from './sessions.ts'
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

/** Who is signed in. Throws ApiError (401). */
export function staffOf(node: StaffNode, request: FastifyRequest): Account {
  const staff = node.sessions.staffOf(request.cookies[node.cookieName])
  if (staff) return staff
  throw new ApiError({
    status: 401,
    code: 'NOT_SIGNED_IN',
    message: 'You are not signed in.',
    whatToDo: 'Sign in to go on.',
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
