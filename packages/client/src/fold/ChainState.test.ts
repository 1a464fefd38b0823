import type { Hex } from '@medrec/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChainState } from './ChainState.ts'
import type { ChainBlock, ChainLog } from './chainBlock.ts'
import { block, hash, log, network, snapshot } from './logs.test-support.ts'

const now = 5_000
const sealed = Array.from({ length: 12 }, (_, i) => hash(i, 9))
const zeros: Hex = `0x${'00'.repeat(32)}`

const small = fc.nat({ max: 3 })
const anyLog: fc.Arbitrary<ChainLog> = fc
  .tuple(fc.nat({ max: 12 }), small, small)
  .map(([kind, a, b]) => anEvent(kind, a, b))

function anEvent(kind: number, a: number, b: number): ChainLog {
  const key = hash(a, 0)
  const account = key.slice(0, 42) as Hex
  const events: readonly (() => ChainLog)[] = [
    () => log('ledger', 'RelationshipChanged', { key, slot: BigInt(b) }),
    () => log('ledger', 'GrantChanged', { key: account, slot: (BigInt(b) << 208n) | 7n }),
    () =>
      log('ledger', 'Anchored', {
        stewardTag: key,
        root: hash(b, 1),
        logRoot: hash(b, 2),
        counter: BigInt(b),
        at: 1_000 + b,
      }),
    () => log('ledger', 'Noted', { tag: key.slice(0, 34), sealed_: sealed }),
    () => log('ledger', 'Tagged', { tags: `${key.slice(0, 18)}${hash(b, 0).slice(2, 18)}` }),
    () =>
      log('ledger', 'Offered', {
        stewardTag: key,
        query: hash(b, 3),
        epoch: b,
        owner: account,
        charged: b > 1,
      }),
    () => log('ledger', 'BountyAnswered', { bountyKey: key, answer: hash(b, 4) }),
    () => log('ledger', 'PolicySet', { stewardTag: key, query: hash(b, 3), amount: BigInt(b) }),
    () => log('ledger', 'Rejected', { index: BigInt(a), reason: '0x01020304' }),
    () => bound(a, b),
    () => log('registrar', 'RoleChanged', { idTag: key, role: b + 1, certified: a % 2 === 0 }),
    () => log('registrar', 'RelaySet', { institution: key, account, allowed: b > 1, sequence: b }),
    () => log('registrar', 'CoinbaseSet', { idTag: key, coinbase: account, sequence: b }),
  ]
  return (events[kind] as () => ChainLog)()
}

function bound(a: number, version: number): ChainLog {
  return log('registrar', 'Bound', {
    idTag: hash(a, 0),
    version,
    identity: hash(a, 0).slice(0, 42),
    spendX: hash(a, 5),
    spendY: hash(a, 6),
    viewKey: hash(a, 7),
    assurance: 1,
    institution: zeros,
    validFrom: 1_000,
  })
}

/** Walks as a follower would: blocks on top, or a reorganisation of some depth. */
const anyHistory = fc.array(
  fc.record({
    undo: fc.nat({ max: 5 }),
    blocks: fc.array(fc.array(anyLog, { maxLength: 4 }), { maxLength: 4 }),
  }),
  { maxLength: 12 },
)

type History = readonly { undo: number; blocks: readonly (readonly ChainLog[])[] }[]

function play(history: History): { state: ChainState; canonical: readonly ChainBlock[] } {
  const state = new ChainState(network, () => now)
  const canonical: ChainBlock[] = []
  for (const [fork, { undo, blocks }] of history.entries()) {
    for (let i = 0; i < undo && canonical.length > 0; i++)
      expect(state.undo()).toEqual(canonical.pop())
    for (const logs of blocks) {
      const number = canonical.length + 1
      const next = block(number, fork, canonical.at(-1)?.hash ?? zeros, logs)
      canonical.push(next)
      state.apply(next)
    }
  }
  return { state, canonical }
}

function fold(blocks: readonly ChainBlock[]): ChainState {
  const state = new ChainState(network, () => now)
  for (const each of blocks) state.apply(each)
  return state
}

describe('the fold over blocks', () => {
  test('after reorganisations says what a fold of the final chain says', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const { state, canonical } = play(history)
        if (canonical.length === 0) return
        expect(snapshot(state)).toEqual(snapshot(fold(canonical)))
      }),
    )
  })

  test('some blocks ago says what it said then', () => {
    fc.assert(
      fc.property(anyHistory, fc.nat({ max: 6 }), (history, back) => {
        const { state, canonical } = play(history)
        if (canonical.length <= back) return
        expect(snapshot(state, back)).toEqual(
          snapshot(fold(canonical.slice(0, canonical.length - back))),
        )
      }),
    )
  })

  test('undoes 64 blocks, and no more', () => {
    const state = new ChainState(network, () => now)
    for (let number = 1; number <= 100; number++)
      state.apply(block(number, 0, hash(number - 1, 0), [anEvent(0, number % 4, number % 6)]))
    for (let number = 100; number > 36; number--) expect(state.undo()?.number).toBe(number)
    expect(state.undo()).toBeUndefined()
    expect(state.view().streams.ledger.count).toBe(36n)
  })
})

