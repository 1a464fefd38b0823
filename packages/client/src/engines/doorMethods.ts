/** What a stranger may ask a door, and within which bounds. */

const readMethods: ReadonlySet<string> = new Set([
  'eth_blockNumber',
  'eth_call',
  'eth_chainId',
  'eth_estimateGas',
  'eth_feeHistory',
  'eth_gasPrice',
  'eth_getBalance',
  'eth_getBlockByHash',
  'eth_getBlockByNumber',
  'eth_getCode',
  'eth_getLogs',
  'eth_getTransactionByHash',
  'eth_getTransactionCount',
  'eth_getTransactionReceipt',
  'eth_maxPriorityFeePerGas',
  'medrec_heartbeat',
  'net_version',
  'web3_clientVersion',
])

/** Blocks that one `eth_getLogs` may span. */
export const longestLogRange = 1_000
const mostFeeBlocks = 1_024
const mostCallGas = 30_000_000

/** What a door offers beyond reading what is mined. */
export type DoorReach = {
  /** Whether `eth_sendRawTransaction` is passed on. */
  readonly allowSend: boolean
  /** Whether it tells of transactions that wait for a block: to an institution's own node, not to strangers. */
  readonly tellPending?: boolean
}

/** Why a door does not pass on a request; undefined when it does. */
export function doorRefusal(
  method: string,
  params: readonly unknown[],
  reach: DoorReach,
): { readonly code: number; readonly message: string } | undefined {
  if (method === 'eth_sendRawTransaction' && reach.allowSend) return undefined
  if (!readMethods.has(method))
    return { code: -32601, message: 'this door does not offer the method' }
  if (method === 'eth_getLogs' && !isBoundedLogQuery(params[0]))
    return { code: -32602, message: `logs by block hash or of at most ${longestLogRange} blocks` }
  if (method === 'eth_feeHistory' && !isUpTo(quantity(params[0]), mostFeeBlocks))
    return { code: -32602, message: `at most ${mostFeeBlocks} blocks` }
  if (params.some(isOfPending) && !mayAskPending(method, reach))
    return { code: -32602, message: 'this door tells of mined blocks only' }
  return method === 'eth_call' || method === 'eth_estimateGas'
    ? callRefusal(method, params, reach)
    : undefined
}

function callRefusal(
  method: string,
  params: readonly unknown[],
  { allowSend }: DoorReach,
): ReturnType<typeof doorRefusal> {
  // State and block overrides let a caller run code of her own at any length; so does a call of nobody.
  if (params.length > 2) return { code: -32602, message: 'no overrides' }
  const mayCreate = method === 'eth_estimateGas' && allowSend
  return isBoundedCall(params[0], mayCreate)
    ? undefined
    : { code: -32602, message: `calls of a contract, with at most ${mostCallGas} gas` }
}

/** A block tag, alone or in an object (EIP-1898); some engines read it in any case. */
function isOfPending(param: unknown): boolean {
  const isTag = (value: unknown): boolean =>
    typeof value === 'string' && value.length < 64 && /pending/i.test(value)
  return isTag(param) || (param instanceof Object && Object.values(param).some(isTag))
}

/** Who sends has to count what of her own waits. */
function mayAskPending(method: string, { allowSend, tellPending }: DoorReach): boolean {
  return tellPending === true || (allowSend && method === 'eth_getTransactionCount')
}

function isBoundedCall(call: unknown, mayCreate: boolean): boolean {
  if (typeof call !== 'object' || call === null) return false
  const { to, gas } = call as { to?: unknown; gas?: unknown }
  const hasTarget = typeof to === 'string' && /^0x[0-9a-f]{40}$/i.test(to)
  return (hasTarget || mayCreate) && (gas === undefined || isUpTo(quantity(gas), mostCallGas))
}

function isBoundedLogQuery(filter: unknown): boolean {
  if (typeof filter !== 'object' || filter === null) return false
  if ('blockHash' in filter) return typeof filter.blockHash === 'string'
  const { fromBlock, toBlock } = filter as { fromBlock?: unknown; toBlock?: unknown }
  const [from, to] = [quantity(fromBlock), quantity(toBlock)]
  return from !== undefined && to !== undefined && from <= to && to - from < longestLogRange
}

function isUpTo(value: number | undefined, most: number): boolean {
  return value !== undefined && value <= most
}

/** A JSON-RPC quantity; some clients send plain numbers. */
function quantity(value: unknown): number | undefined {
  const number =
    typeof value === 'string' && /^0x[0-9a-f]{1,13}$/i.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0
    ? number
    : undefined
}
