import { existsSync, writeFileSync } from 'node:fs'
import { createDoor, type EmbeddedEngine, startEmbedded } from '@medrec/client/node'
import type { Network } from '@medrec/protocol'
import type { ConfigOf } from '../config.ts'
import { watchSlots } from '../network/watchSlots.ts'
import { readNetwork } from '../networkFile.ts'
import type { RunningNode, Surroundings } from '../Surroundings.ts'
import { followCoinbases } from './coinbases.ts'

/** Runs the embedded chain behind a door for programs on this machine; web pages use an institution's door. */
export async function startChain(
  config: ConfigOf<'chain'>,
  surroundings: Surroundings,
): Promise<RunningNode> {
  const { path, log } = surroundings
  const { journal, network_file: networkFile, funder_key_file: keyFile } = config.chain
  const network = (): Network | undefined =>
    networkFile !== undefined && existsSync(path(networkFile))
      ? readNetwork(path(networkFile))
      : undefined
  const founded = network()
  let coinbases: readonly `0x${string}`[] = []
  const engine = await startEmbedded({
    journalPath: path(journal),
    minimumBlockMs: config.chain.block_milliseconds,
    networkId: founded?.networkId,
    coinbases: () => coinbases,
    progress: (block, of) => surroundings.progress(`Chain: block ${block} of ${of}`),
  })
  if (founded) engine.nameNetwork(founded.networkId)
  if (keyFile !== undefined)
    writeFileSync(path(keyFile), `${engine.facts.funderKey}\n`, { mode: 0o600 })
  const stop = followCoinbases(engine.rpc, network, (found) => {
    coinbases = found.coinbases
    engine.nameNetwork(found.network.networkId)
  })
  const door = createDoor({
    ...{ upstream: engine.rpc, allowSend: true, tellPending: true },
    origins: [],
  })
  try {
    const url = await door.listen(config.listen.port)
    log('info', 'chain opened', { blocks: engine.status().head.number })
    const stopWatching = watchSlots(engine, log)
    return { url, close: () => close(engine, [stop, stopWatching, () => door.close()]) }
  } catch (error) {
    await close(engine, [stop])
    throw error
  }
}

async function close(
  engine: EmbeddedEngine,
  before: readonly (() => Promise<void> | void)[],
): Promise<void> {
  for (const step of before) await step()
  await engine.stop()
}
