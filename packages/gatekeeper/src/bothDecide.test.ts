import {
  type Account,
  anyPointer,
  consentCommitment,
  type Delegation,
  delegationHash,
  type Entry,
  grantCommitment,
  ledgerDomain,
  type Operation,
  random,
  type Scope,
  scopeHash,
  signDelegation,
  signShare,
  signStatement,
  sorted,
  termsHash,
  toHex,
} from '@medrec/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Asked,
  type Delegated,
  type Given,
  gateSays,
  ledgerSays,
  maySayNo,
} from './bothAsk.test-support.ts'
import {
  type BothWorlds,
  type Case,
  freshAccount,
  openWorlds,
  schema,
} from './bothDecide.test-support.ts'

// The gatekeeper's decision (TypeScript, on its own fold of the chain) and the ledger's `canRead` (Solidity, on
// a real engine) are asked the same questions after each step of random histories. Each history asks about 400:
// FC_RUNS (100) is twice their number, so 20,000. A failure prints seed and path at once, not made smaller; FC_SEED
// brings it back.
const histories = Math.ceil(Number(process.env['FC_RUNS'] ?? 100) / 2)

let worlds: BothWorlds
beforeAll(async () => {
  worlds = await openWorlds()
})
afterAll(() => worlds.close())

type Wrong = 'nothing' | 'subject' | 'steward' | 'index' | 'signer' | 'consent signer' | 'scope'
const pick = fc.nat(1)
/** The first one most of the time. */
const usually = <T>(one: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(one) }, fc.constantFrom(one, ...others))
const rarely = (most: number): fc.Arbitrary<boolean> => fc.nat(most).map((one) => one === 0)
const entry = fc.record({
  pointer: fc.constantFrom('first' as const, 'second' as const, 'all' as const),
  category: usually(undefined, 5, 6),
  schema: usually(schema, 8),
  catalogue: usually(2, 1, 3),
  mask: fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constantFrom(7, 15)),
})
const delegation = fc.record({
  delegate: usually(1, 2),
  rights: usually(3, 1, 2, 0, 7),
  categories: usually(0b110_0000, 0b10_0000, 0b100_0000, 0, 0xffff_ffff),
  epoch: usually(0, 1),
  notBefore: usually(-60, 5),
  wrong: usually<
    'nothing' | 'subject' | 'steward' | 'index' | 'signer' | 'widened' | 'relationship'
  >('nothing', ...(['subject', 'steward', 'index', 'signer', 'widened', 'relationship'] as const)),
})
const share = fc.record({
  /** By whom it was shared: the subject, or a delegate of hers. */
  delegation: fc.option(delegation, { nil: undefined, freq: 1 }),
  relationship: pick,
  viewer: fc.constantFrom(1, 2),
  epoch: usually(0, 1),
  purposes: fc.oneof(fc.constant(7), fc.integer({ min: 1, max: 7 })),
  notBefore: fc.oneof(fc.constant(-60), fc.integer({ min: 0, max: 15 })),
  entries: fc.array(entry, { minLength: 1, maxLength: 4 }),
  wrong: usually<Wrong>(
    'nothing',
    ...(['subject', 'steward', 'index', 'signer', 'consent signer', 'scope'] as const),
  ),
})
const step = fc.oneof(
  fc.record({ do: fc.constantFrom('propose' as const, 'accept' as const), at: pick }),
  fc.record({ do: fc.constant('end' as const), at: pick, to: fc.constantFrom(3, 4, 5) }),
  fc.record({ do: fc.constant('stopAll' as const), at: pick, to: fc.integer({ min: 0, max: 3 }) }),
  fc.record({
    do: fc.constantFrom(
      'grant' as const,
      'grant' as const,
      'consent' as const,
      'delegate' as const,
    ),
    at: fc.nat(3),
    life: fc.integer({ min: -1, max: 60 }),
    sequence: usually(2, 1, 3, 65_535),
  }),
  fc.record({
    do: fc.constantFrom('revoke' as const, 'revokeConsent' as const, 'revokeDelegation' as const),
    at: fc.nat(3),
  }),
  fc.record({ do: fc.constantFrom('wait' as const, 'anchor' as const), at: fc.nat(20) }),
  fc.record({ do: fc.constant('certify' as const), at: fc.nat(2) }),
  fc.record({
    do: fc.constantFrom(...(['seeRevoked', 'seeClosed', 'seeStopped', 'seeUndelegated'] as const)),
    at: fc.nat(3),
  }),
)
const question = fc.record({
  share: fc.nat(3),
  relationship: usually<number | null>(null, 0, 1),
  pointer: usually(0, 1, 2),
  mask: fc.oneof(fc.constantFrom(1, 2, 4, 8), fc.integer({ min: 1, max: 15 })),
  purpose: fc.nat(2),
  thief: rarely(9),
  alone: rarely(2),
  skew: fc.oneof(fc.constantFrom(0, -15, 15), fc.integer({ min: -15, max: 15 })),
  freshBy: fc.constantFrom('block' as const, 'heartbeat' as const),
})
const history = fc.record({
  dual: fc.tuple(fc.boolean(), fc.boolean()),
  unexplained: rarely(5),
  opened: rarely(9).map((not) => !not),
  /** Seconds of the first grants. */
  life: fc.constantFrom(12, 20, 60),
  shares: fc.array(share, { minLength: 4, maxLength: 4 }),
  steps: fc.array(fc.record({ step, forged: rarely(11) }), { minLength: 4, maxLength: 10 }),
  questions: fc.array(question, { minLength: 50, maxLength: 50 }),
})
type History = typeof history extends fc.Arbitrary<infer T> ? T : never
type Step = History['steps'][number]['step']

