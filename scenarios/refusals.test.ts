import { Query, Relationship, type RelationshipState, Scopes, verifyAnswer } from '@medrec/library'
import { until } from '@medrec/node/people'
import { fromHex, type Hex, Keys, random, scopeHash, signShare, toHex } from '@medrec/protocol'
import type { Institution } from '@medrec/samples'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, clock } from '../packages/cli/src/story/Actor.ts'
import { changeBehind } from '../packages/cli/src/story/institutionDatabase.ts'
import { shortSeconds } from '../packages/cli/src/story/shortSeconds.ts'
import { untilOver } from '../packages/cli/src/story/untilOver.ts'
import {
  type Attempt,
  attempt,
  type Gate,
  gateOf,
  now,
  send,
  shareOf,
  statementOf,
  type Told,
} from './attempt.test-support.ts'
import {
  type Demo,
  found,
  introduce,
  readLabs,
  relationshipsOf,
  secondOpinion,
  shareFields,
  startDemo,
} from './demo.test-support.ts'

let demo: Demo
/** Whose records are shared, another patient of the same institution, a viewer, and somebody with no right at all */
let ada: Actor
let bo: Actor
let doctor: Actor
let mallory: Actor
let institution: Institution
let at: RelationshipState
let bosAt: RelationshipState
/** Another relationship of Ada's, at another institution */
let elsewhere: RelationshipState
let labs: Query.Result
let bosLabs: Query.Result
let gate: Gate
let otherGate: Gate
let grant: Hex
/** A share that ends while the tests run, long enough to be read before on a machine that is busy. */
let short: Hex

const fields = ['id', 'name', 'value']

beforeAll(async () => {
  demo = await startDemo()
  ada = await demo.open('layla.benali')
  bo = await demo.open('omar.haddad')
  doctor = await demo.open('ingrid.solberg')
  mallory = await demo.open('claire.brooks')
  const [adas, bos] = [relationshipsOf(ada), relationshipsOf(bo)]
  institution = found([...adas.keys()].find((key) => bos.has(key)))
  at = found(adas.get(institution))
  bosAt = found(bos.get(institution))
  elsewhere = found([...adas.values()].find(({ id }) => id !== at.id))
  gate = gateOf(ada, at.steward)
  otherGate = gateOf(ada, elsewhere.steward)
  await introduce(ada, doctor)
  await introduce(bo, doctor)
  labs = await readLabs(ada, at.id)
  bosLabs = await readLabs(bo, bosAt.id)
  const begun = performance.now()
  grant = await shareFields(ada, doctor, { ticked: ticked(at, labs) })
  expect(await readShare(doctor, grant, labs)).toMatchObject({ ok: true })
  const seconds = shortSeconds(performance.now() - begun)
  short = await shareFields(ada, doctor, { ticked: ticked(at, labs), seconds })
  const read = await readShare(doctor, short, labs)
  // A machine that stood still for all of its seconds has let it end.
  if (clock() < endOf(short)) expect(read).toMatchObject({ ok: true })
})
afterAll(() => demo.stop())

function ticked(
  { id: relationship }: RelationshipState,
  { pointer }: Query.Result,
): { relationship: Hex; pointer: Hex; fields: readonly string[] } {
  return { relationship, pointer, fields }
}

/** A request for one's own record. */
function own(state: RelationshipState, result: Query.Result, elements = fields): object {
  const query = `${result.pointer.slice(2)}?_elements=${elements.join(',')}`
  return { relationship: state.id, query, purpose: 0 }
}

/** The doctor's request for what Ada shared. */
function shared(elements = fields): object {
  return { ...own(at, labs, elements), purpose: secondOpinion, share: shareOf(ada, grant) }
}

async function tell(who: Actor, made: Attempt): Promise<Told> {
  return send(who, made)
}

