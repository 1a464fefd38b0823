import {
  accountOf,
  type Delegation as Content,
  delegationHash,
  fromHex,
  type Hex,
  random,
  scopeHash,
  signDelegation,
  signShare,
  toHex,
} from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Contact from '../../library/src/Contact.ts'
import * as DelegatedShare from '../../library/src/DelegatedShare.ts'
import * as Delegation from '../../library/src/Delegation.ts'
import { type Opened, until } from '../../library/src/network.test-support.ts'
import * as Proof from '../../library/src/Proof.ts'
import * as Query from '../../library/src/Query.ts'
import * as Relationship from '../../library/src/Relationship.ts'
import * as Scopes from '../../library/src/Scopes.ts'
import type { Someone } from '../../library/src/someone.test-support.ts'
import { verifyProof } from '../../library/src/verifyProof.ts'
import {
  attempt,
  controllerOf,
  domain,
  now,
  ownLabs,
  post,
  type Scene,
  setScene,
  shareOf,
} from './attempt.test-support.ts'
import { someEnrolled } from './gate.test-support.ts'

// Ada lets Maria read and share her test results, and Nils read them; Maria shares them with a doctor.
let scene: Scene
let ada: Scene['ada']
let [mariasKeys, maria, nils]: [Someone?, Opened?, Opened?] = []
let [slot, readOnly, passedOn]: Hex[] = []
const family = 2

beforeAll(async () => {
  scene = await setScene()
  ;({ ada } = scene)
  mariasKeys = await scene.net.register()
  maria = await scene.net.open(mariasKeys)
  nils = await scene.net.open(await scene.net.register())
  await befriend(ada.patient, maria)
  await befriend(ada.patient, nils)
  await befriend(maria, scene.doctor)
  slot = await give(maria, true)
  readOnly = await give(nils, false)
})
afterAll(() => scene.close())

async function befriend(one: Opened, other: Opened): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    await until(from, () => from.peer(to.me()?.idTag ?? '0x') !== undefined)
    await (await Contact.add(from, { card: Contact.card(to, 'Somebody') })).until('mined')
  }
}

async function give(to: Opened, mayShare: boolean): Promise<Hex> {
  const given = await Delegation.give(ada.patient, {
    relationship: ada.relationship,
    delegate: to.me()?.idTag as Hex,
    categories: [5],
    mayShare,
    expiresAt: now() + 3_600,
  })
  await given.until('final')
  await until(to, () => to.summary().actingFor.length === 1)
  const { chain } = scene.gate.participant
  await until(scene.gate.participant, () => chain.view().grant(given.slot) !== undefined)
  return given.slot
}

const who = (person: Opened | undefined): Opened => person as Opened
const subjectTag = (): Hex => ada.patient.me()?.idTag as Hex
const contentOf = (): Content =>
  (Delegation.listGiven(ada.patient).find((one) => one.slot === slot) as { delegation: Content })
    .delegation

/** A delegation as it is presented, signed by Ada's controller unless somebody else is named. */
function presented(
  change: Partial<Content> = {},
  by = controllerOf(ada),
  at: Hex = slot as Hex,
): object {
  const delegation = { ...contentOf(), ...change }
  const hash = delegationHash(delegation)
  const hexed = Object.entries(delegation).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? toHex(value) : value,
  ])
  return {
    slot: at,
    signature: toHex(signDelegation(by, domain(), fromHex(at), hash)),
    delegation: Object.fromEntries(hexed) as object,
  }
}

const told = async (person: Opened | undefined, content: object): Promise<string> => {
  const { code } = await post(attempt(who(person), content))
  return code === 'refused' ? `refused: ${scene.codes.at(-1)}` : code || 'answered'
}

describe('a delegate’s access is explained by what he presents', () => {
  const by = { id: 'it', name: 'IT', role: 'it' } as const
  const explained = async (
    person: Opened | undefined,
    delegation: unknown,
    resource = 'labs',
  ): Promise<readonly unknown[]> => {
    const viewer = who(person).me()?.idTag as Hex
    const { outcome } = await scene.gate.gatekeeper.explain({
      ...{ relationship: ada.relationship, viewer, kind: 'query', resource, purpose: family },
      ...{ delegation, by },
    })
    return [outcome.decision, outcome.basis.kind]
  }

  test('as it is decided', async () => {
    const shown = Delegation.presented(Delegation.actingBy(who(maria), slot as Hex))
    expect(JSON.parse(JSON.stringify(shown))).toEqual(presented())
    expect(await explained(maria, shown)).toEqual(['allow', 'delegation'])
    expect(await explained(maria, shown, 'visits')).toEqual(['delegation-rights', 'delegation'])
    expect(await explained(maria, undefined)).toEqual(['refused', 'registration'])
  })

  test('as refused when it is not hers, or not signed by the patient', async () => {
    expect(await explained(nils, presented())).toEqual(['refused', 'delegation'])
    const forged = presented({ categories: 0xffff_ffff }, accountOf(random(32)))
    expect(await explained(maria, forged)).toEqual(['refused', 'delegation'])
    const changed = { ...presented(), slot: readOnly }
    expect(await explained(maria, changed)).toEqual(['refused', 'delegation'])
  })

  test('and not at all by what is no delegation', async () => {
    for (const wrong of [{}, 'x', { ...presented(), signature: '0x00' }])
      await expect(explained(maria, wrong)).rejects.toThrow('no such delegation')
  })
})

