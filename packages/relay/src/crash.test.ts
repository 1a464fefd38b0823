import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RawAnswer, toBase64Url, toHex, utf8 } from '@medrec/protocol'
import { type NodeDatabase, openNodeDatabase } from '@medrec/records/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  foundNetwork,
  type TestNetwork,
  temporaryDirectory,
} from '../../registrar/src/network.test-support.ts'
import { openRelay } from './openRelay.ts'
import { grant, now, tokenFor } from './records.test-support.ts'

let network: TestNetwork

beforeAll(async () => {
  network = await foundNetwork()
})

afterAll(() => network.stop())

function start(
  database: string,
  dieAt: number,
): { child: ChildProcess; url: Promise<string | undefined>; ended: Promise<void> } {
  const script = fileURLToPath(new URL('relayProcess.test-support.ts', import.meta.url))
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const orders = JSON.stringify({
    ...{ database, dieAt, url: network.url, network: network.network },
    entropy: toHex(network.institution.keys.entropy),
  })
  const child = spawn(process.execPath, ['--conditions=source', '--import', tsx, script, orders], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const said = new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data).trim())),
  )
  return { child, ended, url: Promise.race([said, ended.then(() => undefined)]) }
}

// A turn without work asks the chain 2 times, one with a batch 6 to 12 times; each may be the last.
test.each([4, 9, 12, 13, 14, 16])(
  'a relay killed at step %i loses nothing and brings everything',
  async (dieAt) => {
    const path = join(temporaryDirectory(), 'node.sqlite')
    const { record, key } = grant(network)
    const isThere = (): boolean => network.chain.view().grant(toHex(key)) !== undefined
    const first = start(path, dieAt)
    const url = await first.url
    const body = JSON.stringify({ token: tokenFor(network), records: [toBase64Url(record)] })
    const answered = async (): Promise<{ id: string }> =>
      (await fetch(`${url}/relay`, { method: 'POST', body })).json() as Promise<{ id: string }>
    const answer = url === undefined ? undefined : await answered().catch(() => undefined)
    await Promise.race([first.ended, network.until(isThere)])
    first.child.kill('SIGKILL')
    await first.ended

    const database = openNodeDatabase(path)
    const relay = await restarted(database)
    if (!answer?.id) expect((await relay.post(body)).status).toBe(202)
    await network.until(isThere)
    const states = await outcomes(relay, database)
    for (const { state, reason } of states)
      expect([state, reason]).toEqual(
        state === 'mined' ? ['mined', null] : ['rejected', 'GrantsBadSequence'],
      )
    expect(states.length).toBeGreaterThan(0)
    await relay.close()
    database.close()
  },
)

type Outcome = { readonly state: string; readonly reason: string | null }

/** What became of all records, once none is on its way: looks again after each block. */
async function outcomes(
  relay: { turn(): Promise<void> },
  database: NodeDatabase,
): Promise<readonly Outcome[]> {
  for (;;) {
    const head = network.chain.view().head.number
    await relay.turn()
    const states = database.all<Outcome>('SELECT state, reason FROM relay_record')
    if (states.every(({ state }) => state === 'mined' || state === 'rejected')) return states
    await network.until(() => network.chain.view().head.number > head)
  }
}

/** The relay again, in this process, on what the killed one left. */
async function restarted(database: NodeDatabase): Promise<{
  post(body: string): Promise<RawAnswer>
  turn(): Promise<void>
  close(): Promise<void>
}> {
  const { institution, chain, relayAccount, rpc } = network
  const relay = await openRelay({
    participant: { keys: institution.keys, network: network.network, chain },
    ...{ account: relayAccount, rpc, database, rhythm: 'at-once', audience: 'here:1', clock: now },
  })
  const request = { method: 'POST', path: '/relay', headers: {}, remoteAddress: '127.0.0.1' }
  return { ...relay, post: (body) => relay.handle({ ...request, body: utf8(body) }) }
}
