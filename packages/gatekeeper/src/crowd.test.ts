import { random, toHex } from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../library/src/network.test-support.ts'
import { attempt, ownLabs, type Scene, type Sendable, setScene } from './attempt.test-support.ts'
import type { HttpResponse } from './query/respond.ts'

let scene: Scene
beforeAll(async () => {
  scene = await setScene({
    capacity: { all: 4, perIdentity: 2 },
    identityRate: { perSecond: 0.000_1, burst: 6 },
  })
})
afterAll(() => scene.close())

/** Hands a request in at once, without a server in between. */
function hand({ body, headers }: Sendable, path = '/query'): Promise<HttpResponse> {
  return scene.gate.gatekeeper.handle({
    ...{ method: 'POST', path, body, remoteAddress: '127.0.0.1' },
    headers: { 'content-type': 'application/json', ...headers },
  })
}
const codeOf = ({ body }: HttpResponse): unknown =>
  (JSON.parse(Buffer.from(body).toString()) as { code?: unknown }).code ?? 200

test('what does not fit is refused at once, with the time after which to come again', async () => {
  const { patient } = scene.ada
  const made = Array.from({ length: 9 }, () => attempt(patient, ownLabs()))
  const answers = await Promise.all(made.map((one) => hand(one)))
  const codes = answers.map(codeOf)
  // Four places in all, two of them for her.
  expect(codes.filter((code) => code === 'busy')).toHaveLength(5)
  expect(codes.filter((code) => code === 'too-many')).toHaveLength(2)
  expect(codes.filter((code) => code === 200)).toHaveLength(2)
  const busy = answers.find((answer) => codeOf(answer) === 'busy')
  expect(busy).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  const tooMany = answers.find((answer) => codeOf(answer) === 'too-many')
  expect(tooMany).toMatchObject({ status: 429, headers: { 'retry-after': '5' } })
  expect(tooMany?.headers['signature']).toMatch(/^node=:/)
})

test('one identity is served no faster than its rate, whatever its address; others are', async () => {
  const { patient } = scene.ada
  const codes: unknown[] = []
  for (let i = 0; i < 4; i++) codes.push(codeOf(await hand(attempt(patient, ownLabs()))))
  // Two answers and two refusals before took four of six.
  expect(codes).toEqual([200, 200, 'too-many', 'too-many'])
  const his = scene.bo.patient
  const own = { ...ownLabs(), relationship: scene.bo.relationship }
  expect(codeOf(await hand(attempt(his, own)))).not.toBe('too-many')
})

test('nor does a certified clinician open emergencies faster than that', async () => {
  const person = await scene.net.register()
  await scene.net.certify(person, 4, true)
  const { participant } = scene.gate
  await until(participant, () => participant.chain.view().hasRole(person.tag, 'emergency'))
  const clinician = await scene.net.open(person)
  const codes: unknown[] = []
  for (let i = 0; i < 8; i++) {
    const content = { patient: toHex(random(32)), name: 'Dr Ek', reason: 'Found unconscious.' }
    codes.push(
      codeOf(await hand(attempt(clinician, content, { path: '/emergency' }), '/emergency')),
    )
  }
  const unknown = Array.from({ length: 5 }, () => 'emergency-unknown')
  expect(codes).toEqual([...unknown, 'emergency-limit', 'too-many', 'too-many'])
})
