import { afterAll, beforeAll, expect, test } from 'vitest'
import { attempt, post, type Scene, setScene, sharedLabs } from './attempt.test-support.ts'

let scene: Scene

beforeAll(async () => {
  scene = await setScene()
  await scene.gate.idle()
}, 120_000)
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
