import type { Submission } from '@medrec/library'
import type { FastifyInstance } from 'fastify'
import { ApiError } from './problems.ts'
import { partOf, staffOf } from './requests.ts'
import type { StaffNode } from './staffNode.ts'

/** Wishes that staff asked for and may ask after, as long as the node runs. */
export type Submissions = { keep(submission: Submission): string }

const mostKept = 1_000

/** Where a wish stands: queued, seen, mined, final or rejected. */
export function addSubmissionRoutes(app: FastifyInstance, node: StaffNode): Submissions {
  const kept = new Map<string, Submission>()
  app.get('/api/submissions/:id', async (request) => {
    staffOf(node, request)
    const submission = kept.get(partOf(request, 'id'))
    if (!submission)
      throw new ApiError({
        status: 404,
        code: 'SUBMISSION_UNKNOWN',
        message: 'The node does not know this message any more.',
        whatToDo: 'Reload the page; it shows what stands on the chain.',
      })
    const state = submission.state()
    if (state === 'queued' || state === 'seen') return { state }
    const { reason, block, transaction } = await submission.until('mined')
    return {
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(block === undefined ? {} : { block: block.number }),
      ...(transaction === undefined ? {} : { transaction }),
    }
  })
  return {
    keep: (submission) => {
      kept.set(submission.id, submission)
      const oldest = kept.keys().next().value
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
      return submission.id
    },
  }
}
