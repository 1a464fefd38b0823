import {
  type Account,
  accountOf,
  encodeRecord,
  fromHex,
  type Hex,
  Keys,
  ledgerDomain,
  type Operation,
  random,
  schemaId,
  termsHash,
  toHex,
  uint,
} from '@medrec/protocol'
import { openNodeDatabase } from '@medrec/records/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Opened, until } from '../../library/src/network.test-support.ts'
import * as Share from '../../library/src/Share.ts'
import {
  attempt,
  controllerOf,
  post,
  type Scene,
  setScene,
  sharedLabs,
  shareOf,
} from './attempt.test-support.ts'
import type { Enrolment } from './gate.test-support.ts'
import { PendingEndings } from './PendingEndings.ts'
import { endingsIn } from './query/endings.ts'

let scene: Scene
let hospital: Opened

beforeAll(async () => {
  scene = await setScene()
  hospital = scene.gate.participant
  await scene.gate.idle()
  await scene.net.rpc.request('evm_setAutomine', [false])
})
afterAll(() => scene.close())

const domain = () => ledgerDomain(scene.net.network)
const mine = async (): Promise<void> => {
  await scene.net.rpc.request('evm_mine', [])
  await hospital.chain.refresh()
}
const ask = async (grant = scene.grant): Promise<string> => {
  const share = shareOf(scene.ada, grant)
  const { status, code } = await post(attempt(scene.doctor, { ...sharedLabs(), share }))
  return `${code} ${status}`.trim()
}
const isMined = (grant: Hex): boolean => hospital.chain.view().grant(grant)?.revoked === true
/** Resolves when the gatekeeper has seen an ending. */
const seen = (): Promise<unknown> => scene.gate.event(({ type }) => type === 'revocation')

/** The key of a grant of hers, as her own app derives it. */
function keyOf(grant: Hex): Account {
  const { keys } = scene.ada.patient
  const key = Array.from({ length: 32 }, (_, i) =>
    Keys.grantKey(keys, fromHex(scene.ada.relationship, 32), uint(i, 16)),
  ).find(({ address }) => toHex(address) === grant)
  if (!key) throw new Error('the grant is not of this relationship')
  return key
}

/** What names a relationship in an operation. */
function partiesOf({ patient, relationship }: Enrolment): {
  readonly steward: Uint8Array
  readonly subject: Uint8Array
  readonly termsHash: Uint8Array
} {
  const state = patient.summary().relationships.find(({ id }) => id === relationship)
  if (!state) throw new Error('no such relationship')
  const { steward, subject } = state.controllers
  return {
    steward: fromHex(steward, 20),
    subject: fromHex(subject, 20),
    termsHash: termsHash(state.terms),
  }
}

/** Shares the labs with the doctor again; resolves when the grant waits for its block. */
async function grantAgain(): Promise<Hex> {
  const { patient, relationship, labs } = scene.ada
  const schema = schemaId('clinic/labs')
  const granted = await Share.grant(patient, {
    ...{ relationship, viewer: scene.doctor.me()?.idTag ?? '0x', purposes: [1] },
    entries: [{ pointer: labs, category: 5, schema, catalogue: 1, mask: '0xa' }],
    expiresAt: Math.floor(Date.now() / 1000) + 3_600,
  })
  await until(patient, () => granted.state() === 'seen')
  return granted.grant
}

/** Resolves once her own client shows a share. */
const isListed = (grant: Hex): Promise<void> =>
  until(scene.ada.patient, () =>
    Share.listMine(scene.ada.patient).some((share) => share.grant === grant),
  )

const revocationOf = (grant: Hex, by: Account): Uint8Array =>
  encodeRecord({ kind: 'revoke', key: fromHex(grant, 20) }, by, domain())

test('a batch is cut up as the ledger does, and no further', () => {
  const key = accountOf(random(32))
  const revoke = encodeRecord({ kind: 'revoke', key: key.address }, key, domain())
  const notes = Uint8Array.from([0x17, ...new Uint8Array(400)])
  const tags = Uint8Array.from([8, 0, 1, ...new Uint8Array(8)])
  const padding = Uint8Array.of(7)
  const joined = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts)
  const count = (batch: Uint8Array): number => endingsIn(batch).length
  expect(count(joined(padding, notes, tags, revoke, padding, revoke))).toBe(2)
  expect(count(joined(Uint8Array.of(15), revoke))).toBe(0)
  expect(count(joined(revoke, revoke.slice(0, -1)))).toBe(1)
  expect(count(joined(Uint8Array.from([0x18, 0, 1]), revoke))).toBe(0)
  expect(count(Uint8Array.of(8, 0))).toBe(0)
  expect(count(new Uint8Array(0))).toBe(0)
})

