import { fromHex, type Hex, Keys, random, scopeHash, signShare, toHex } from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Opened } from '../../library/src/network.test-support.ts'
import * as Scopes from '../../library/src/Scopes.ts'
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
} from './attempt.test-support.ts'
import { openGate } from './gate.test-support.ts'
import { refusals } from './query/refusals.ts'

let scene: Scene
let net: Scene['net']
let gate: Scene['gate']
let ada: Scene['ada']
let codes: Scene['codes']
let left: Scene['left']
beforeAll(async () => {
  scene = await setScene()
  ;({ net, gate, ada, codes, left } = scene)
})
afterAll(() => scene.close())

const mallory = async (): Promise<Opened> => net.open(await net.register())
const attempts: readonly (readonly [string, string, () => Promise<Sendable>])[] = [
  [
    'somebody who is not registered',
    'identity',
    async () => {
      const nobody = { ...ada.patient, keys: Keys.fromEntropy(random(16), new Uint8Array(32)) }
      return attempt(nobody, ownLabs())
    },
  ],
  [
    'a registered person without a share',
    'share-missing',
    async () => attempt(await mallory(), ownLabs()),
  ],
  [
    'a relationship that nobody knows',
    'relationship-unknown',
    async () => attempt(await mallory(), { ...ownLabs(), relationship: toHex(random(32)) }),
  ],
  [
    "a self-made relationship that names a victim's pointers",
    'relationship-unknown',
    async () => {
      const own = await mallory()
      return attempt(own, { ...ownLabs(), relationship: toHex(random(32)), share: shareOf(ada) })
    },
  ],
  ['a stolen scope', 'share-of-another', async () => attempt(await mallory(), sharedLabs())],
  [
    'a scope that the subject never signed',
    'share-signature',
    async () => {
      const thief = await mallory()
      const share = shareOf(ada)
      const scope = { ...share.scope, viewer: thief.me()?.idTag as Hex }
      const signature = toHex(
        signShare(
          thief.keys.spend,
          domain(),
          Uint8Array.from(Buffer.from(share.grant.slice(2), 'hex')),
          scopeHash(Scopes.fromJson(scope)),
        ),
      )
      return attempt(thief, { ...sharedLabs(), share: { ...share, scope, signature } })
    },
  ],
  [
    'a scope of another relationship, signed by this one',
    'share-signature',
    async () => {
      const share = shareOf(ada)
      const scope = { ...share.scope, relationship: toHex(random(32)) }
      const hash = scopeHash(Scopes.fromJson(scope))
      const signature = toHex(signShare(controllerOf(ada), domain(), fromHex(share.grant), hash))
      return attempt(scene.doctor, { ...sharedLabs(), share: { ...share, scope, signature } })
    },
  ],
  [
    'a stolen request key',
    'identity',
    async () => {
      const thief = await mallory()
      const key = Keys.requestKey(ada.patient.keys, gate.authority, now())
      return attempt(thief, ownLabs(), {
        key,
        statement: { ...statementOf(thief, key, gate.authority), idTag: ada.patient.me()?.idTag },
      })
    },
  ],
  [
    "a statement for somebody else's request key",
    'statement',
    async () => {
      const thief = await mallory()
      const key = Keys.requestKey(ada.patient.keys, gate.authority, now())
      return attempt(ada.patient, ownLabs(), {
        key: Keys.requestKey(thief.keys, gate.authority, now()),
        statement: statementOf(ada.patient, key, gate.authority),
      })
    },
  ],
  [
    'a request for another audience',
    'signature',
    async () => attempt(ada.patient, ownLabs(), { audience: 'other.example:443' }),
  ],
  [
    'a statement for another audience',
    'audience',
    async () => {
      const key = Keys.requestKey(ada.patient.keys, gate.authority, now())
      return attempt(ada.patient, ownLabs(), {
        statement: statementOf(ada.patient, key, 'other.example:443'),
      })
    },
  ],
  [
    'a request of another network',
    'network',
    async () => attempt(ada.patient, ownLabs(), { chainId: 1 }),
  ],
  [
    'an altered body',
    'signature',
    async () => {
      const { headers } = attempt(ada.patient, ownLabs())
      return { headers, body: attempt(ada.patient, ownLabs('id,value')).body }
    },
  ],
  [
    'a statement of more than a day',
    'identity',
    async () => {
      const key = Keys.requestKey(ada.patient.keys, gate.authority, now())
      const times = { notBefore: now() - 10, expires: now() + 86_400 }
      return attempt(ada.patient, ownLabs(), {
        statement: statementOf(ada.patient, key, gate.authority, times),
      })
    },
  ],
]
describe('strangers get the same words, whatever is wrong', () => {
  test.each(attempts)('%s', async (_, why, make) => {
    const made = await make()
    left.length = 0
    scene.time.now = 7_000
    const told = await post(made)
    expect(told).toMatchObject({ status: 403, code: 'refused' })
    expect(told.text).toBe(JSON.stringify(JSON.parse(told.text)))
    expect(told.text).toContain(refusals.refused.text)
    expect(told.text).not.toContain(why)
    expect(codes.at(-1)).toBe(why)
    expect(left).toEqual([7_050])
  })
  test('byte for byte, and signed', async () => {
    const one = await post(attempt(await mallory(), ownLabs()))
    const other = await post(
      attempt(await mallory(), { ...ownLabs(), relationship: toHex(random(32)) }),
    )
    expect(one.text).toBe(other.text)
    expect([one.isSigned, other.isSigned]).toEqual([true, true])
  })
  test('an address that asks too often is told so before anything is looked at', async () => {
    const tight = await openGate(net, { rate: { perSecond: 0, burst: 2 } })
    const ask = async (): Promise<number> =>
      (await fetch(new URL('/query', tight.url), { method: 'POST', body: '{}' })).status
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual([400, 400, 429, 429])
    await tight.close()
  })
})
