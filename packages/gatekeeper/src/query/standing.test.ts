import {
  accountOf,
  type Domain,
  random,
  scopeHash,
  signRequest,
  signShare,
  signStatement,
  toHex,
  utf8,
} from '@medrec/protocol'
import { describe, expect, test } from 'vitest'
import type { RelationshipRow } from '../map/PointerMap.ts'
import type { AnyRequest, PresentedShare } from './requestBody.ts'
import { standingOf } from './standing.ts'

const now = 1_800_000_000
const authority = 'gate.example:443'
const domain: Domain = {
  chainId: 31_337,
  verifyingContract: `0x${'01'.repeat(20)}`,
  salt: `0x${'02'.repeat(32)}`,
}
const [identity, key, controller] = [random(32), random(32), random(32)].map(accountOf) as [
  ReturnType<typeof accountOf>,
  ReturnType<typeof accountOf>,
  ReturnType<typeof accountOf>,
]
const [viewer, relationship, grant] = [random(32), random(32), random(20)]
const row = {
  id: relationship,
  subjectTag: random(32),
  subjectController: controller.address,
} as RelationshipRow
const scope = {
  subject: row.subjectTag,
  steward: random(32),
  viewer,
  relationship,
  epoch: 0,
  index: random(32),
  purposes: 1,
  notBefore: 0,
  salt: random(32),
  entries: [],
}

type Options = Parameters<typeof standingOf>[0]

/** Options of a viewer's request, and how often the signature of his share was looked at. */
function asked(change: Partial<Options> = {}): { options: Options; looks: () => number } {
  let looks = 0
  const signature = signShare(controller, domain, grant, scopeHash(scope))
  const share: PresentedShare = {
    grant,
    scope,
    consent: undefined,
    get signature() {
      looks++
      return signature
    },
  }
  const times = { audience: authority, notBefore: now - 60, expires: now + 600 }
  const value = { ...times, idTag: viewer, key: key.address }
  const statement = {
    ...times,
    idTag: toHex(viewer),
    key: toHex(key.address),
    signature: toHex(signStatement(identity, domain, 'RequestKey', value)),
  }
  const request = {
    authority,
    method: 'POST' as const,
    path: '/index',
    contentType: 'application/json',
    body: utf8('{}'),
  }
  const body: AnyRequest = {
    kind: 'index',
    since: undefined,
    relationship: toHex(relationship),
    statement,
    share,
    delegation: undefined,
    emergency: undefined,
    reply: random(32),
  }
  const { chainId } = domain
  return {
    looks: () => looks,
    options: {
      request,
      headers: signRequest(request, key, { chainId, now }),
      body,
      chainId,
      domain,
      identities: () => [toHex(identity.address), toHex(identity.address)],
      row,
      verified: { known: new Set(), limit: 100 },
      emergencyOf: () => undefined,
      ...change,
    },
  }
}

describe('an identity', () => {
  const [here, elsewhere] = [toHex(identity.address), toHex(random(20))]
  test.each<[string, string, readonly (`0x${string}` | undefined)[]]>([
    ['at the head and some blocks before', 'viewer', [here, here]],
    ['at the head alone: a reorganisation may take it back', 'identity', [here, undefined]],
    ['before the head alone', 'identity', [undefined, here]],
    ['of another some blocks before', 'identity', [here, elsewhere]],
    ['of another at the head', 'identity', [elsewhere, here]],
  ])('counts when it is registered %s: %s', (_, expected, identities) => {
    const standing = standingOf(asked({ identities: () => identities }).options)
    expect(standing.kind === 'stranger' ? standing.why : standing.kind).toBe(expected)
  })
})

describe('strangers', () => {
  test('cost the same work whether the relationship is known or not', () => {
    const [known, unknown] = [asked(), asked({ row: undefined })]
    expect(standingOf(known.options)).toMatchObject({ kind: 'viewer' })
    expect(standingOf(unknown.options)).toMatchObject({ why: 'relationship-unknown' })
    expect(unknown.looks()).toBe(known.looks())
    expect(known.looks()).toBeGreaterThan(0)
  })

  test('are never remembered, so that nobody can fill or time what is', () => {
    const verified = { known: new Set<`0x${string}`>(), limit: 100 }
    const other = { ...row, subjectController: random(20) }
    standingOf(asked({ row: other, verified, identities: () => [undefined, undefined] }).options)
    expect(verified.known.size).toBe(0)
    standingOf(asked({ verified }).options)
    expect(verified.known.size).toBe(2)
  })

  test('remembered signatures are forgotten, the oldest first', () => {
    const verified = { known: new Set<`0x${string}`>(), limit: 3 }
    for (let i = 0; i < 4; i++) standingOf(asked({ verified }).options)
    expect(verified.known.size).toBeLessThanOrEqual(3)
  })
})
