import { readFileSync } from 'node:fs'
import { connectRpc, followChain, type Rpc } from '@medrec/client'
import { openMemoryStore } from '@medrec/records'
import { toEventSelector } from 'viem'
import { readBlock, type Transaction } from '../../attack/linkage/Block.ts'
import { foundTown, type Town } from '../../attack/linkage/sealed/Town.ts'
import { seeded } from '../../attack/random.ts'
import { type Row, row } from '../Row.ts'
import { CityWork, type Done } from './work.ts'

const providers = 60
const hoursOfYear = 8_760
const usualHours = 6
const period = 3_600
/** Hours that what a full batch left over may take at most. */
const mostQuiet = 6
/** Calldata of each batch: an hour of a city brings each of 60 relays about 4 kB. */
const batchSize = 8_000

/** What some hours of a city cost the chain. */
type Cost = {
  readonly hours: number
  readonly done: Done
  readonly batches: number
  readonly gas: number
  readonly calldata: number
  readonly logs: number
  readonly seconds: number
  /** Of one hour. */
  readonly followed: { readonly bytes: number; readonly seconds: number }
}

/**
 * A year of a city of a million people and 60 providers, from some of its hours (`--hours=N`), by the relays' own
 * code with hourly rhythm and cover (docs/benchmarks.md, city). A year is the sample times 8,760 / N.
 */
export async function run(): Promise<Row[]> {
  const asked = process.argv.find((argument) => argument.startsWith('--hours='))
  const hours = asked ? Number(asked.slice('--hours='.length)) : usualHours
  const town = await foundTown({ patients: 0, providers, batchSize, periodSeconds: period })
  try {
    return rowsOf(await play(town, hours))
  } finally {
    await town.stop()
  }
}

async function play(town: Town, hours: number): Promise<Cost> {
  const work = new CityWork(town, seeded(1))
  const first = Number(await town.anvil.call<string>('eth_blockNumber'))
  const sum = { batches: 0, gas: 0, calldata: 0, logs: 0 }
  const events = new Map<string, number>()
  let seconds = 0
  for (let i = 0; i < hours; i++) {
    await work.hour()
    const hour = await passHour(town)
    seconds += hour.seconds
    count(events, hour.batches)
    for (const { input, gasUsed, logs } of hour.batches) {
      sum.batches += 1
      sum.gas += gasUsed
      sum.calldata += input.length / 2 - 1
      sum.logs += bytesOf(logs)
    }
  }
  // Some hours more, in which the last proposals are answered; their cost is not counted.
  let quiet = 0
  for (; quiet === 0 || (quiet < mostQuiet && !isTaken(work.done, events)); quiet++) {
    await work.answers()
    count(events, (await passHour(town)).batches)
  }
  if (events.has(rejected) || !isTaken(work.done, events))
    throw new Error('the ledger did not take what this benchmark measures')
  const followed = await follow(town, first, hours + quiet)
  return { hours, done: work.done, ...sum, seconds, followed }
}

async function passHour(
  town: Town,
): Promise<{ readonly seconds: number; readonly batches: readonly Transaction[] }> {
  town.clock.now += period
  const start = performance.now()
  const number = await town.endPeriod()
  const seconds = (performance.now() - start) / 1_000
  const { transactions } = await readBlock(town.anvil, number)
  return { seconds, batches: transactions.filter(({ to }) => to === town.network.ledger) }
}

function count(events: Map<string, number>, batches: readonly Transaction[]): void {
  for (const { topics } of batches.flatMap(({ logs }) => logs)) {
    const [topic = ''] = topics
    events.set(topic, (events.get(topic) ?? 0) + 1)
  }
}

function bytesOf(logs: Transaction['logs']): number {
  return logs.reduce((sum, { data, topics }) => sum + data.length / 2 - 1 + 32 * topics.length, 0)
}

/** Whether nothing waits: a figure counts only when the ledger took everything. */
function isTaken(done: Done, events: ReadonlyMap<string, number>): boolean {
  const taken = [events.get(proposedOrAccepted) ?? 0, events.get(granted) ?? 0]
  return taken[0] === done.relationships * 2 && taken[1] === done.grants
}

const proposedOrAccepted = toEventSelector('RelationshipChanged(bytes32,uint256)')
const granted = toEventSelector('GrantChanged(address,uint256)')
const rejected = toEventSelector('Rejected(uint256,bytes4)')

/** What a node that follows anew reads of an hour from a door, and how long it takes. */
async function follow(town: Town, from: number, hours: number): Promise<Cost['followed']> {
  const { network, anvil } = town
  const connection = connectRpc(anvil.url.replace('http', 'ws'), { timeoutMs: 60_000 })
  let bytes = 0
  const counted: Rpc = {
    ...connection,
    async request(method, params) {
      const result = await connection.request(method, params)
      bytes += JSON.stringify(result).length
      return result as never
    },
    together: (ask) => connection.together(ask),
    subscribe: (params, listener) => connection.subscribe(params, listener),
    onState: (listener) => connection.onState(listener),
    close: () => connection.close(),
  }
  const start = performance.now()
  const chain = await followChain({
    doors: [counted],
    network: { ...network, startBlock: Math.min(network.startBlock, from) },
    store: openMemoryStore(),
  })
  await chain.synced()
  const seconds = (performance.now() - start) / 1_000
  await chain.stop()
  await connection.close()
  return { bytes: bytes / hours, seconds: seconds / hours }
}

function rowsOf({ hours, done, batches, gas, calldata, logs, seconds, followed }: Cost): Row[] {
  const year = hoursOfYear / hours
  const paper = paperGas(done)
  const things = done.documents + done.relationships + done.grants
  const inHour = `a city's ${Math.round(things / hours)} things an hour`
  return [
    row('blocks a year', hoursOfYear, 'blocks', `paper: a transaction each`, things * 2 * year),
    row('batches a year', batches * year, 'transactions', 'paper', things * 2 * year),
    row('calldata a year', (calldata * year) / 1e9, 'GB', 'events of it', (logs * year) / 1e9),
    row('gas a year', (gas * year) / 1e9, 'G', 'Paper.sol', (paper * year) / 1e9),
    row('gas a document, relationship or grant', gas / things, 'gas', 'Paper.sol', paper / things),
    row('relays and chain, time of an hour', seconds / hours, 's', inHour, period),
    row(
      ...([
        'a light follower downloads a year',
        (followed.bytes * hoursOfYear) / 1e9,
        'GB',
      ] as const),
      'events as bytes',
      (logs * year) / 1e9,
    ),
    row(
      ...(['a follower folds an hour of the city in', followed.seconds, 's'] as const),
      'real time',
      period,
    ),
  ]
}

/** Gas of the same things on the paper's contracts, from the committed snapshot. */
function paperGas(done: Done): number {
  const file = new URL('../../packages/contracts/snapshots/PaperTest.json', import.meta.url)
  const snapshot = JSON.parse(readFileSync(file, 'utf8')) as Readonly<{ [name: string]: string }>
  const cost = (name: string): number => {
    const found = snapshot[name]
    if (found === undefined) throw new Error(`the snapshot has no ${name}`)
    return Number(found)
  }
  return (
    done.documents * cost('pointer update') +
    done.relationships * cost('relationship with its first pointer') +
    done.grants * cost('grant')
  )
}
