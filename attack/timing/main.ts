import { parseArgs } from 'node:util'
import type { Entry, Profile } from '@medrec/client'
import { type Hex, ledgerDomain, random, toHex } from '@medrec/protocol'
import { openMemoryStore } from '@medrec/records'
import { ask } from '../../packages/library/src/request.ts'
import { foundTown, type Someone, type Town } from '../linkage/sealed/Town.ts'
import { seeded } from '../random.ts'
import { type Told, tell } from './classifier.ts'
import { type Gate, openGate } from './Gate.ts'

/** A sample that differs less often than this by chance differs. */
const sure = 0.001
/** An advantage that a stranger may have, whatever the sample. */
const allowed = 0.05
const warmUp = 20
/** Requests after which a new block shows that the chain lives: without one nobody is served after five minutes. */
const requestsOfBlock = 250

/**
 * A registered stranger asks an institution about a relationship that is its own and about others, and learns from
 * the times alone; prints how much. False when she learns something.
 */
export async function run(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      requests: { type: 'string', default: '400' },
      seed: { type: 'string', default: '1' },
    },
  })
  const town = await foundTown({ patients: 2, providers: 1, batchSize: 4_000, periodSeconds: 60 })
  try {
    for (const i of town.patients.keys()) await town.bind(i, town.office)
    await town.endPeriod()
    const options = { requests: Number(values.requests), seed: Number(values.seed) }
    const shipped = await measure(town, { ...options, isFixed: true })
    const bare = await measure(town, { ...options, isFixed: false })
    process.stdout.write(
      [
        '| refusals to strangers leave | advantage | distance of distributions | chance | median (own / other) |',
        '|---|---|---|---|---|',
        rowOf('at fixed times (as shipped)', shipped),
        rowOf('as soon as they can', bare),
        '',
      ].join('\n'),
    )
    return shipped.told.chance > sure || shipped.told.advantage < allowed
  } finally {
    await town.stop()
  }
}

type Options = { readonly requests: number; readonly seed: number; readonly isFixed: boolean }
type Measured = { readonly told: Told; readonly own: number; readonly other: number }

async function measure(town: Town, { requests, seed, isFixed }: Options): Promise<Measured> {
  const gate = await openGate(town, isFixed)
  try {
    const order = seeded(seed)
    const times: { own: number[]; other: number[] } = { own: [], other: [] }
    for (let i = -warmUp; i < 2 * requests; i++) {
      if (i % requestsOfBlock === 0) await newBlock(town)
      const isOwn = order() < 0.5
      const relationship = isOwn ? gate.relationship : toHex(random(32))
      const time = await refusalTime(town, gate, relationship)
      if (i >= 0) times[isOwn ? 'own' : 'other'].push(time)
    }
    const told = tell(times.own, times.other, seeded(seed + 1))
    return { told, own: middle(times.own), other: middle(times.other) }
  } finally {
    await gate.close()
  }
}

async function newBlock(town: Town): Promise<void> {
  town.clock.now = Math.max(town.clock.now + 1, Math.floor(Date.now() / 1_000))
  await town.endPeriod()
}

/** Milliseconds from sending a whole signed request to the last byte of its refusal. */
async function refusalTime(town: Town, { url }: Gate, relationship: Hex): Promise<number> {
  const stranger = town.patients[1] as Someone
  const view = town.chain.view()
  const [me, known] = [view.entry(stranger.tag), view.profile((town.providers[0] as Someone).tag)]
  let took = Number.NaN
  const identity = {
    ...{ keys: stranger.keys, network: town.network, domain: ledgerDomain(town.network) },
    ...{ store: openMemoryStore(), clock: () => town.clock.now },
    fetch: async (...request: Parameters<typeof fetch>) => {
      const start = performance.now()
      const response = await fetch(...request)
      const body = await response.arrayBuffer()
      took = performance.now() - start
      return new Response(body, { status: response.status, headers: response.headers })
    },
  }
  const reply = await ask({
    ...{ identity, me: me as Entry, profile: { ...(known as Profile), url }, path: '/query' },
    body: (common) => ({
      ...common,
      relationship,
      query: `${toHex(random(16)).slice(2)}?_elements=value`,
      purpose: 1,
    }),
  })
  if (reply.kind !== 'refusal' || reply.code !== 'refused')
    throw new Error(`a stranger was not refused as one: ${codeOf(reply)}`)
  return took
}

function codeOf(reply: Awaited<ReturnType<typeof ask>>): string {
  return reply.kind === 'refusal' ? reply.code : reply.kind
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number
}

function rowOf(name: string, { told, own, other }: Measured): string {
  const { advantage, distance, chance } = told
  const times = `${own.toFixed(2)} / ${other.toFixed(2)} ms`
  return `| ${name} | ${advantage.toFixed(3)} | ${distance.toFixed(3)} | ${chance.toFixed(3)} | ${times} |`
}
