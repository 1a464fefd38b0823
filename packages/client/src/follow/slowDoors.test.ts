import { toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectRpc } from '../connectRpc.ts'
import type { Rpc } from '../rpc.ts'
import { type Followed, startFollowed, whenStatus } from './followed.test-support.ts'

// A door that answers, and always late: the node follows by a quicker one, and hears the slow one's word beside that.

let followed: Followed
let honest: Rpc
const ends: (() => void)[] = []

beforeAll(async () => {
  followed = await startFollowed()
  honest = connectRpc(followed.url)
  await honest.request('eth_chainId')
})
afterAll(async () => {
  for (const end of ends) end()
  await honest.close()
  await followed.close()
})

/** The honest door under another name; what is asked of it passes through `answer`. */
function door(answer: <T>(asked: Promise<T>) => Promise<T>): Rpc {
  return {
    ...honest,
    url: 'ws://slow',
    request: (method, params) => answer(honest.request(method, params)),
  }
}

test('a first door that always answers late is left for a quicker one, until it is quick again', async () => {
  let [now, takesMs] = [0, 9_000]
  const slow = door(async (asked) => {
    const answer = await asked
    now += takesMs
    return answer
  })
  // Neither tells of blocks, so that nothing is asked of one door while the other's answer is timed.
  const silent = { subscribe: async () => () => undefined }
  const chain = await followed.follow(
    [
      { ...slow, ...silent },
      { ...honest, ...silent },
    ],
    openMemoryStore(),
    { elapsed: () => now },
  )
  await whenStatus(chain, ({ witness }) => witness === 'agrees')
  const toldBy = [chain.status().toldBy]
  for (let look = 0; look < 3; look++) {
    if (look === 2) [now, takesMs] = [now + 60_000, 0]
    await chain.refresh()
    toldBy.push(chain.status().toldBy)
  }
  expect(toldBy).toEqual(Array(4).fill(honest.url))
  await chain.refresh()
  expect(chain.status()).toMatchObject({ toldBy: slow.url, witness: 'agrees' })
})

test('a second door that takes long to answer holds up no block, and is heard when it answers', async () => {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  ends.push(() => release())
  const held = door(async (asked) => {
    await released
    return asked
  })
  // No time passes, or an honest answer that is late by chance would leave the held door for the only quick one.
  const chain = await followed.follow([honest, held], openMemoryStore(), { elapsed: () => 0 })
  await chain.synced()
  const tag = new Uint8Array(16).fill(1)
  const isThere = (): boolean => chain.view().notes(toHex(tag)).length === 1
  const shown = new Promise<void>((resolve) => chain.subscribe(() => isThere() && resolve()))
  await followed.founded.note(tag, 1)
  await shown
  expect(chain.status().witness).toBe('none')
  const looked = chain.refresh()
  release()
  await looked
  expect(chain.status().witness).toBe('agrees')
})
