import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { connection, lookAt, plan, setupProblem, toldOf, tryPlan } from './databaseTrial.ts'
import { windows } from './guesses.ts'
import { ApiError } from './problems.ts'
import { bodyOf, staffOf, technical } from './requests.ts'
import type { StaffNode } from './staffNode.ts'

const password = z.string().min(1).max(1_000)
const preview = plan.extend({ password })
const settings = plan.extend({ password, acceptRights: z.boolean() })

/** Trials of one person within a minute: each opens connections and reads. */
const trialLimit = { most: 20, seconds: 60 }
/** Patients and rows of one kind of record that a preview shows. */
const shown = { patients: 3, rows: 5 }

/**
 * The institution's database for its IT: how it is connected, and `medrec provider setup` as pages (requirement 8). What
 * is written takes effect with the next start.
 */
export function addDatabaseRoutes(app: FastifyInstance, node: StaffNode): void {
  const limit = windows(trialLimit, () => node.clock())
  let isBusy = false
  /** One trial at a time, so many a minute; its errors in words. */
  const trial = async <T>(
    [request, reply]: readonly [FastifyRequest, FastifyReply],
    work: () => Promise<T>,
  ): Promise<T> => {
    const { id } = staffOf(node, request, technical)
    const seconds = Math.max(limit.wait(id), isBusy ? 1 : 0)
    if (seconds > 0) {
      reply.header('retry-after', String(seconds))
      throw tooOften(seconds)
    }
    limit.add(id)
    isBusy = true
    try {
      return await work()
    } catch (error) {
      throw setupProblem(error)
    } finally {
      isBusy = false
    }
  }
  app.get('/api/database', async (request) => {
    staffOf(node, request, technical)
    return overview(node)
  })
  app.post('/api/database/connection', (request, reply) =>
    trial([request, reply], () => lookAt(node, bodyOf(connection, request))),
  )
  app.post('/api/database/trial', (request, reply) =>
    trial([request, reply], async () => {
      const wanted = bodyOf(plan, request)
      return toldOf(await tryPlan(node, wanted), wanted)
    }),
  )
  app.post('/api/database/preview', (request, reply) =>
    trial([request, reply], async () => {
      const { password: said, ...wanted } = bodyOf(preview, request)
      await confirmed(node, request, said)
      const { run } = await tryPlan(node, wanted)
      const people = run.people.slice(0, shown.patients)
      const by = staffOf(node, request, technical)
      await node.gatekeeper.notePreview({ by, patients: people.map(({ id }) => String(id)) })
      return { people: people.map((person) => previewOf(person, run.previews)) }
    }),
  )
  app.post('/api/database/settings', (request, reply) =>
    trial([request, reply], async () => {
      const { password: said, acceptRights, ...wanted } = bodyOf(settings, request)
      await confirmed(node, request, said)
      const { catalogue, run } = await tryPlan(node, wanted)
      if (run.excess.length > 0 && !acceptRights) throw rightsTooWide()
      const { address, secret } = wanted
      const kept = node.records.keep({ address, secret: secret || undefined, catalogue })
      return { ...kept, restart: node.records.restart }
    }),
  )
}

function overview({ gatekeeper, records }: StaffNode): unknown {
  const { isDatabaseUp, excess, role, probedAt, lookedAt } = gatekeeper.status()
  const { catalogue } = gatekeeper
  const { name, version, exclusions, excludedLabels = [], resources } = catalogue
  return {
    ...{ isUp: isDatabaseUp, probedAt, lookedAt: lookedAt ?? null, excess },
    role: excess.length > 0 ? role : [],
    ...{ address: records.address, places: records.places, restart: records.restart },
    waiting: records.waiting() ?? null,
    catalogue: {
      ...{ name, version, exclusions, excludedLabels },
      resources: resources.map((one) => ({
        ...{ name: one.name, label: one.label, category: one.category, query: one.query },
        sensitivity: one.sensitivity ?? 'N',
        fields: one.fields.map(({ label }) => label),
        isWritten: one.insert !== undefined,
      })),
    },
  }
}

type Run = Awaited<ReturnType<typeof tryPlan>>['run']

function previewOf(person: Run['people'][number], previews: Run['previews']): unknown {
  const { id, given, family } = person
  return {
    ...{ id, name: [given, family].filter(Boolean).join(' ') },
    records: previews
      .filter(({ patient, count }) => patient === id && count > 0)
      .map(({ label, fields, count, rows }) => ({
        ...{ label, fields: fields.map((field) => field.label), count },
        rows: rows
          .slice(0, shown.rows)
          .map((row) => row.map((value) => (value === null ? null : String(value)))),
      })),
  }
}

/** What shows patients' records or changes the node asks for the password again: an open session alone is not enough. */
async function confirmed(node: StaffNode, request: FastifyRequest, said: string): Promise<void> {
  const right = await node.sessions.confirm(request.cookies[node.cookieName] ?? '', said)
  if (right === true) return
  if (right.waitSeconds > 0) throw tooOften(right.waitSeconds)
  throw new ApiError({
    status: 403,
    code: 'PASSWORD_WRONG',
    message: 'This is not your password.',
    whatToDo: 'Type the password with which you sign in here.',
  })
}

function rightsTooWide(): ApiError {
  return new ApiError({
    status: 409,
    code: 'RIGHTS_TOO_WIDE',
    message: 'The database user may do more than it needs.',
    whatToDo: 'Use the account of the statements, or tick that you accept it. Nothing was written.',
  })
}

function tooOften(seconds: number): ApiError {
  return new ApiError({
    status: 429,
    code: 'TOO_OFTEN',
    message: 'Another trial is under way, or there were too many.',
    whatToDo: `Wait ${seconds === 1 ? 'a moment' : `${seconds} seconds`} and try again.`,
  })
}
