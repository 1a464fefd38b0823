import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../../library/src/network.test-support.ts'
import { startTown, type Town } from '../participant/town.test-support.ts'
import { startDesk, type TownDesk } from './desk.test-support.ts'

type Facts = Readonly<Record<string, unknown>>

let town: Town
let desk: TownDesk['desk']
let close: TownDesk['close']
let relationship: string
let grant: string

beforeAll(async () => {
  town = await startTown()
  ;({ desk, close } = await startDesk(town))
  const { tag: subjectTag } = await town.person('ada')
  await town.person('bo')
  const { participant, gatekeeper } = town.gate
  await until(participant, () => participant.peer(subjectTag) !== undefined)
  const patient = { localPatient: 'P1', subjectTag, policy: 'dualConsent' } as const
  const enrolled = await gatekeeper.enrol(patient)
  await enrolled.until('mined')
  await town.gate.idle()
  relationship = enrolled.relationship
})
afterAll(async () => {
  await close()
  await town.close()
})

const as: Town['as'] = (...args) => town.as(...args)
const shareOf = async (name: string, list: 'given' | 'received'): Promise<Facts | undefined> =>
  ((await as(name, 'share', 'list')).json[list] as readonly Facts[])[0]
const kindsOf = (lines: unknown): readonly unknown[] =>
  (lines as readonly Facts[]).map(({ kind }) => kind)

/** The viewer's note follows the patient's: everything that the institution had to say stands on the chain. */
const saidAll = (): Promise<void> => {
  const { participant } = town.gate
  const isOut = (): boolean =>
    participant.outbox.pending().every(({ state }) => ['mined', 'final'].includes(state))
  return until(participant, isOut)
}

// Each test goes on where the one before ended.

test('that the institution has to agree too is said beforehand, to the patient and to the viewer', async () => {
  expect((await as('ada', 'relationship', 'accept', relationship)).code).toBe(0)
  await town.acquaint('ada', 'bo')
  const preview = await as('ada', 'share', 'preview', 'labs:value')
  expect(preview.json).toMatchObject({ ok: true, needsConsentOfInstitution: true })
  const until30 = ['--purpose', 'second-opinion', '--until', '30d']
  const created = await as('ada', 'share', 'create', 'bo', 'labs:value', ...until30)
  expect(created.json).toMatchObject({ ok: true, needsConsentOfInstitution: true })
  grant = String(created.json['grant'])
  expect(await shareOf('bo', 'received')).toMatchObject({ grant, status: 'awaitingConsent' })
  const read = await as('bo', 'query', grant, 'labs')
  expect(read).toMatchObject({ code: 1, json: { code: 'REFUSED' } })
  expect(read.err).toContain('consent-missing')
})

test('the institution says no: the patient reads why, the viewer only that', async () => {
  const { participant, gatekeeper } = town.gate
  await until(participant, () => gatekeeper.consents().some((share) => share.grant === grant))
  expect((await desk('consents')).json['consents']).toMatchObject([
    { grant, labels: ['Test results: Value'], purposes: [1] },
  ])
  const reason = 'These results belong to another person.'
  const declined = await desk('decline', grant.slice(0, 10), '--reason', reason)
  expect(declined).toMatchObject({ code: 0, json: { ok: true, grant } })
  expect(await shareOf('ada', 'given')).toMatchObject({ status: 'declined', reason })
  await saidAll()
  const viewers = await as('bo', 'share', 'list')
  expect(viewers.json['received']).toMatchObject([{ grant, status: 'declined' }])
  expect(viewers.out + viewers.err).not.toContain(reason)
  expect(kindsOf((await as('ada', 'notifications')).json['notifications'])).toContain(
    'consentDeclined',
  )
  expect(kindsOf((await as('ada', 'history')).json['events'])).toContain('consentDeclined')
  expect(kindsOf((await desk('history', 'P1')).json['history'])).toContain('consentDeclined')
  const again = await desk('decline', grant)
  expect(again).toMatchObject({ code: 1, json: { code: 'REFUSED' } })
  expect(again.err).toContain('Reason: CONSENT_NOT_WANTED')
})

test('it consents after all, once, and the viewer reads', async () => {
  expect(await desk('consent', grant)).toMatchObject({ code: 0, json: { ok: true, grant } })
  await saidAll()
  expect(await shareOf('bo', 'received')).toMatchObject({ grant, status: 'live' })
  expect((await as('bo', 'query', grant, 'labs')).json['rows']).toContainEqual({ value: '6.10' })
  expect((await desk('consent', grant)).err).toContain('Reason: CONSENT_NOT_WANTED')
  expect((await desk('consents')).json).toEqual({ consents: [] })
})
