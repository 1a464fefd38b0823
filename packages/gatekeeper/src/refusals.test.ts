import { gzipSync } from 'node:zlib'
import {
  type Account,
  accountOf,
  encodeRecord,
  type Hex,
  Keys,
  random,
  type Scope,
  scopeHash,
  signRequest,
  signShare,
  toBase64Url,
  toHex,
  utf8,
} from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { until } from '../../library/src/network.test-support.ts'
import * as Query from '../../library/src/Query.ts'
import * as Relationship from '../../library/src/Relationship.ts'
import * as Scopes from '../../library/src/Scopes.ts'
import * as Share from '../../library/src/Share.ts'
import {
  attempt,
  controllerOf,
  domain,
  now,
  ownLabs,
  post,
  type Scene,
  type Sendable,
  setScene,
  sharedLabs,
  shareOf,
  statementOf,
  type Told,
} from './attempt.test-support.ts'
import { type Enrolment, shareLabs, someEnrolled } from './gate.test-support.ts'

let scene: Scene
let net: Scene['net']
let gate: Scene['gate']
let ada: Scene['ada']
let bo: Scene['bo']
let doctor: Scene['doctor']
let grant: Scene['grant']
let codes: Scene['codes']
beforeAll(async () => {
  scene = await setScene()
  ;({ net, gate, ada, bo, doctor, grant, codes } = scene)
})
afterAll(() => scene.close())

describe('who has standing is told why', () => {
  test('a replayed request', async () => {
    const made = attempt(ada.patient, ownLabs())
    expect((await post(made)).status).toBe(200)
    expect(await post(made)).toMatchObject({
      code: 'request-replayed',
      status: 403,
      isSigned: true,
    })
  })
  test('of 16 copies at once exactly one is answered', async () => {
    const made = attempt(ada.patient, ownLabs())
    const told = await Promise.all(Array.from({ length: 16 }, () => post(made)))
    expect(told.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(told.map(({ code }) => code))).toEqual(new Set(['', 'request-replayed']))
  })
  test.each([
    ['an old request', 'request-old', -120],
    ['a request of the future', 'request-old', 300],
  ])('%s', async (_, code, seconds) => {
    const parts = { now: now() + seconds }
    expect(await post(attempt(ada.patient, ownLabs(), parts))).toMatchObject({ code })
  })
  test('an expired statement', async () => {
    const key = Keys.requestKey(ada.patient.keys, gate.authority, now())
    const statement = statementOf(ada.patient, key, gate.authority, {
      notBefore: now() - 100,
      expires: now() - 1,
    })
    expect(await post(attempt(ada.patient, ownLabs(), { statement }))).toMatchObject({
      code: 'statement-expired',
    })
  })
  test("another patient's pointer", async () => {
    const content = { ...ownLabs(), query: `${bo.labs.slice(2)}?_elements=value` }
    expect(await post(attempt(ada.patient, content))).toMatchObject({ code: 'pointer-foreign' })
    expect(
      await post(attempt(doctor, { ...content, purpose: 1, share: shareOf(ada) })),
    ).toMatchObject({ code: 'pointer-foreign' })
  })
  test('one field too many', async () => {
    const content = { ...sharedLabs(), query: `${ada.labs.slice(2)}?_elements=date,code,value` }
    expect(await post(attempt(doctor, content))).toMatchObject({ code: 'field-not-granted' })
  })
  test('a former version asked for by a viewer', async () => {
    expect(await post(attempt(doctor, { ...sharedLabs(), version: 1 }))).toMatchObject({
      code: 'subject-only',
    })
  })
  test('a version that never was', async () => {
    expect(await post(attempt(ada.patient, { ...ownLabs(), version: 77 }))).toMatchObject({
      code: 'version-none',
    })
  })
})

/** What the gatekeeper's own view says: a block comes to each of us at another moment. */
function statusAtGate({ relationship }: Enrolment): string | undefined {
  return gate.participant.chain.view().relationship(relationship)?.status
}

