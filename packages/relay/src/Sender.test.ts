import { createSender } from '@medrec/client'
import { coverNote, encodeNotes, encodeTags, type Hex, random } from '@medrec/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryDatabase } from '../../registrar/src/network.test-support.ts'
import { type Anvil, startAnvil } from './anvil.test-support.ts'
import { RecordQueue } from './RecordQueue.ts'
import { Sender } from './Sender.ts'
import type { RelayRpc } from './transactions.ts'

let anvil: Anvil

beforeAll(async () => {
  anvil = await startAnvil()
})

afterAll(() => anvil.stop())

type Under = {
  queue: RecordQueue
  sender: Sender
  state(post?: string): unknown
  sent(): Promise<number>
}

/** A sender on a queue with one record of update tags (which this account may not post: the ledger refuses it). */
function start(
  options: { rpc?: RelayRpc; confirmations?: number; queue?: RecordQueue } = {},
): Under {
  const queue = options.queue ?? new RecordQueue(temporaryDatabase())
  const network = { ...anvil.network, confirmations: options.confirmations ?? 0 }
  const sender = new Sender({
    ...{ queue, network, account: anvil.account, rpc: options.rpc ?? anvil.rpc },
    ...{ rhythm: 'at-once', clock: () => Math.floor(Date.now() / 1000) },
  })
  if (!options.queue) add(queue, 'post')
  return {
    queue,
    sender,
    state: (post = 'post') => queue.states(post).map(({ state, reason }) => reason ?? state),
    sent: async () =>
      Number(((await anvil.rpc.request('txpool_status')) as { pending: Hex }).pending),
  }
}

function add(queue: RecordQueue, post: string, deadline?: number): void {
  queue.add({
    post,
    records: [{ bytes: encodeTags([random(8)]), deadline }],
    now: 1,
    charge: undefined,
  })
}

async function settle({ sender }: Under): Promise<void> {
  await sender.turn()
  await anvil.mine()
  await sender.turn()
}

describe('a batch', () => {
  test('is sent once, followed to its block, and the reason of the ledger is told by name', async () => {
    const under = start()
    await under.sender.turn()
    expect([under.state(), await under.sent()]).toEqual([['sent'], 1])
    await under.sender.turn()
    expect([under.state(), await under.sent()]).toEqual([['sent'], 1])
    await anvil.mine()
    await under.sender.turn()
    expect(under.state()).toEqual(['LedgerNotRelay'])
    expect(under.queue.open()).toEqual([])
  })

  test('waits until the one before it is in a block: one transaction at a time', async () => {
    const under = start()
    await under.sender.turn()
    add(under.queue, 'second')
    await under.sender.turn()
    expect([under.state('second'), await under.sent()]).toEqual([['queued'], 1])
    await anvil.mine()
    await under.sender.turn()
    expect([under.state('second'), await under.sent()]).toEqual([['sent'], 1])
    await anvil.mine()
    await under.sender.turn()
    expect(under.state('second')).toEqual(['LedgerNotRelay'])
  })

  test('that the engine dropped is sent again, the same bytes', async () => {
    const under = start()
    await under.sender.turn()
    const [batch] = under.queue.open()
    await anvil.rpc.request('anvil_dropTransaction', [batch?.hash])
    expect(await under.sent()).toBe(0)
    await under.sender.turn()
    expect(under.queue.open()).toEqual([batch])
    expect(await under.sent()).toBe(1)
    await settle(under)
    expect(under.state()).toEqual(['LedgerNotRelay'])
  })

  test('whose place another transaction took is made anew', async () => {
    const under = start()
    await under.sender.turn()
    const [batch] = under.queue.open()
    await anvil.rpc.request('anvil_dropTransaction', [batch?.hash])
    const other = createSender({ rpc: () => anvil.rpc, privateKey: anvil.account.privateKey })
    await other.submit({ to: anvil.network.ledger, data: '0x07', gas: 100_000n })
    await anvil.mine()
    await under.sender.turn()
    const [again] = under.queue.open()
    expect(again?.nonce).toBe((batch?.nonce as number) + 1)
    await settle(under)
    expect(under.state()).toEqual(['LedgerNotRelay'])
  })
})

