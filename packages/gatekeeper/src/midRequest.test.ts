import {
  encodeRecord,
  fromHex,
  type Hex,
  Keys,
  ledgerDomain,
  toBase64Url,
  toHex,
  uint,
  utf8,
} from '@medrec/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Opened, until } from '../../library/src/network.test-support.ts'
import * as Share from '../../library/src/Share.ts'
import {
  attempt,
  now,
  ownLabs,
  post,
  type Scene,
  setScene,
  sharedLabs,
  shareOf,
} from './attempt.test-support.ts'
import { shareLabs } from './gate.test-support.ts'

// What ends while a request is being answered: at the moment of sending it holds, whatever was decided before.

let scene: Scene
let hospital: Opened
beforeAll(async () => {
  scene = await setScene()
  hospital = scene.gate.participant
  await scene.gate.idle()
})
afterAll(() => scene.close())
afterEach(() => {
  scene.ahead.seconds = 0
})

type Asking = () => Promise<{
  readonly status: number
  readonly code: string
  readonly isSigned: boolean
}>
const told = async (answer: ReturnType<Asking>): Promise<string> => {
  const { status, code, isSigned } = await answer
  return `${code} ${status} ${isSigned ? 'signed' : 'unsigned'}`.trim()
}

/** How often the view's state is asked for until then: by the handler, for the first decision, for the second. */
const moments = { 'the rows are read': 2, 'the log entry is on its way to the disk': 4 } as const

/** Does something at a moment of the next request. */
async function at(moment: keyof typeof moments, work: () => void, asking: Asking): Promise<string> {
  const { chain } = hospital
  const status = chain.status.bind(chain)
  let looks = 0
  chain.status = () => {
    if (++looks === moments[moment]) setImmediate(work)
    return status()
  }
  try {
    return await told(asking())
  } finally {
    chain.status = status
  }
}

/** Does what takes its time while the institution's database is reading. */
async function whileReading(work: () => Promise<unknown>, asking: Asking): Promise<string> {
  const reading = scene.gate.gatekeeper.status().readingProcess as number
  process.kill(reading, 'SIGSTOP')
  try {
    let isDecided: () => void = () => undefined
    const decided = new Promise<void>((resolve) => {
      isDecided = resolve
    })
    const answer = at('the rows are read', isDecided, asking)
    await decided
    await work()
    process.kill(reading, 'SIGCONT')
    return await answer
  } finally {
    process.kill(reading, 'SIGCONT')
  }
}

/** A share of some seconds with the doctor. */
async function shortShare(seconds: number): Promise<Hex> {
  const { patient, relationship } = scene.ada
  const { grant, until: reached } = await Share.grant(patient, {
    ...{ relationship, viewer: scene.doctor.me()?.idTag as Hex, purposes: [1] },
    entries: shareOf(scene.ada).scope.entries,
    expiresAt: now() + seconds,
  })
  await reached('final')
  await until(hospital, () => hospital.chain.view().grant(grant) !== undefined)
  return grant
}

const askBy =
  (grant: Hex, who = scene.doctor): Asking =>
  () =>
    post(
      attempt(
        who,
        { ...ownLabs(), purpose: 1, share: shareOf(scene.ada, grant) },
        { now: now() + Math.ceil(scene.ahead.seconds) },
      ),
    )

describe.each(Object.keys(moments) as (keyof typeof moments)[])('while %s', (moment) => {
  test('the grant ends: nothing leaves, and a later one is served', async () => {
    const grant = await shortShare(100)
    const ends = hospital.chain.view().grant(grant)?.expiresAt ?? 0
    // Far from its end on the slowest machine, and over long before the request is.
    const before = ends - 25 - Date.now() / 1_000
    scene.ahead.seconds = before
    expect(await told(askBy(grant)())).toBe('200 signed')
    const end = (): void => {
      scene.ahead.seconds = before + 26
    }
    expect(await at(moment, end, askBy(grant))).toBe('grant-expired 403 signed')
    scene.ahead.seconds = 0
    expect(await told(askBy(await shortShare(100))())).toBe('200 signed')
  })

  test('a revocation is pushed: nothing leaves', async () => {
    const grant = await shortShare(3_600)
    const { keys, network } = scene.ada.patient
    const key = Array.from({ length: 32 }, (_, i) =>
      Keys.grantKey(keys, fromHex(scene.ada.relationship, 32), uint(i, 16)),
    ).find(({ address }) => toHex(address) === grant)
    if (!key) throw new Error('the grant is not of this relationship')
    const record = encodeRecord({ kind: 'revoke', key: key.address }, key, ledgerDomain(network))
    const push = (): void =>
      void scene.gate.gatekeeper.handle({
        ...{ method: 'POST', path: '/revocations', headers: {}, remoteAddress: '127.0.0.2' },
        body: utf8(JSON.stringify({ record: toBase64Url(record) })),
      })
    expect(await at(moment, push, askBy(grant))).toBe('grant-revoked 403 signed')
  })
})

describe('while a slow database reads', () => {
  test('the institution’s certificate is taken: nothing leaves until it has it again', async () => {
    const ask: Asking = () => post(attempt(scene.doctor, sharedLabs()))
    const { hospital: institution } = scene.net
    const certified = async (isSo: boolean): Promise<void> => {
      await scene.net.certify(institution, 1, isSo)
      await until(
        hospital,
        () => hospital.chain.view().hasRole(institution.tag, 'institution') === isSo,
      )
    }
    expect(await whileReading(() => certified(false), ask)).toBe('not-certified 403 signed')
    await certified(true)
    expect(await told(ask())).toBe('200 signed')
  })

  test('the viewer’s registration is undone with its block: nothing leaves', async () => {
    const { rpc, relay } = scene.net
    const snapshot = await rpc.request('evm_snapshot')
    const posted = relay.posted.length
    const { doctor, grant } = await shareLabs(scene.net, scene.gate, scene.ada)
    const isGranted = (): boolean => hospital.chain.view().grant(grant) !== undefined
    const isKnown = (): boolean =>
      hospital.chain.view().entry(doctor.me()?.idTag ?? '0x') !== undefined
    const undone = async (): Promise<void> => {
      await doctor.stop()
      await rpc.request('evm_revert', [snapshot])
      for (const record of relay.posted.slice(posted)) await relay.send(record)
      await until(hospital, () => isGranted() && !isKnown())
    }
    const ask = askBy(grant, doctor)
    expect(await told(ask())).toBe('200 signed')
    expect(await whileReading(undone, ask)).toBe('refused 403 signed')
  })
})