describe('what has ended is refused from then on', () => {
  test('a grant that expires is refused from that second on', async () => {
    const share = await Share.grant(ada.patient, {
      relationship: ada.relationship,
      viewer: doctor.me()?.idTag as Hex,
      entries: shareOf(ada).scope.entries,
      purposes: [1],
      expiresAt: now() + 150,
    })
    await share.until('final')
    await until(doctor, () =>
      doctor.summary().sharedWithMe.some((one) => one.grant === share.grant),
    )
    await until(
      gate.participant,
      () => gate.participant.chain.view().grant(share.grant) !== undefined,
    )
    const ask = () => {
      const parts = { now: now() + Math.ceil(scene.ahead.seconds) }
      return post(
        attempt(doctor, { ...ownLabs(), purpose: 1, share: shareOf(ada, share.grant) }, parts),
      )
    }
    const ends =
      Share.listMine(ada.patient).find((one) => one.grant === share.grant)?.expiresAt ?? 0
    expect(await ask()).toMatchObject({ status: 200 })
    onTestFinished(() => {
      scene.ahead.seconds = 0
    })
    scene.ahead.seconds = ends - Date.now() / 1_000
    expect(await ask()).toMatchObject({ code: 'grant-expired' })
  })
  test('a closed epoch, at once', async () => {
    const { doctor: other, grant: later } = await shareLabs(net, gate, bo)
    const ask = () =>
      Query.read(other, { grant: later, pointer: bo.labs, elements: ['value'], purpose: 1 })
    expect(await ask()).toMatchObject({ ok: true })
    const seen = gate.event((event) => event.type === 'revocation')
    await Relationship.stopAll(bo.patient, { relationship: bo.relationship })
    await seen
    expect(await ask()).toMatchObject({ code: 'epoch-closed' })
  })
})

describe('a relationship that ended is refused', () => {
  test('a closed relationship: viewers get nothing, the subject reads on', async () => {
    const eve = await someEnrolled(net, gate, { accept: true })
    const { doctor: other, grant: later } = await shareLabs(net, gate, eve)
    await (await Relationship.close(eve.patient, { relationship: eve.relationship })).until('mined')
    await until(gate.participant, () => statusAtGate(eve) === 'closedBySubject')
    const ask = () =>
      Query.read(other, { grant: later, pointer: eve.labs, elements: ['value'], purpose: 1 })
    expect(await ask()).toMatchObject({ code: 'relationship-closed' })
    const own = {
      relationship: eve.relationship,
      pointer: eve.labs,
      elements: ['value'],
      purpose: 0,
    }
    expect(await Query.read(eve.patient, own)).toMatchObject({ ok: true })
  })
  test('a rejected relationship: nobody', async () => {
    const eve = await someEnrolled(net, gate)
    await (await Relationship.reject(eve.patient, { relationship: eve.relationship })).until(
      'mined',
    )
    await until(gate.participant, () => statusAtGate(eve) === 'rejected')
    const own = {
      relationship: eve.relationship,
      query: `${eve.labs.slice(2)}?_elements=value`,
      purpose: 0,
    }
    expect(await post(attempt(eve.patient, own))).toMatchObject({ code: 'relationship-rejected' })
  })
})

