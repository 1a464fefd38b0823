import { connectRpc, type Rpc, RpcAddressError } from '@medrec/client'
import { readNetwork } from '@medrec/node'
import { type Hex, keccak, MedrecError, type Network, toHex, utf8 } from '@medrec/protocol'
import { type Finding, fail, ok, warn } from './doctor.ts'

/** Blocks are made when there is something to write, so an old one is no fault; a future one is. */
const mostAhead = 30
/** Nodes refuse requests whose time is further off (docs/protocol.md section 8). */
const mostOff = 30

const headCall = toHex(keccak(utf8('head()')).slice(0, 4))
const networkIdCall = toHex(keccak(utf8('networkId()')).slice(0, 4))

type Told = { readonly door: string; readonly block: number; readonly rpc: Rpc }

/** Checks of the network: description, doors, chain id, running heads, clock. */
export async function checkNetwork(
  file: string,
  options: { clock: () => number; patience: number },
): Promise<readonly Finding[]> {
  let network: Network
  try {
    network = readNetwork(file)
  } catch (error) {
    const found = error instanceof MedrecError ? error.message.split('\n').at(-2) : ''
    return [
      fail(
        'network file',
        found ?? 'It cannot be used.',
        'Ask an institution of the network for its network.json, or start the demonstration.',
      ),
    ]
  }
  const findings: Finding[] = [ok('network file', `${network.name}, chain ${network.chainId}`)]
  const told: Told[] = []
  try {
    for (const door of network.doors)
      findings.push(...(await checkDoor(door, network, { ...options, told })))
    if (network.doors.length === 0)
      findings.push(fail('network', 'No doors are named.', 'Add the doors of an institution.'))
    if (told.length > 0) findings.push(await heads(network, told))
  } finally {
    for (const { rpc } of told) await rpc.close()
  }
  return findings
}

async function checkDoor(
  door: string,
  network: Network,
  options: { clock: () => number; patience: number; told: Told[] },
): Promise<readonly Finding[]> {
  const remedy = 'Start its node, or remove the door from the network file.'
  let rpc: Rpc
  try {
    rpc = connectRpc(door, { reconnect: false, timeoutMs: options.patience * 1_000 })
  } catch (error) {
    if (error instanceof RpcAddressError) return [fail('door', `${door}: ${error.code}`, remedy)]
    throw error
  }
  try {
    const chainId = Number(await rpc.request<Hex>('eth_chainId'))
    const ids = await Promise.all(
      [network.registrar, network.ledger].map((to) =>
        rpc.request<Hex>('eth_call', [{ to, data: networkIdCall }, 'latest']),
      ),
    )
    if (chainId !== network.chainId || ids.some((id) => id !== network.networkId)) {
      await rpc.close()
      return [
        fail(
          'door',
          `${door} shows another network (chain ${chainId} instead of ${network.chainId}, or other contracts).`,
          'Your network file and the running network do not belong together: get the right one.',
        ),
      ]
    }
    const block = await rpc.request<{ number: Hex; timestamp: Hex }>('eth_getBlockByNumber', [
      'latest',
      false,
    ])
    options.told.push({ door, block: Number(block.number), rpc })
    return [
      ok('door', `${door}: block ${Number(block.number)}`),
      blockTime(Number(block.timestamp) - options.clock()),
      ...(await clockAgainst(door, options.clock)),
    ]
  } catch (error) {
    await rpc.close()
    if (!(error instanceof MedrecError)) throw error
    return [fail('door', `${door} does not answer (${error.code}).`, remedy)]
  }
}

function blockTime(ahead: number): Finding {
  return ahead <= mostAhead
    ? ok('block time', 'not in the future')
    : fail(
        'block time',
        `The newest block is ${Math.round(ahead)} s ahead of this clock.`,
        'Set this machine’s clock.',
      )
}

/** Both contracts' running heads, at the highest block that every door has. */
async function heads(network: Network, told: readonly Told[]): Promise<Finding> {
  const block = Math.min(...told.map(({ block: number }) => number))
  const at = `0x${block.toString(16)}`
  const found = await Promise.all(
    told.map(({ rpc }) =>
      Promise.all(
        [network.registrar, network.ledger].map((to) =>
          rpc.request<Hex>('eth_call', [{ to, data: headCall }, at]),
        ),
      ).then(String, (error: unknown) => {
        if (error instanceof MedrecError) return undefined
        throw error
      }),
    ),
  )
  const said = found.filter((head) => head !== undefined)
  if (new Set(said).size > 1)
    return fail(
      'running heads',
      `Doors tell different histories at block ${block}.`,
      'Trust neither until the institutions have found out which one is right.',
    )
  if (said.length < told.length)
    return warn('running heads', 'A door does not know that block any more.', 'Try again.')
  return told.length > 1
    ? ok('running heads', `${told.length} doors agree at block ${block}`)
    : warn('running heads', 'Only one door answers: nothing to compare.', 'Add another door.')
}

/** The node's own time, from its answer over HTTP; a door without a node behind it tells none. */
async function clockAgainst(door: string, clock: () => number): Promise<readonly Finding[]> {
  const address = new URL('/config.json', door.replace(/^ws/, 'http'))
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(3_000) })
    await response.body?.cancel()
    const date = Date.parse(response.headers.get('date') ?? '') / 1_000
    if (!Number.isFinite(date)) return []
    const off = Math.abs(date - clock())
    return [
      off <= mostOff
        ? ok('clock', `within ${Math.max(1, Math.ceil(off))} s of ${address.host}`)
        : fail('clock', `${Math.round(off)} s off ${address.host}.`, 'Set this machine’s clock.'),
    ]
  } catch {
    return [] // the door itself is checked above
  }
}
