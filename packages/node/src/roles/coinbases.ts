import type { Rpc } from '@medrec/client'
import { fromHex, type Hex, keccak, type Network, toHex, utf8 } from '@medrec/protocol'

type Log = { readonly topics: readonly Hex[]; readonly data: Hex }
type Found = { readonly network: Network; readonly coinbases: readonly Hex[] }

const roleChanged = toHex(keccak(utf8('RoleChanged(bytes32,uint8,bool)')))
const coinbaseSet = toHex(keccak(utf8('CoinbaseSet(bytes32,address,uint32)')))
const researcher = 2

/**
 * Tells, now and whenever it changes, which accounts the certified researchers want their blocks credited to
 * (paper III-D). The network may be founded later than the chain is started.
 */
export function followCoinbases(
  rpc: Rpc,
  network: () => Network | undefined,
  listener: (found: Found) => void,
): () => void {
  let isStopped = false
  let next = 0
  const logs: Log[] = []
  const look = async (): Promise<void> => {
    const known = network()
    if (!known || isStopped) return
    const head = Number(await rpc.request<Hex>('eth_blockNumber'))
    const from = next
    if (head < from) return
    next = head + 1
    const found = await rpc.request<readonly Log[]>('eth_getLogs', [
      {
        address: known.registrar,
        fromBlock: `0x${from.toString(16)}`,
        toBlock: `0x${head.toString(16)}`,
        topics: [[roleChanged, coinbaseSet]],
      },
    ])
    logs.push(...found)
    if (!isStopped) listener({ network: known, coinbases: coinbasesOf(logs) })
  }
  // One look after the other; one that fails is followed by another, from the start, with the next block.
  let looking: Promise<void> = Promise.resolve()
  const lookAgain = (): void => {
    looking = looking.then(look).catch(() => {
      next = 0
      logs.length = 0
    })
  }
  lookAgain()
  const subscription = rpc.subscribe(['newHeads'], lookAgain)
  return () => {
    isStopped = true
    subscription.then(
      (end) => end(),
      () => undefined, // there is nothing to end
    )
  }
}

/** Coinbases of those who are certified at the end of the logs, by idTag. */
export function coinbasesOf(logs: readonly Log[]): readonly Hex[] {
  const certified = new Set<Hex>()
  const coinbases = new Map<Hex, Hex>()
  for (const { topics, data } of logs) {
    const [topic, idTag] = topics as [Hex, Hex]
    const bytes = fromHex(data)
    if (topic === coinbaseSet) coinbases.set(idTag, toHex(bytes.slice(12, 32)))
    else if (bytes[31] === researcher && bytes[63] === 1) certified.add(idTag)
    else if (bytes[31] === researcher) certified.delete(idTag)
  }
  return [...certified]
    .toSorted()
    .map((idTag) => coinbases.get(idTag))
    .filter((coinbase): coinbase is Hex => coinbase !== undefined)
}