describe('what is no request', () => {
  test.each([
    ['no JSON', utf8('{')],
    ['not UTF-8', Uint8Array.of(0xff, 0xfe)],
    ['a missing member', utf8('{"relationship":"0x00"}')],
  ])('%s', async (_, body) => {
    const { headers } = attempt(ada.patient, {})
    expect(await post({ headers, body })).toMatchObject({ status: 400, code: 'malformed' })
  })
  test.each([
    'ABC?_elements=a',
    `${'0'.repeat(32)}?_elements=`,
    `${'0'.repeat(32)}?_elements=a,a`,
    `${'0'.repeat(32)}?_elements=a' OR 1=1`,
    `${'0'.repeat(32)}?_elements=a&x=1`,
  ])('the query %s', async (query) => {
    expect(await post(attempt(ada.patient, { ...ownLabs(), query }))).toMatchObject({ status: 400 })
  })
  test('a body beyond 64 KiB', async () => {
    const made = attempt(ada.patient, { ...ownLabs(), more: 'x'.repeat(70_000) })
    expect(await post(made)).toMatchObject({ status: 413, code: 'too-large' })
  })
  test.each(['gzip', 'br, gzip', 'x-own'])('a compressed body: %s', async (coding) => {
    // A thousandth of what it would unpack to; signed as it is, as RFC 9530 has it.
    const body = new Uint8Array(gzipSync(Buffer.alloc(50_000_000)))
    const send = (made: Sendable, headers: Record<string, string>): Promise<Response> =>
      fetch(new URL('/query', gate.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...made.headers, ...headers },
        body: Uint8Array.from(made.body),
      })
    const key = Keys.requestKey(ada.patient.keys, gate.authority, now())
    const signed = { authority: gate.authority, method: 'POST' as const, path: '/query', body }
    const { chainId } = net.network
    const headers = signRequest({ ...signed, contentType: 'application/json' }, key, {
      ...{ chainId, now: now() },
    })
    const answer = await send({ body, headers }, { 'content-encoding': coding })
    expect(answer.status).toBe(415)
    expect(answer.headers.get('accept-encoding')).toBe('identity')
    expect(answer.headers.get('signature')).toMatch(/^node=:/)
    expect(await answer.json()).toMatchObject({ code: 'compressed' })
    const plain = await send(attempt(ada.patient, ownLabs()), { 'content-encoding': 'identity' })
    expect(plain.status).toBe(200)
  })
  test('a reply key of small order', async () => {
    const reply = toBase64Url(new Uint8Array(32))
    expect(await post(attempt(ada.patient, { ...ownLabs(), reply }))).toMatchObject({ status: 400 })
  })
  test('another address or method', async () => {
    expect((await fetch(new URL('/other', gate.url), { method: 'POST' })).status).toBe(404)
    expect((await fetch(gate.url)).status).toBe(404)
  })
  test('a page of another origin is not answered to', async () => {
    const response = await fetch(new URL('/query', gate.url), {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example' },
    })
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })
})

// By more than the time since the last block, however long that is here.
test.each([40_000, -40_000])(
  'a clock that is %i seconds ahead of the chain serves nobody',
  async (by) => {
    scene.ahead.seconds = by
    const told = await post(attempt(ada.patient, ownLabs()))
    scene.ahead.seconds = 0
    expect(told).toMatchObject({ status: 503, code: 'view-old', isSigned: true })
  },
)

describe('nothing ends by', () => {
  test('an ending that nobody signed, and one of somebody else', async () => {
    const refused = async (record: Uint8Array): Promise<Told> =>
      post(
        {
          headers: attempt(ada.patient, {}).headers,
          body: utf8(JSON.stringify({ record: toBase64Url(record) })),
        },
        '/revocations',
      )
    const key = Buffer.from(grant.slice(2), 'hex')
    expect(await refused(Uint8Array.of(5, ...key, ...random(64)))).toMatchObject({ status: 403 })
    expect(await refused(Uint8Array.of(4, ...key, ...random(64)))).toMatchObject({ status: 403 })
    expect(await refused(new Uint8Array(0))).toMatchObject({ status: 403 })
    const read = await Query.read(doctor, {
      grant,
      pointer: ada.labs,
      elements: ['value'],
      purpose: 1,
    })
    expect(read).toMatchObject({ ok: true })
  })
  test('a share that the subject did not sign, of a grant that nobody made', async () => {
    const thief = await net.open(await net.register())
    const slot = accountOf(random(32))
    const push = async (by: Account, scope: Scope): Promise<number> => {
      const signature = toHex(signShare(by, domain(), slot.address, scopeHash(scope)))
      const share = { signature, scope: Scopes.toJson(scope) }
      const record = encodeRecord({ kind: 'revoke', key: slot.address }, slot, domain())
      const body = utf8(JSON.stringify({ record: toBase64Url(record), share }))
      return (await post({ headers: attempt(ada.patient, {}).headers, body }, '/revocations'))
        .status
    }
    const scope = Scopes.fromJson(shareOf(ada).scope)
    expect(await push(thief.keys.spend, scope)).toBe(403)
    const hers = controllerOf(ada)
    expect(await push(hers, { ...scope, relationship: random(32) })).toBe(403)
    expect(await push(hers, scope)).toBe(200)
  })
})

test('no refusal, log entry or event names a value of a record', async () => {
  const entries = gate.gatekeeper.log({ from: 0, to: now() + 10 })
  const text = JSON.stringify([entries, codes])
  for (const canary of ['6.10', 'never to be read', 'check-up', 'Berg'])
    expect(text).not.toContain(canary)
})