describe('who has standing learns the reason', () => {
  test('(and who has the right is answered)', async () => {
    expect(await tell(doctor, attempt(doctor, gate, shared()))).toMatchObject({
      ...{ status: 200, isSigned: true },
      answer: { subject: ada.idTag, relationship: at.id },
    })
  })
  test.each<readonly [string, number, string, () => Attempt]>([
    ['one field too many', 403, 'field-not-granted', () => doctors(shared([...fields, 'unit']))],
    ['a field that is not there', 403, 'field-unknown', () => doctors(shared(['canary']))],
    ['another purpose', 403, 'purpose', () => doctors({ ...shared(), purpose: 3 })],
    ['an old version', 403, 'subject-only', () => doctors({ ...shared(), version: 1 })],
    [
      'an old version that is not kept',
      404,
      'version-none',
      () => attempt(ada, gate, { ...own(at, labs), version: labs.version + 1 }),
    ],
    [
      'another patient’s pointer, by the viewer',
      403,
      'pointer-foreign',
      () => doctors({ ...shared(), query: queryOf(bosLabs) }),
    ],
    [
      'another patient’s pointer, by a patient',
      403,
      'pointer-foreign',
      () => attempt(ada, gate, { ...own(at, labs), query: queryOf(bosLabs) }),
    ],
    [
      'a request from yesterday',
      403,
      'request-old',
      () => attempt(doctor, gate, shared(), { now: now() - 120 }),
    ],
  ])('%s', async (_, status, code, make) => {
    const told = await tell(doctor, make())
    expect(told).toMatchObject({ status, code, isSigned: true, answer: undefined })
  })
  test('a replayed request', async () => {
    const made = doctors(shared())
    expect(await tell(doctor, made)).toMatchObject({ status: 200 })
    expect(await tell(doctor, made)).toMatchObject({ status: 403, code: 'request-replayed' })
  })
  test('a closed epoch', async () => {
    const given = await shareFields(bo, doctor, { ticked: ticked(bosAt, bosLabs) })
    expect(await readShare(doctor, given, bosLabs)).toMatchObject({ ok: true })
    await (await Relationship.stopAll(bo.participant, { relationship: bosAt.id })).until('mined')
    expect(await readShare(doctor, given, bosLabs)).toMatchObject({
      ...{ code: 'epoch-closed', status: 403, signed: true },
    })
  })
})

/** Each gives a request of somebody without standing. */
const strangers: Readonly<Record<string, () => Promise<Attempt> | Attempt>> = {
  'somebody registered, without a share': () => attempt(mallory, gate, own(at, labs)),
  'somebody without keys of this network': () => {
    const keys = Keys.fromEntropy(random(16), new Uint8Array(32))
    const nobody = { ...mallory, participant: { ...mallory.participant, keys } }
    return attempt(nobody, gate, own(at, labs))
  },
  'a self-made relationship that names a victim’s pointers': async () => {
    const relationship = await proposeAsNobody()
    return attempt(mallory, gate, { ...own(at, labs), relationship })
  },
  'a self-made relationship with a stolen share': async () => ({
    ...attempt(mallory, gate, { ...shared(), relationship: toHex(random(32)) }),
  }),
  'a stolen scope': () => attempt(mallory, gate, shared()),
  'a stolen scope, rewritten for the thief': () => {
    const share = shareOf(ada, grant)
    const scope = { ...share.scope, viewer: mallory.idTag }
    const hash = scopeHash(Scopes.fromJson(scope))
    const { keys, domain } = mallory.participant
    const signature = toHex(signShare(keys.spend, domain, fromHex(share.grant), hash))
    return attempt(mallory, gate, { ...shared(), share: { ...share, scope, signature } })
  },
  'a stolen request key with the thief’s statement': () => {
    const key = Keys.requestKey(doctor.participant.keys, gate.authority, now())
    const statement = { ...statementOf(mallory, key, gate.authority), idTag: doctor.idTag }
    return attempt(doctor, gate, shared(), { key, statement })
  },
  'a stolen statement without the request key': () => {
    const key = Keys.requestKey(doctor.participant.keys, gate.authority, now())
    return attempt(doctor, gate, shared(), {
      key: Keys.requestKey(mallory.participant.keys, gate.authority, now()),
      statement: statementOf(doctor, key, gate.authority),
    })
  },
  'a request made for another institution': () =>
    attempt(doctor, gate, shared(), { audience: otherGate.authority }),
  'a statement for another institution': () => {
    const key = Keys.requestKey(doctor.participant.keys, gate.authority, now())
    const statement = statementOf(doctor, key, otherGate.authority)
    return attempt(doctor, gate, shared(), { key, statement })
  },
  'a request for another chain': () => attempt(doctor, gate, shared(), { chainId: 1 }),
  'a scope of relationship A at provider B': () => attempt(doctor, otherGate, shared()),
  'a scope of relationship A for relationship B at provider B': () =>
    attempt(doctor, otherGate, { ...shared(), relationship: elsewhere.id }),
}