/** What was said, so that a test that compares nothing is noticed. */
const said = { both: 0, neither: 0, ledgerAlone: 0 }

test('the gatekeeper never reads where the ledger says no, and says no alone for named reasons only', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (chosen) => {
      const [cases, shares] = await opening(chosen)
      await ask(chosen, cases, shares)
      for (const { step: next, forged } of chosen.steps) {
        await take(next, forged ? freshAccount() : undefined, cases, shares)
        await ask(chosen, cases, shares)
      }
    }),
    { numRuns: histories, endOnFailure: true },
  )
  const all = said.both + said.neither + said.ledgerAlone
  expect(all).toBeGreaterThan(histories * 350)
  expect(said.both / all).toBeGreaterThan(0.02)
  expect(said.neither / all).toBeGreaterThan(0.2)
  expect(said.ledgerAlone).toBeGreaterThan(0)
})

/** Two relationships of one patient and four shares; most histories begin with all of them in force. */
async function opening(chosen: History): Promise<readonly [readonly Case[], readonly Given[]]> {
  await worlds.certify(true)
  const cases = chosen.dual.map((dual) => worlds.open(dual ? 1 : 0, chosen.unexplained))
  await worlds.anchor()
  const shares = chosen.shares.map((one) => given(one, cases[one.relationship] as Case))
  if (!chosen.opened) return [cases, shares]
  const records = cases.flatMap((one) =>
    (['propose', 'accept'] as const).map((kind) => relation(kind, one, {}, undefined)),
  )
  const grants = shares.flatMap((one) => [
    slot('grant', one, chosen.life, 1, undefined),
    slot('consent', one, 40, 1, undefined),
    ...(one.delegated ? [slot('delegate', one, chosen.life + 5, 1, undefined)] : []),
  ])
  await worlds.send([...records, ...grants], 1)
  return [cases, shares]
}