test('what would fill the memory waits for its block instead', async () => {
  const told: string[] = []
  let tell = (_: Hex): void => undefined
  let isTold = (): void => undefined
  const chain = { ...scene.gate.participant.chain, view: () => ({ grant: () => ({}) }) }
  const parts = {
    ...{ chain, domain: domain(), clock: () => 1, map: { relationship: () => undefined } },
    seen: { isRevoked: () => false, keep: ({ key }: { key: Uint8Array }) => told.push(toHex(key)) },
    emit: () => isTold(),
  }
  const endings = new PendingEndings(parts as never, {
    onPending: (listener) => {
      tell = listener
      return () => undefined
    },
    subscribe: () => () => undefined,
  })
  const [late, known] = [accountOf(random(32)), accountOf(random(32))]
  const revoke = (by: Account): Hex =>
    toHex(encodeRecord({ kind: 'revoke', key: by.address }, by, domain()))
  const filled = `0x${'07'.repeat(130_000)}` as const
  for (let i = 0; i < 40; i++) tell(filled)
  tell(`${filled}${revoke(late).slice(2)}`)
  while (told.length === 0) {
    const heard = new Promise<void>((resolve) => {
      isTold = resolve
    })
    // Once there is room again.
    tell(revoke(known))
    await Promise.race([heard, new Promise((next) => setImmediate(next))])
  }
  expect(told).not.toContain(toHex(late.address))
  await endings.close()
})

/** An ending that the subject signs. */
const endingOf = (
  of: Enrolment,
  ending: { kind: 'stopAll'; epoch: number } | { kind: 'end'; status: 4 },
): Uint8Array => encodeRecord({ ...partiesOf(of), ...ending }, controllerOf(of), domain())

test('one that somebody else signed stops nothing, whether it waits or is mined', async () => {
  const stranger = accountOf(random(32))
  const forged: readonly Operation[] = [
    { kind: 'revoke', key: fromHex(scene.grant, 20) },
    { ...partiesOf(scene.ada), kind: 'stopAll', epoch: 9 },
    { ...partiesOf(scene.ada), kind: 'end', status: 4 },
  ]
  for (const operation of forged)
    await scene.net.relay.send(encodeRecord(operation, stranger, domain()))
  // Another patient's ending, seen after them, tells that they were looked at.
  const heard = seen()
  await scene.net.relay.send(endingOf(scene.bo, { kind: 'stopAll', epoch: 1 }))
  await heard
  expect(await ask()).toBe('200')
  await mine()
  expect(await ask()).toBe('200')
})

test('a revocation refuses while it waits for its block, after a restart, and when it is dropped', async () => {
  expect(await ask()).toBe('200')
  const heard = seen()
  const hash = await scene.net.relay.send(revocationOf(scene.grant, keyOf(scene.grant)))
  await heard
  expect([await ask(), isMined(scene.grant)]).toEqual(['grant-revoked 403', false])
  await scene.net.rpc.request('anvil_dropTransaction', [hash])
  await mine()
  expect([await ask(), isMined(scene.grant)]).toEqual(['grant-revoked 403', false])
  await scene.gate.reopen()
  expect([await ask(), isMined(scene.grant)]).toEqual(['grant-revoked 403', false])
})

test('one that came while the gatekeeper was off is asked for', async () => {
  const grant = await grantAgain()
  await mine()
  await isListed(grant)
  expect(await ask(grant)).toBe('200')
  await scene.gate.whileClosed(() => scene.net.relay.send(revocationOf(grant, keyOf(grant))))
  const heard = seen() // or it was seen before we could listen
  if ((await ask(grant)) === '200') await heard
  expect([await ask(grant), isMined(grant)]).toEqual(['grant-revoked 403', false])
  await mine()
  expect([await ask(grant), isMined(grant)]).toEqual(['grant-revoked 403', true])
})

test('one that waits beside its grant, and is dropped, ends it all the same', async () => {
  const grant = await grantAgain()
  const lookedAt = seen()
  const hash = await scene.net.relay.send(revocationOf(grant, keyOf(grant)))
  // Another patient's ending, seen after it, tells that it was looked at.
  await scene.net.relay.send(endingOf(scene.bo, { kind: 'stopAll', epoch: 2 }))
  await lookedAt
  const heard = seen()
  await scene.net.rpc.request('anvil_dropTransaction', [hash])
  await mine()
  await heard
  await isListed(grant)
  expect([await ask(grant), isMined(grant)]).toEqual(['grant-revoked 403', false])
})

test('one that the disk does not take ends it all the same, and the institution is told', async () => {
  const grant = await grantAgain()
  await mine()
  await isListed(grant)
  const onDisk = (sql: string) =>
    scene.gate.whileClosed((nodeFile) => {
      const node = openNodeDatabase(nodeFile)
      node.run(sql)
      node.close()
    })
  await onDisk(
    `CREATE TRIGGER full BEFORE INSERT ON revocation BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
  )
  expect(await ask(grant)).toBe('200')
  const told = scene.gate.event(({ type }) => type === 'alarm')
  await scene.net.relay.send(revocationOf(grant, keyOf(grant)))
  expect(await told).toMatchObject({ code: expect.stringContaining('revocation: ') })
  expect([await ask(grant), isMined(grant)]).toEqual(['grant-revoked 403', false])
  await onDisk('DROP TRIGGER full')
  await mine()
})

test('stop all and close count as soon as they wait', async () => {
  const stopped = seen()
  await scene.net.relay.send(endingOf(scene.ada, { kind: 'stopAll', epoch: 1 }))
  await stopped
  expect(await ask()).toBe('epoch-closed 403')
  const closed = seen()
  await scene.net.relay.send(endingOf(scene.ada, { kind: 'end', status: 4 }))
  await closed
  expect(await ask()).toBe('relationship-closed 403')
  expect(hospital.chain.view().relationship(scene.ada.relationship)).toMatchObject({
    status: 'accepted',
    epoch: 0,
  })
})
