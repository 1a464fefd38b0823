import type { Hex } from '@medrec/protocol'
import type { Rpc } from '../rpc.ts'
import { RpcRefusedError } from '../rpcErrors.ts'

/** A node that has the chain up to a block and no further: what lies above it, it does not know (null, or -32000). */
export function nodeUpTo(honest: Rpc, newest: () => number): Rpc {
  const isKnown = (number: unknown): boolean => Number(number) <= newest()
  const name = (): Hex => `0x${newest().toString(16)}`
  const at = (block: unknown): unknown => (block === 'latest' ? name() : block)
  const logs = async (params: readonly unknown[]): Promise<unknown> => {
    const told = await honest.request<readonly { blockNumber: Hex }[]>('eth_getLogs', params)
    if (told.some(({ blockNumber }) => !isKnown(blockNumber))) throw unknown('eth_getLogs')
    return told
  }
  const told = (method: string, params: readonly unknown[]): Promise<unknown> => {
    const [first, second] = params
    if (method === 'eth_getBlockByNumber')
      return isKnown(at(first))
        ? honest.request(method, [at(first), second])
        : Promise.resolve(null)
    if (method === 'eth_getLogs') return logs([first])
    if (method !== 'eth_call') return honest.request(method, params)
    // Nothing was deployed in block 0; the engine keeps the state of the newest few blocks only, and may not tell.
    if (at(second) === '0x0') return Promise.resolve('0x')
    return isKnown(at(second))
      ? honest.request(method, [first, at(second)])
      : Promise.reject(unknown(method))
  }
  const request = async <T>(method: string, params: readonly unknown[] = []): Promise<T> =>
    newest() === Infinity ? honest.request<T>(method, params) : ((await told(method, params)) as T)
  return { ...honest, request, together: (ask) => ask(), subscribe: async () => () => undefined }
}

function unknown(method: string): RpcRefusedError {
  return new RpcRefusedError(method, { code: -32000, message: 'header not found' })
}

/** One address behind which several nodes answer, each request by another one. */
export function flipping(nodes: readonly Rpc[], pick: () => Rpc): Rpc {
  return { ...(nodes[0] as Rpc), request: (method, params) => pick().request(method, params) }
}