describe('a delegate', () => {
  test('reads what the subject lets her, and is told of nothing else', async () => {
    const source = { delegation: slot as Hex }
    const index = await Query.index(who(maria), source)
    expect(index.ok && index.index.pointers.map(({ pointer }) => pointer)).toEqual([ada.labs])
    const read = await Query.read(who(maria), { ...source, pointer: ada.labs, purpose: family })
    const names = read.ok && read.result.columns.map(({ name }) => name)
    expect(names).toEqual(['id', 'date', 'code', 'value', 'final'])
    if (!read.ok) throw new Error(read.code)
    const { rpc } = scene.net
    const proof = await Proof.of(who(maria), { source, exchange: read.exchange, rpc })
    expect(verifyProof(proof)).toMatchObject({ ok: true, content: { subject: subjectTag() } })
  })

  test('shares it; subject, institution and viewer see by whom, and the viewer reads', async () => {
    const granted = await DelegatedShare.grant(who(maria), {
      delegation: slot as Hex,
      viewer: scene.doctor.me()?.idTag as Hex,
      entries: shareOf(ada).scope.entries,
      purposes: [1],
      expiresAt: now() + 3_600,
    })
    passedOn = granted.grant
    await granted.until('final')
    const isIt = ({ grant }: { grant: Hex }): boolean => grant === passedOn
    const { doctor, gate } = scene
    await until(doctor, () => doctor.summary().sharedWithMe.some(isIt))
    const shares = (of: Opened) => of.summary().relationships.flatMap((one) => one.shares)
    for (const side of [ada.patient, gate.participant])
      await until(side, () => shares(side).find(isIt)?.by?.slot === slot)
    expect(Delegation.listGiven(ada.patient)[0]?.shares.map(({ grant }) => grant)).toEqual([
      passedOn,
    ])
    const options = { pointer: ada.labs, elements: ['value'], purpose: 1 }
    expect(await Query.read(doctor, { grant: passedOn, ...options })).toMatchObject({ ok: true })
  })

  test('is named in the log with whom she acts for, and so is who read what she shared', async () => {
    const log = await Query.readLog(ada.patient, { relationship: ada.relationship })
    const reads = (log.ok ? log.lines : [])
      .map(({ text }) => JSON.parse(text) as { kind: string; who: { idTag: Hex }; delegate?: Hex })
      .filter(({ kind, delegate }) => kind === 'read' && delegate !== undefined)
    const tag = maria?.me()?.idTag
    expect(reads.map(({ who: { idTag }, delegate }) => [idTag, delegate])).toEqual([
      [tag, tag],
      [scene.doctor.me()?.idTag, tag],
    ])
  })
})

describe('she is refused', () => {
  test.each<[string, string, () => object]>([
    [
      'another category',
      'delegation-rights',
      () => ({ query: `${ada.visits.slice(2)}?_elements=date` }),
    ],
    ['a former version', 'subject-only', () => ({ version: 1 })],
    [
      'what she widened herself',
      'refused: delegation-signature',
      () => ({ delegation: presented({ categories: 0xffff }, maria?.keys.identity) }),
    ],
    [
      "another content of the subject's under the same slot",
      'delegation-mismatch',
      () => ({ delegation: presented({ categories: 0xffff }) }),
    ],
    [
      'a delegation that is on no chain',
      'delegation-none',
      () => ({ delegation: presented({}, controllerOf(ada), toHex(random(20))) }),
    ],
    [
      'a delegation of another relationship',
      'refused: delegation-signature',
      () => ({
        relationship: scene.bo.relationship,
        query: `${scene.bo.labs.slice(2)}?_elements=value`,
      }),
    ],
    [
      "another patient's record",
      'pointer-foreign',
      () => ({ query: `${scene.bo.labs.slice(2)}?_elements=value` }),
    ],
  ])('%s: %s', async (_, code, change) => {
    expect(await told(maria, { ...ownLabs(), delegation: presented(), ...change() })).toBe(code)
  })

  test('the same request twice', async () => {
    const made = attempt(who(maria), { ...ownLabs(), delegation: presented() })
    expect((await post(made)).status).toBe(200)
    expect((await post(made)).code).toBe('request-replayed')
  })

  test('the access log', async () => {
    const content = { relationship: ada.relationship, delegation: presented() }
    const key = attempt(who(maria), content, { path: '/log' })
    expect((await post(key, '/log')).status).toBe(403)
  })
})

