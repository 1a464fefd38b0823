import type { Participant } from '@medrec/library'
import { expect, test } from 'vitest'
import { nextEnd } from '../../web/src/patient/live/shares.ts'

test('screens are renewed at the next end of a share or a delegation, given or received', () => {
  const ending = (expiresAt: number) => ({ expiresAt, block: { number: 1 }, role: 'subject' })
  const summary = {
    relationships: [{ role: 'subject', shares: [ending(50)], delegations: [ending(40)] }],
    sharedWithMe: [ending(30)],
    actingFor: [ending(20)],
  }
  const participant = { summary: () => summary } as unknown as Participant
  expect([10, 20, 30, 40, 50].map((now) => nextEnd(participant, now))).toEqual([
    ...[20, 30, 40, 50],
    undefined,
  ])
})