describe('strangers get the same words, whatever is wrong', () => {
  const told = new Map<string, Told>()
  test.each(Object.entries(strangers))('%s', async (name, make) => {
    const answer = await tell(doctor, await make())
    expect(answer).toMatchObject({ status: 403, code: 'refused', isSigned: true })
    told.set(name, answer)
  })
  test('byte for byte, but for the signature', () => {
    expect(told.size).toBe(Object.keys(strangers).length)
    expect(new Set([...told.values()].map(({ text }) => text)).size).toBe(1)
    expect(new Set([...told.values()].map(({ headers }) => JSON.stringify(headers))).size).toBe(1)
  })
})

test('another patient’s record, forwarded as one’s own, is not believed', async () => {
  const { answer } = await tell(bo, attempt(bo, gate, own(bosAt, bosLabs)))
  const theirs = found(answer)
  const expected = {
    ...{ subject: ada.idTag, steward: at.steward, relationship: at.id, pointer: labs.pointer },
    ...{ elements: fields, version: undefined, salt: at.terms.salt, scope: undefined },
  }
  const { chain, domain } = ada.participant
  const known = {
    domain,
    anchorKey: found(chain.view().profile(at.steward)).anchorKey,
    anchors: chain.view().recentAnchors(at.steward),
    now: now(),
  }
  expect(verifyAnswer(theirs, expected, known)).toBe('OTHER_RECORD')
  const { subject, relationship, pointer } = expected
  // With Ada's name on it, the proofs lead to leaves that are not hers.
  const renamed = { ...theirs, subject, relationship, pointer }
  expect(verifyAnswer(renamed, expected, known)).toBe('HEADER_MISMATCH')
  const header = theirs.header.replace(bosLabs.pointer, pointer)
  const leaves = theirs.leaves.map((leaf) =>
    leaf.position === 0 ? { ...leaf, text: header } : leaf,
  )
  expect(verifyAnswer({ ...renamed, header, leaves }, expected, known)).toBe('RESULT_BROKEN')
  const { answer: right } = await tell(ada, attempt(ada, gate, own(at, labs)))
  expect(verifyAnswer(found(right), expected, known)).toMatchObject({
    header: { rows: labs.rows },
  })
})

test('a grant that was read while it lasted is refused once it has expired', async () => {
  await untilOver(endOf(short)) // most of it went by with the tests before
  expect(await readShare(doctor, short, labs)).toMatchObject({
    ...{ code: 'grant-expired', status: 403, signed: true },
  })
})

test('altered rows are served to nobody until the patient has seen the change', async () => {
  expect(await readShare(doctor, grant, labs)).toMatchObject({ ok: true })
  const [row] = Query.rowsOf(labs)
  const key = String(found(row)['id'])
  const file = demo.home.path('institutions', `${institution}.db`)
  expect(changeBehind(file, { institution, key, value: '4.1' })).toBe(1)
  const first = await readShare(doctor, grant, labs)
  // Whoever reads before the institution looks finds it out for her.
  expect(first).toMatchObject({ ok: false, status: 409, signed: true })
  expect(['rows-altered', 'unexplained']).toContain(first.ok ? 'ok' : first.code)
  const { updates } = at
  await until(ada.participant, () => Relationship.of(ada.participant, at.id).updates > updates)
  expect(await readShare(doctor, grant, labs)).toMatchObject({ code: 'unexplained', status: 409 })
  const seen = await readLabs(ada, at.id)
  expect(seen).toMatchObject({ version: labs.version + 1, origin: 3, reason: null })
})

function doctors(content: object): Attempt {
  return attempt(doctor, gate, content)
}

function queryOf({ pointer }: Query.Result): string {
  return `${pointer.slice(2)}?_elements=${fields.join(',')}`
}

function readShare(who: Actor, share: Hex, { pointer }: Query.Result): Promise<Query.Read> {
  return Query.read(who.participant, { grant: share, pointer, purpose: secondOpinion })
}

function endOf(share: Hex): number {
  return found(doctor.participant.summary().sharedWithMe.find(isGrant(share))).expiresAt
}

function isGrant(share: Hex): (one: { readonly grant: Hex }) => boolean {
  return (one) => one.grant === share
}

/** Anybody can put a relationship of her own on the chain; no institution knows it. */
async function proposeAsNobody(): Promise<Hex> {
  const proposed = await Relationship.propose(mallory.participant, {
    subject: ada.idTag,
    shownAtDesk: true,
  })
  await proposed.until('mined')
  expect(mallory.participant.chain.view().relationship(proposed.relationship)?.status).toBe(
    'proposed',
  )
  return proposed.relationship
}
