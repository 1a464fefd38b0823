import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, Keys, random, scopeHash, signShare, toHex } from '@medrec/protocol'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Opened, until } from '../../library/src/network.test-support.ts'
import * as Scopes from '../../library/src/Scopes.ts'
import {
  attempt,
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

let scene: Scene
let mallory: Opened
const folder = mkdtempSync(join(tmpdir(), 'medrec-work-'))
const statements = { read: 0, listed: 0 }
beforeAll(async () => {
  const database = counted(openNodeDatabase(join(folder, 'node.db')))
  // Anchors cost signatures and statements: none comes while requests are counted.
  scene = await setScene({ database, rhythm: { periodSeconds: 86_400 } })
  const person = await scene.net.register()
  mallory = await scene.net.open(person)
  const { participant } = scene.gate
  await until(participant, () => participant.peer(person.tag) !== undefined)
})
afterEach(() => {
  vi.restoreAllMocks()
  scene.time.lasts = 0
})
afterAll(async () => {
  await scene.close()
  rmSync(folder, { recursive: true })
})

/** The same database, whose reading statements are counted. */
function counted(database: NodeDatabase): NodeDatabase {
  return {
    ...database,
    get: (sql, ...values) => {
      statements.read += 1
      return database.get(sql, ...values)
    },
    all: (sql, ...values) => {
      statements.listed += 1
      return database.all(sql, ...values)
    },
  }
}

const requests = 12

type Curve = typeof import('secp256k1')

/**
 * What one request costs the institution before its answer: signatures recovered and made, statements read, bytes sent.
 * What is written about it is not waited for, and differs: only a patient of ours is told (docs/threats.md, row 25).
 */
type Work = Readonly<Record<'recovered' | 'signed' | 'read' | 'listed' | 'bytes', number>>

async function workOf(request: Sendable): Promise<Work> {
  const require = createRequire(new URL('../../protocol/package.json', import.meta.url))
  const curve = require('secp256k1') as Curve
  const [recover, sign] = [vi.spyOn(curve, 'ecdsaRecover'), vi.spyOn(curve, 'ecdsaSign')]
  Object.assign(statements, { read: 0, listed: 0 })
  const { text, status } = await post(request)
  // One recovery is the test's own, of the receipt.
  const [recovered, signed] = [recover.mock.calls.length - 1, sign.mock.calls.length]
  vi.restoreAllMocks()
  expect(status).toBe(403)
  return { recovered, signed, ...statements, bytes: text.length }
}

/** Work of so many requests of strangers, half of which ask about a relationship of this institution's. */
async function samples(
  make: (relationship: Hex) => Sendable,
): Promise<{ own: readonly Work[]; foreign: readonly Work[] }> {
  const [own, foreign]: [Work[], Work[]] = [[], []]
  for (let i = 0; i < requests; i++) {
    own.push(await workOf(make(scene.ada.relationship)))
    foreign.push(await workOf(make(toHex(random(32)))))
  }
  return { own, foreign }
}

/** A share with a scope of the stranger's own making, for a relationship that she read on the chain. */
function selfMadeShare(relationship: Hex): object {
  const share = shareOf(scene.ada)
  const scope = { ...share.scope, relationship, viewer: mallory.me()?.idTag as Hex }
  const key = Uint8Array.from(Buffer.from(share.grant.slice(2), 'hex'))
  const hash = scopeHash(Scopes.fromJson(scope))
  return { ...share, scope, signature: toHex(signShare(mallory.keys.spend, domain(), key, hash)) }
}

describe('a stranger cannot tell whose steward an institution is by the work it does', () => {
  test.each<[string, (relationship: Hex) => object, Partial<{ signature: Hex }>]>([
    ['without a share', (relationship) => ({ ...ownLabs(), relationship }), {}],
    [
      'with a share of her own making',
      (relationship) => ({ ...sharedLabs(), relationship, share: selfMadeShare(relationship) }),
      {},
    ],
    [
      'with a statement that nobody signed',
      (relationship) => ({ ...ownLabs(), relationship }),
      { signature: toHex(random(64)) },
    ],
  ])('%s', async (_, contentOf, change) => {
    const { authority } = scene.gate
    const key = Keys.requestKey(mallory.keys, authority, now())
    // One statement for all, since one that was verified is remembered.
    const statement = { ...statementOf(mallory, key, authority), ...change }
    const make = (relationship: Hex): Sendable =>
      attempt(mallory, contentOf(relationship), { statement, key })
    await post(make(scene.ada.relationship))
    const { own, foreign } = await samples(make)
    // Equal one by one, which is stronger than any two-sample test on their distributions.
    expect(own).toEqual(foreign)
    expect(own[0]).toMatchObject({ signed: 1, listed: 0 })
    expect(own[0]?.recovered).toBeGreaterThan(0)
  })
})

describe('refusals to strangers leave at fixed times', () => {
  test.each([
    [0, 50],
    [0.4, 50],
    [49, 50],
    [50, 50],
    [51, 100],
    [420, 450],
  ])('when the work takes %d ms, after %d ms', async (lasts, after) => {
    for (const relationship of [scene.ada.relationship, toHex(random(32))]) {
      scene.left.length = 0
      scene.time.now = 1_000 - lasts
      scene.time.lasts = lasts
      await post(attempt(mallory, { ...ownLabs(), relationship }))
      expect(scene.left).toEqual([1_000 + after])
    }
  })
})
