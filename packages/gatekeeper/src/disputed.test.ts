import {
  encodeRecord,
  fromHex,
  Keys,
  ledgerDomain,
  toBase64Url,
  toHex,
  uint,
  utf8,
} from '@medrec/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attempt, post, type Scene, setScene, sharedLabs } from './attempt.test-support.ts'

let scene: Scene

beforeAll(async () => {
  scene = await setScene()
  await scene.gate.idle()
})
afterAll(() => scene.close())

const ask = async (): Promise<string> => {
  const { status, code, isSigned } = await post(attempt(scene.doctor, sharedLabs()))
  return `${code} ${status} ${isSigned ? 'signed' : 'unsigned'}`.trim()
}

test.each([
  ['view-disputed 503 signed', { witness: 'differs' }],
  ['view-old 503 signed', { isBehind: true }],
] as const)(
  '%s: a view that two doors do not agree on any more when the rows were read serves nobody',
  async (refusal, change) => {
    const { chain } = scene.gate.participant
    const status = chain.status.bind(chain)
    expect(await ask()).toBe('200 signed')
    let looks = 0
    // The word of another door comes in after the first look at the view.
    chain.status = () => ({ ...status(), ...(looks++ === 0 ? {} : change) })
    try {
      expect(await ask()).toBe(refusal)
    } finally {
      chain.status = status
    }
    expect(await ask()).toBe('200 signed')
  },
)

/** Does something when the view's state is asked for, as the last thing before the log is written. */
async function beforeLog<T>(work: () => void, asking: () => Promise<T>): Promise<T> {
  const { chain } = scene.gate.participant
  const status = chain.status.bind(chain)
  let looks = 0
  chain.status = () => {
    // In `handle`, in the first decision, after the data were read.
    if (++looks === 3) setImmediate(work)
    return status()
  }
  try {
    return await asking()
  } finally {
    chain.status = status
  }
}

test('a revocation that is taken while the log entry is on its way to the disk ends that read', async () => {
  const { keys } = scene.ada.patient
  const key = Array.from({ length: 32 }, (_, i) =>
    Keys.grantKey(keys, fromHex(scene.ada.relationship, 32), uint(i, 16)),
  ).find(({ address }) => toHex(address) === scene.grant)
  if (!key) throw new Error('the grant is not of this relationship')
  const { network } = scene.net
  const record = encodeRecord({ kind: 'revoke', key: key.address }, key, ledgerDomain(network))
  const taken: number[] = []
  const answer = await beforeLog(
    () =>
      void scene.gate.gatekeeper
        .handle({
          ...{ method: 'POST', path: '/revocations', headers: {}, remoteAddress: '127.0.0.2' },
          body: utf8(JSON.stringify({ record: toBase64Url(record) })),
        })
        .then(({ status }) => taken.push(status)),
    ask,
  )
  expect(taken).toEqual([200])
  expect(answer).toBe('grant-revoked 403 signed')
})