function given(chosen: History['shares'][number], of: Case): Given {
  const { wrong } = chosen
  const [grant, consentSlot] = [freshAccount(), freshAccount()]
  const pointerOf = { first: of.pointers[0]?.id, second: of.pointers[1]?.id, all: anyPointer }
  const entries: Entry[] = chosen.entries.map((one) => ({
    ...one,
    category: one.category ?? (one.pointer === 'second' ? 6 : 5),
    pointer: pointerOf[one.pointer] as Uint8Array,
    mask: BigInt(one.mask),
  }))
  const scope: Scope = {
    subject: wrong === 'subject' ? random(32) : of.terms.subjectTag,
    steward: wrong === 'steward' ? worlds.net.clinic.idTag : of.terms.stewardTag,
    viewer: (worlds.people[chosen.viewer] as { idTag: Uint8Array }).idTag,
    relationship: of.id,
    epoch: chosen.epoch,
    index: wrong === 'index' ? random(32) : of.row.indexKey,
    purposes: chosen.purposes,
    notBefore: worlds.state.head.time + chosen.notBefore,
    salt: random(32),
    entries: sorted(unique(entries)),
  }
  const hash = scopeHash(scope)
  const delegated = chosen.delegation && delegatedIn(chosen.delegation, of)
  const sharer = delegated ? keysOf(delegated.delegate) : of.subject
  const domain = ledgerDomain(worlds.net.network)
  const statement = { slot: consentSlot.address, grant: grant.address, scope: hash }
  const signer = wrong === 'consent signer' ? freshAccount() : of.consent
  return {
    of,
    grant,
    consentSlot,
    viewer: chosen.viewer,
    scope: wrong === 'scope' ? { ...scope, purposes: scope.purposes ^ 7 || 7 } : scope,
    hash,
    share: signShare(wrong === 'signer' ? freshAccount() : sharer, domain, grant.address, hash),
    delegated,
    consent: signStatement(signer, domain, 'Consent', statement),
  }
}

function keysOf(person: number): Account {
  return (worlds.people[person] as { keys: { identity: Account } }).keys.identity
}

function delegatedIn(
  { wrong, delegate, ...chosen }: NonNullable<History['shares'][number]['delegation']>,
  of: Case,
): Delegated {
  const slotKey = freshAccount()
  const made: Delegation = {
    subject: wrong === 'subject' ? random(32) : of.terms.subjectTag,
    steward: wrong === 'steward' ? worlds.net.clinic.idTag : of.terms.stewardTag,
    delegate: (worlds.people[delegate] as { idTag: Uint8Array }).idTag,
    relationship: wrong === 'relationship' ? random(32) : of.id,
    epoch: chosen.epoch,
    index: wrong === 'index' ? random(32) : of.row.indexKey,
    rights: chosen.rights,
    categories: chosen.categories,
    notBefore: worlds.state.head.time + chosen.notBefore,
    salt: random(32),
  }
  const hash = delegationHash(made)
  const domain = ledgerDomain(worlds.net.network)
  const signer = wrong === 'signer' ? keysOf(delegate) : of.subject
  return {
    slot: slotKey,
    delegation: wrong === 'widened' ? { ...made, categories: 0xff, rights: 3 } : made,
    hash,
    signature: signDelegation(signer, domain, slotKey.address, hash),
    delegate,
  }
}

/** At most one entry for each pointer, category and schema, as the protocol asks. */
function unique(entries: readonly Entry[]): readonly Entry[] {
  const name = ({ pointer, category, schema: of }: Entry): string =>
    `${toHex(pointer)} ${category} ${of}`
  return [...new Map(entries.map((one) => [name(one), one])).values()]
}

async function ask(
  { questions }: History,
  cases: readonly Case[],
  shares: readonly Given[],
): Promise<void> {
  const asked = questions.map((one): Asked => {
    const shared = shares[one.share] as Given
    const of = one.relationship === null ? shared.of : (cases[one.relationship] as Case)
    const pointers = [
      ...shared.of.pointers,
      (cases.find((other) => other !== shared.of) as Case).pointers[0],
    ]
    return { ...one, of, share: shared, pointer: pointers[one.pointer] as Asked['pointer'] }
  })
  const ledger = await Promise.all(asked.map((one) => ledgerSays(worlds, one)))
  for (const [i, one] of asked.entries()) {
    const gate = gateSays(worlds, one)
    const [reads, allows] = [gate === 'allow', ledger[i] === 0]
    if (reads && !allows) expect({ gate, ledger: ledger[i] }).toEqual({ gate, ledger: 0 })
    if (!reads && allows)
      expect({ gate, isNamed: maySayNo(worlds, one, gate) }).toEqual({ gate, isNamed: true })
    said[reads ? 'both' : allows ? 'ledgerAlone' : 'neither']++
  }
}

