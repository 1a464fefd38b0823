import type { NodeConfig } from './config.ts'
import { type LoadedConfig, readConfig } from './configFile.ts'
import { factsOf, type Log, openLog } from './log.ts'
import { failureOf, hasSupervisor, tellSupervisor, untilStopped } from './parentProcess.ts'
import type { RunningNode, Surroundings } from './Surroundings.ts'

/** Runs a node from its configuration file until it is told to stop (Ctrl-C, or its supervisor ends). */
export async function runNode(options: {
  file: string
  say: (text: string) => void
}): Promise<void> {
  const stopped = untilStopped()
  try {
    const loaded = readConfig(options.file)
    const { log, node } = await start(loaded, options.say)
    log('info', 'node started', { role: loaded.config.role, url: node.url })
    await tellSupervisor({ type: 'ready', url: node.url })
    if (!hasSupervisor()) options.say(`${loaded.config.name} is ready: ${node.url}`)
    await stopped
    await node.close()
    log('info', 'node stopped', { role: loaded.config.role })
  } catch (error) {
    await tellSupervisor(failureOf(error))
    throw error
  }
}

/** Starts the role that a configuration names. */
export async function start(
  { file, config, path }: LoadedConfig,
  say: (text: string) => void,
): Promise<{ log: Log; node: RunningNode }> {
  const clock = (): number => Math.floor(Date.now() / 1000)
  const log = openLog({
    file: config.log && path(config.log.file),
    level: config.log?.level ?? 'info',
    node: config.name,
    clock,
  })
  const surroundings: Surroundings = {
    file,
    path,
    log,
    clock,
    environment: process.env,
    progress: (text) => {
      void tellSupervisor({ type: 'progress', text })
      if (!hasSupervisor()) say(text)
    },
  }
  try {
    return { log, node: await startRole(config, surroundings) }
  } catch (error) {
    log('error', 'node did not start', factsOf(error))
    throw error
  }
}

/** Each role's code is loaded only where it plays: a node keeps in memory what it needs. */
async function startRole(config: NodeConfig, surroundings: Surroundings): Promise<RunningNode> {
  switch (config.role) {
    case 'chain':
      return (await import('./roles/chain.ts')).startChain(config, surroundings)
    case 'registrar':
      return (await import('./roles/registrar.ts')).startRegistrar(config, surroundings)
    case 'provider':
      return (await import('./roles/provider.ts')).startProvider(config, surroundings)
    case 'portal':
      return (await import('./roles/portal.ts')).startPortal(config, surroundings)
    case 'patient':
      return (await import('./roles/patient.ts')).startPatient(config, surroundings)
    case 'relay':
      return (await import('./roles/relay.ts')).startRelay(config, surroundings)
  }
}