describe('nobody else gets in by it', () => {
  test('who presents it for himself', async () => {
    const mallory = await scene.net.open(await scene.net.register())
    const content = { ...ownLabs(), delegation: presented() }
    expect(await told(mallory, content)).toBe('refused: delegation-of-another')
    expect(await told(nils, content)).toBe('refused: delegation-of-another')
  })

  test('a delegate of the delegate: only the subject signs one', async () => {
    const mallory = await scene.net.open(await scene.net.register())
    const delegate = fromHex(mallory.me()?.idTag as Hex)
    for (const by of [maria?.keys.identity, maria?.keys.spend])
      expect(await told(mallory, { ...ownLabs(), delegation: presented({ delegate }, by) })).toBe(
        'refused: delegation-signature',
      )
  })

  test('the viewer of one who may only read', async () => {
    const viewer = scene.doctor
    const scope = {
      ...Scopes.fromJson(shareOf(ada).scope),
      viewer: fromHex(viewer.me()?.idTag as Hex),
    }
    const key = accountOf(random(32))
    const signature = signShare(who(nils).keys.identity, domain(), key.address, scopeHash(scope))
    const given = Delegation.listGiven(ada.patient).find((one) => one.slot === readOnly)
    const share = {
      ...{ grant: toHex(key.address), signature: toHex(signature) },
      scope: Scopes.toJson(scope),
    }
    const delegation = presented(given?.delegation, controllerOf(ada), readOnly)
    expect(await told(viewer, { ...ownLabs(), purpose: 1, share, delegation })).toBe(
      'delegation-rights',
    )
  })

  test("who shows a delegate's share without the delegation, or with another's", async () => {
    const { by: _, ...kept } = scene.doctor
      .summary()
      .sharedWithMe.find(({ grant }) => grant === passedOn) as never as {
      by: unknown
      grant: Hex
      signature: Hex
      scope: Parameters<typeof Scopes.toJson>[0]
    }
    const share = { grant: kept.grant, signature: kept.signature, scope: Scopes.toJson(kept.scope) }
    const content = { ...ownLabs(), purpose: 1, share }
    expect(await told(scene.doctor, content)).toBe('refused: share-signature')
    const delegation = presented({ delegate: fromHex(nils?.me()?.idTag as Hex) })
    expect(await told(scene.doctor, { ...content, delegation })).toBe('refused: share-signature')
  })

  test('a relationship of dual consent has no delegates', async () => {
    const dual = await someEnrolled(scene.net, scene.gate, { accept: true, policy: 'dualConsent' })
    const options = { categories: [5], mayShare: false, expiresAt: now() + 60 }
    const delegate = maria?.me()?.idTag as Hex
    const given = Delegation.give(dual.patient, {
      ...{ relationship: dual.relationship, delegate, ...options },
    })
    await expect(given).rejects.toThrow('nobody can act for you')
  })
})

describe('it ends', () => {
  test('at once when the subject ends it, with all that was shared by it', async () => {
    const seen = scene.gate.event(({ type }) => type === 'revocation')
    const ended = await Delegation.end(ada.patient, { slot: slot as Hex, reason: 'Moved away.' })
    await seen
    const own = { ...ownLabs(), delegation: presented() }
    expect(await told(maria, own)).toBe('delegation-revoked')
    const options = { grant: passedOn as Hex, pointer: ada.labs, elements: ['value'], purpose: 1 }
    expect(await Query.read(scene.doctor, options)).toMatchObject({ code: 'delegation-revoked' })
    await ended.until('final')
    await until(who(maria), () => maria?.summary().actingFor[0]?.status === 'revoked')
    await until(scene.doctor, () =>
      scene.doctor.summary().sharedWithMe.some(({ status }) => status === 'stopped'),
    )
  })

  test('and whoever comes back from 12 words finds it ended', async () => {
    const again = await scene.net.open(mariasKeys as Someone)
    expect(again.summary().actingFor).toMatchObject([
      { slot, status: 'revoked', reason: 'Moved away.', shares: [{ grant: passedOn }] },
    ])
    expect(() => Delegation.actingBy(again, slot as Hex)).toThrow('has ended')
    expect(Delegation.listGiven(ada.patient)).toMatchObject([
      { slot, status: 'revoked' },
      { slot: readOnly, status: 'live' },
    ])
  })

  test('with everything else when she stops all', async () => {
    const seen = scene.gate.event(({ type }) => type === 'revocation')
    await Relationship.stopAll(ada.patient, { relationship: ada.relationship })
    await seen
    const options = { delegation: readOnly as Hex, pointer: ada.labs, purpose: family }
    expect(await Query.read(who(nils), { ...options, elements: ['value'] })).toMatchObject({
      code: 'epoch-closed',
    })
  })
})