async function take(
  next: Step,
  forger: Account | undefined,
  cases: readonly Case[],
  shares: readonly Given[],
): Promise<void> {
  const of = cases[next.at % 2] as Case
  const shared = shares[next.at % 4] as Given
  switch (next.do) {
    case 'propose':
    case 'accept':
      return worlds.send([relation(next.do, of, {}, forger)], 1)
    case 'end':
      return worlds.send([relation('end', of, { status: next.to as 3 | 4 | 5 }, forger)], 2)
    case 'stopAll':
      return worlds.send([relation('stopAll', of, { epoch: next.to }, forger)], 2)
    case 'grant':
    case 'consent':
    case 'delegate':
      if (next.do === 'delegate' && !shared.delegated) return undefined
      return worlds.send([slot(next.do, shared, next.life, next.sequence, forger)], 3)
    case 'revoke':
    case 'revokeConsent':
    case 'revokeDelegation': {
      const signer = keyFor(next.do, shared)
      const operation: Operation = { kind: 'revoke', key: signer.address }
      return worlds.send([worlds.signed(operation, forger ?? signer)], 1)
    }
    case 'wait':
      return worlds.send([Uint8Array.of(7)], next.at)
    case 'anchor':
      return worlds.state.view().hasRole(worlds.net.hospital.tag, 'institution')
        ? worlds.anchor()
        : undefined
    case 'certify':
      return worlds.certify(next.at > 0)
    default:
      see(next.do, of, shared)
  }
}

function keyFor(what: 'revoke' | 'revokeConsent' | 'revokeDelegation', shared: Given): Account {
  if (what === 'revokeDelegation') return shared.delegated?.slot ?? shared.grant
  return what === 'revoke' ? shared.grant : shared.consentSlot
}

/** What the gatekeeper was told of before the chain. */
function see(
  what: 'seeRevoked' | 'seeClosed' | 'seeStopped' | 'seeUndelegated',
  of: Case,
  shared: Given,
): void {
  const rest = { record: new Uint8Array(0), seenAt: worlds.now }
  if (what === 'seeRevoked')
    worlds.seen.keep({ kind: 'grant', key: shared.grant.address, number: 0, ...rest })
  else if (what === 'seeUndelegated')
    worlds.seen.keep({
      kind: 'grant',
      key: keyFor('revokeDelegation', shared).address,
      number: 0,
      ...rest,
    })
  else if (what === 'seeClosed')
    worlds.seen.keep({ kind: 'relationship', key: of.id, number: 4, ...rest })
  else worlds.seen.keep({ kind: 'epoch', key: of.id, number: 1, ...rest })
}

function relation(
  kind: 'propose' | 'accept' | 'end' | 'stopAll',
  of: Case,
  more: { status?: 3 | 4 | 5; epoch?: number },
  forger: Account | undefined,
): Uint8Array {
  const { row, terms } = of
  const operation = {
    kind,
    steward: row.stewardController,
    subject: row.subjectController,
    termsHash: termsHash(terms),
    deadline: worlds.deadline(),
    ...more,
  } as Operation
  const bySteward = kind === 'propose' || more.status === 5
  return worlds.signed(operation, forger ?? (bySteward ? of.steward : of.subject))
}

function slot(
  kind: 'grant' | 'consent' | 'delegate',
  given: Given,
  life: number,
  sequence: number,
  forger: Account | undefined,
): Uint8Array {
  const { signer, commitment } = slotOf(kind, given)
  const operation: Operation = {
    kind: 'grant',
    key: signer.address,
    expiresAt: worlds.state.head.time + life,
    sequence,
    commitment,
    deadline: worlds.deadline(),
  }
  return worlds.signed(operation, forger ?? signer)
}

function slotOf(
  kind: 'grant' | 'consent' | 'delegate',
  { grant, consentSlot, delegated, hash }: Given,
): { signer: Account; commitment: Uint8Array } {
  if (kind === 'delegate' && delegated)
    return { signer: delegated.slot, commitment: grantCommitment(delegated.hash) }
  return kind === 'consent'
    ? { signer: consentSlot, commitment: consentCommitment(hash, consentSlot.address) }
    : { signer: grant, commitment: grantCommitment(hash) }
}