describe('a batch that was undone', () => {
  test('that left the chain in a reorganisation is brought there again', async () => {
    const under = start({ confirmations: 2 })
    const before = await anvil.rpc.request('evm_snapshot')
    await settle(under)
    expect(under.state()).toEqual(['LedgerNotRelay'])
    expect(under.queue.open()).toHaveLength(1)
    await anvil.rpc.request('evm_revert', [before])
    await anvil.rpc.request('anvil_dropAllTransactions')
    await under.sender.turn()
    expect([under.state(), await under.sent()]).toEqual([['sent'], 1])
    await settle(under)
    expect(under.queue.open()).toHaveLength(1)
    await anvil.mine()
    await anvil.mine()
    await under.sender.turn()
    expect([under.state(), under.queue.open()]).toEqual([['LedgerNotRelay'], []])
  })

  test('that follows one which a deeper reorganisation took is made anew', async () => {
    const under = start()
    const before = await anvil.rpc.request('evm_snapshot')
    await settle(under)
    expect(under.queue.open()).toEqual([]) // final, as far as anybody knew
    add(under.queue, 'later')
    await under.sender.turn()
    const [batch] = under.queue.open()
    await anvil.rpc.request('evm_revert', [before])
    await anvil.rpc.request('anvil_dropAllTransactions')
    await under.sender.turn()
    await under.sender.turn()
    const [again] = under.queue.open()
    expect(again?.nonce).toBe((batch?.nonce as number) - 1)
    await settle(under)
    expect(under.state('later')).toEqual(['LedgerNotRelay'])
  })

  test('that ran out of gas is put into the queue again', async () => {
    let estimates = 0
    const rpc: RelayRpc = {
      request: async (method, params) => {
        if (method !== 'eth_estimateGas' || ++estimates > 1)
          return anvil.rpc.request(method, params)
        return '0x5400' as never // too little, as when the state changed since
      },
    }
    const under = start({ rpc })
    await settle(under)
    expect(estimates).toBe(2)
    await settle(under)
    expect(under.state()).toEqual(['LedgerNotRelay'])
  })
})

describe('a sender', () => {
  test('gives up records whose time is over, without paying', async () => {
    const queue = new RecordQueue(temporaryDatabase())
    add(queue, 'late', 5)
    const under = start({ queue })
    await under.sender.turn()
    expect([under.state('late'), await under.sent()]).toEqual([['LedgerDeadlinePassed'], 0])
  })

  test('tells what went wrong and goes on when the chain is back', async () => {
    let away: boolean = true
    const rpc: RelayRpc = {
      request: (method, params) =>
        away ? Promise.reject(new Error('away')) : anvil.rpc.request(method, params),
    }
    const under = start({ rpc })
    await under.sender.turn()
    expect([under.state(), (under.sender.problem as Error).message]).toEqual([['queued'], 'away'])
    away = false
    await settle(under)
    expect([under.state(), under.sender.problem]).toEqual([['LedgerNotRelay'], undefined])
  })

  test('tells what its account lacks, and sends when it has it', async () => {
    const poor = { ...anvil.account, privateKey: random(32) }
    const { privateKeyToAccount } = await import('viem/accounts')
    const address = privateKeyToAccount(`0x${Buffer.from(poor.privateKey).toString('hex')}`).address
    const account = { ...poor, address: Uint8Array.from(Buffer.from(address.slice(2), 'hex')) }
    const queue = new RecordQueue(temporaryDatabase())
    add(queue, 'post')
    const options = { queue, account, network: anvil.network, rpc: anvil.rpc }
    const sender = new Sender({ ...options, rhythm: 'at-once', clock: () => 1 })
    await sender.turn()
    expect(sender.missing).toBeGreaterThan(0n)
    expect(queue.waiting()).toBe(1)
    await anvil.rpc.request('anvil_setBalance', [address, '0xde0b6b3a7640000'])
    await sender.turn()
    expect([sender.missing, queue.waiting()]).toEqual([0n, 0])
    await anvil.mine()
  })

  test('stops: nothing is sent afterwards', async () => {
    const under = start()
    await under.sender.stop()
    await under.sender.turn()
    expect([under.state(), await under.sent()]).toEqual([['queued'], 0])
  })
})

describe('a queue', () => {
  test('forgets what is over and old, and tokens of former days', () => {
    const database = temporaryDatabase()
    const queue = new RecordQueue(database)
    const charge = { id: '0x01' as Hex, day: 5, allowance: 2, operations: 2 }
    const records = [{ bytes: encodeNotes([coverNote()]), deadline: undefined }]
    expect(queue.add({ post: 'a', records, now: 10, charge })).toBe(true)
    expect(queue.add({ post: 'b', records, now: 10, charge })).toBe(false)
    queue.seal({ nonce: 0, raw: '0x', hash: '0x02' }, [{ row: 1, place: 0 }])
    queue.mined(1, 7, new Map())
    queue.forget(11, 6)
    expect(queue.states('a')).toEqual([{ state: 'mined', transaction: '0x02', index: 0 }])
    queue.final(1)
    queue.forget(10, 6)
    expect(queue.states('a')).toHaveLength(1)
    queue.forget(11, 6)
    expect(queue.states('a')).toEqual([])
    expect(queue.add({ post: 'b', records, now: 12, charge })).toBe(true)
  })
})
