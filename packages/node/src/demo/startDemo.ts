import { existsSync, statfsSync } from 'node:fs'
import type { MedrecError } from '@medrec/protocol'
import { DiskFullError } from '../problems.ts'
import { openSupervisor, type Supervisor } from '../supervisor.ts'
import { type ProcessName, writeConfigs } from './configs.ts'
import { type DemoHome, nodeNames } from './home.ts'
import { checkPort, chosenPort } from './ports.ts'

/** A demonstration that runs: one process a node. */
export type Demo = {
  /** Address of the patients' app */
  readonly url: string
  pids(): ReadonlyMap<string, number>
  /** Ends every process; what they know is on disk. */
  stop(): Promise<void>
}

export type DemoOptions = {
  readonly home: DemoHome
  /** Port of the patients' app; 0: any free one */
  readonly port: number
  /** The `medrec` script, which every process runs */
  readonly script: string
  readonly say: (text: string) => void
  readonly onGivenUp: (error: MedrecError) => void
  /** Ends the start before it is ready */
  readonly signal: AbortSignal
}

/** A demonstration writes about 60 MB; less than this much space is refused before anything is written. */
const neededBytes = 200 * 1024 * 1024
/** Megabytes of long-lived objects that a process may keep. */
const heapMb: Readonly<Record<ProcessName, number>> = {
  chain: 128,
  registrar: 96,
  riverside: 192,
  lakeview: 192,
  hillcrest: 192,
  portal: 64,
}

/**
 * Starts a whole network on this machine, or goes on where the last start stopped: every step is done once,
 * and looks before it acts, so that a start may be interrupted anywhere.
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { home, say } = options
  checkSpace(home)
  // Nobody listens on them yet, so that the portal could be given one of them.
  const taken = nodeNames.map((name) => home.ports[name])
  for (const one of taken) await checkPort(one)
  const port = await chosenPort(options.port, taken)
  const supervisor = openSupervisor({
    script: options.script,
    elapsed: () => performance.now() / 1000,
    onRestart: (name) => say(`The ${name} process ended; it is started again.`),
    onReadyAgain: (name) => say(`The ${name} process runs again.`),
    onGivenUp: options.onGivenUp,
  })
  options.signal.addEventListener('abort', () => void supervisor.stop())
  try {
    const url = await startAll({ ...options, port }, supervisor)
    return { url, pids: () => supervisor.pids(), stop: () => supervisor.stop() }
  } catch (error) {
    await supervisor.stop()
    throw error
  }
}

async function startAll({ home, port, say }: DemoOptions, supervisor: Supervisor): Promise<string> {
  const configs = writeConfigs(home, port)
  const keep = (name: ProcessName): Promise<string> =>
    supervisor.keep({
      name,
      args: ['node', '--config', configs.get(name) as string],
      logFile: home.path('logs', `${name}.log`),
      heapMb: heapMb[name],
      onProgress: say,
    })
  const runStep = (step: 'found' | 'populate'): Promise<void> =>
    supervisor.run({
      name: step,
      args: ['demo-step', step, '--home', home.root],
      logFile: home.path('logs', `${step}.log`),
      heapMb: 1024,
      onProgress: say,
    })
  if (home.chain === undefined) {
    say('Starting the chain ...')
    await keep('chain')
  }
  if (!existsSync(home.path('founded.json'))) {
    say('Founding the network and filling three hospital databases ...')
    await runStep('found')
  }
  say('Starting registrar, three institutions and the patients’ app ...')
  const [, , , , url] = await Promise.all(
    (['registrar', 'riverside', 'lakeview', 'hillcrest', 'portal'] as const).map(keep),
  )
  if (!existsSync(home.path('populated.json'))) {
    say('Registering people and their records ...')
    await runStep('populate')
  }
  return url as string
}

function checkSpace(home: DemoHome): void {
  const { bavail, bsize } = statfsSync(home.root)
  if (bavail * bsize < neededBytes) throw new DiskFullError()
}
