import { type Chain, connectRpc, followChain, type Rpc } from '@medrec/client'
import { openMemoryStore } from '@medrec/records'
import { viewReason } from '../packages/gatekeeper/src/query/viewReason.ts'
import type { Plan } from './plan.ts'
import type { Outcome } from './run.ts'
import { freshView, type Town } from './town/Town.ts'

/** How a door lies; the last two can be found out only with a second door. */
const lies = ['withholds', 'forges', 'freezes', 'other-network', 'counts', 'swears'] as const
type Lie = (typeof lies)[number]
const alone: readonly Lie[] = ['withholds', 'forges', 'freezes', 'other-network']
/** Longest wait for the truth, or for disbelief, in milliseconds. */
const patience = 300_000
/** Seconds for which a block counts as a sign of life, and one more. */
const tooOld = 301

/** Somebody follows the chain through a door that lies from some moment on: she believes the truth or nobody. */
export async function runDoor(town: Town, { random }: Plan): Promise<Outcome> {
  const hasSecond = random.chance(0.5)
  const lie = random.pick(hasSecond ? lies : alone)
  const honest = connectRpc(town.chain.url)
  let later = 0
  const clock = (): number => Date.now() + later * 1_000
  const elapsed = (): number => performance.now() + later * 1_000
  const liar = lying(honest, lie, random.whole(0, 12))
  const { network } = town
  const doors = hasSecond ? [liar.rpc, town.chain.url] : [liar.rpc]
  for (let people = random.whole(0, 3); people > 0; people--) await town.register()
  const followed = await followChain({ network, doors, clock, elapsed, store: openMemoryStore() })
  try {
    await followed.synced().catch(() => undefined) // no door may be believed
    for (let people = random.whole(1, 3); people > 0; people--) await town.register()
    later = tooOld
    const truth = await freshView(town)
    const isTrue = (): boolean => sameStreams(followed, truth)
    const isRefused = (): boolean => viewReason(followed.status()) !== undefined
    const violations = (await soon(followed, () => isTrue() || isRefused()))
      ? []
      : [`it believes a door that ${lie}: ${JSON.stringify(followed.status())}`]
    await truth.stop()
    return { struck: liar.hasLied() ? lie : undefined, violations }
  } finally {
    await followed.stop()
    await honest.close()
  }
}

function sameStreams(one: Chain, other: Chain): boolean {
  const told = ({ streams: { registrar, ledger } }: ReturnType<Chain['view']>): string =>
    [registrar.head, registrar.count, ledger.head, ledger.count].join()
  return told(one.view()) === told(other.view())
}

/** Whether it holds within our patience, looked at after each change. */
function soon(chain: Chain, holds: () => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = []
    const end = (held: boolean): void => {
      clearTimeout(timer)
      for (const stop of stops) stop()
      resolve(held)
    }
    const timer = setTimeout(() => end(holds()), patience)
    const look = (): void => void (holds() && end(true))
    stops.push(chain.onStatus(look), chain.subscribe(look))
    look()
  })
}

type Log = { readonly address: string; readonly data: string; readonly blockNumber: string }

/** A door that begins to lie after some questions. */
function lying(honest: Rpc, lie: Lie, from: number): { rpc: Rpc; hasLied: () => boolean } {
  let asked = 0
  let hasLied = false
  let frozen: unknown
  const isFrozen = (): boolean => asked > from && (lie === 'freezes' || lie === 'swears')
  const request = async <T>(method: string, params: readonly unknown[] = []): Promise<T> => {
    const answer = await honest.request<T>(method, params)
    const isLatest = method === 'eth_getBlockByNumber' && params[0] === 'latest'
    asked++
    if (isLatest && (frozen === undefined || !isFrozen())) frozen = answer
    if (asked <= from) return answer
    const told =
      isFrozen() && isLatest ? frozen : await untrue(honest, lie, { method, params, answer })
    hasLied ||= told !== answer
    return told as T
  }
  const rpc: Rpc = {
    ...honest,
    request,
    subscribe: (params, listener) =>
      honest.subscribe(params, (told) => {
        if (!isFrozen()) listener(told)
        else if (lie === 'swears' && params[0] === 'medrec_heartbeat' && frozen) listener(frozen)
      }),
  }
  return { rpc, hasLied: () => hasLied }
}

type Asked = {
  readonly method: string
  readonly params: readonly unknown[]
  readonly answer: unknown
}

/** What a lie makes of one answer. */
async function untrue(honest: Rpc, lie: Lie, { method, params, answer }: Asked): Promise<unknown> {
  switch (lie) {
    case 'other-network':
      return method === 'eth_chainId' ? '0x2a' : answer
    case 'withholds':
    case 'forges':
      return method === 'eth_getLogs' ? changed(answer as readonly Log[], lie) : answer
    case 'counts': {
      if (method === 'eth_getLogs') return changed(answer as readonly Log[], lie)
      const isCount = method === 'eth_call' && params[1] !== 'latest'
      return isCount ? honest.request(method, [params[0], before(params[1])]) : answer
    }
    default:
      return answer
  }
}

/** The last event left out, or told otherwise. */
function changed(logs: readonly Log[], lie: Lie): readonly Log[] {
  const last = logs.at(-1)
  if (!last) return logs
  if (lie !== 'forges') return logs.slice(0, -1)
  const digit = last.data.endsWith('0') ? '1' : '0'
  return [...logs.slice(0, -1), { ...last, data: `${last.data.slice(0, -1)}${digit}` }]
}

function before(block: unknown): string {
  return `0x${Math.max(1, Number(block) - 1).toString(16)}`
}