describe('a view', () => {
  test('tells roles, relays and coinbases apart from what was', () => {
    const state = fold([
      block(1, 0, zeros, [
        bound(1, 1),
        bound(2, 1),
        log('registrar', 'RoleChanged', { idTag: hash(1, 0), role: 1, certified: true }),
        log('registrar', 'RoleChanged', { idTag: hash(2, 0), role: 2, certified: true }),
        log('registrar', 'CoinbaseSet', {
          idTag: hash(2, 0),
          coinbase: `0x${'cc'.repeat(20)}`,
          sequence: 1,
        }),
        log('registrar', 'RelaySet', {
          institution: hash(1, 0),
          account: `0x${'dd'.repeat(20)}`,
          allowed: true,
          sequence: 1,
        }),
      ]),
      block(2, 0, hash(1, 0), [
        log('registrar', 'RoleChanged', { idTag: hash(1, 0), role: 1, certified: false }),
      ]),
    ])
    const [then, now_] = [state.viewBefore(1), state.view()]
    expect([then.isRelay(`0x${'dd'.repeat(20)}`), now_.isRelay(`0x${'dd'.repeat(20)}`)]).toEqual([
      true,
      false,
    ])
    expect([then.holders('institution'), now_.holders('institution')]).toEqual([[hash(1, 0)], []])
    expect(now_.coinbases()).toEqual([`0x${'cc'.repeat(20)}`])
    expect(now_.researcherOf(`0x${'cc'.repeat(20)}`)).toBe(hash(2, 0))
  })
})

describe('a certificate', () => {
  const [from, gone] = [hash(1, 0), hash(2, 0)]
  const role = (certified: boolean): ChainLog =>
    log('registrar', 'RoleChanged', { idTag: from, role: 1, certified })
  const said = (state: ChainState): readonly unknown[] => {
    const view = state.view()
    return [view.hasRole(from, 'institution'), view.lostRole(from, 'institution')?.hash]
  }

  test('that is lost and given again in blocks that go and come says what the last chain says', () => {
    const given = block(1, 0, zeros, [role(true)])
    const lost = block(2, 0, given.hash, [role(false)])
    const again = block(3, 0, lost.hash, [role(true)])
    const state = fold([given])
    expect(said(state)).toEqual([true, undefined])
    state.apply(lost)
    expect(said(state)).toEqual([false, lost.hash])
    state.apply(again)
    expect(said(state)).toEqual([true, undefined])
    state.undo()
    expect(said(state)).toEqual([false, lost.hash])
    state.undo()
    expect(said(state)).toEqual([true, undefined])
    const later = block(2, 1, given.hash, [role(false), role(true), role(false)])
    state.apply(later)
    expect(said(state)).toEqual([false, later.hash])
    state.undo()
    state.undo()
    expect(said(state)).toEqual([false, undefined])
    expect(state.view().lostRole(gone, 'institution')).toBeUndefined()
  })
})

describe('a verifier', () => {
  test('accepts a root that was the newest in the last 2k + 1 blocks, and no older one', () => {
    const anchored = (n: number): ChainLog =>
      log('ledger', 'Anchored', {
        stewardTag: hash(1, 0),
        root: hash(n, 1),
        logRoot: hash(n, 2),
        counter: BigInt(n),
        at: 1_000,
      })
    const state = fold([
      block(1, 0, zeros, [anchored(1)]),
      block(2, 0, hash(1, 0), [anchored(2)]),
      block(3, 0, hash(2, 0), [anchored(3)]),
      ...[4, 5, 6, 7, 8].map((n) => block(n, 0, hash(n - 1, 0), [])),
    ])
    // Head 8, k = 3: blocks 2 to 8. Root 1 was replaced in block 2, so it was the newest in none of them.
    expect(
      state
        .view()
        .recentAnchors(hash(1, 0))
        .map(({ counter }) => counter),
    ).toEqual([3, 2])
  })

  test('accepts a root for 60 seconds after its successor', () => {
    const state = new ChainState({ ...network, confirmations: 0 }, () => 1_075)
    const anchored = (n: number): ChainLog =>
      log('ledger', 'Anchored', {
        stewardTag: hash(1, 0),
        root: hash(n, 1),
        logRoot: hash(n, 2),
        counter: BigInt(n),
        at: 1_000,
      })
    for (const n of [1, 2, 3]) state.apply(block(n, 0, hash(n - 1, 0), [anchored(n)]))
    // Blocks at 1,010, 1,020 and 1,030: root 1 was replaced 55 seconds ago, root 2 45 seconds ago.
    expect(
      state
        .view()
        .recentAnchors(hash(1, 0))
        .map(({ counter }) => counter),
    ).toEqual([3, 2, 1])
    const later = new ChainState({ ...network, confirmations: 0 }, () => 1_085)
    for (const n of [1, 2, 3]) later.apply(block(n, 0, hash(n - 1, 0), [anchored(n)]))
    expect(
      later
        .view()
        .recentAnchors(hash(1, 0))
        .map(({ counter }) => counter),
    ).toEqual([3, 2])
  })
})
