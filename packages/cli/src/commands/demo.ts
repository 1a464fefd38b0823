import { createInterface } from 'node:readline/promises'
import type { MedrecError } from '@medrec/protocol'
import type { Command } from 'commander'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { openOutput, UsageError } from '../output.ts'

type DemoOptions = GlobalOptions & {
  readonly port: string
  readonly fresh?: boolean
  readonly yes?: boolean
  readonly data?: string
  readonly rpc?: string
}

/** Port of the patients' app unless told otherwise */
const usualPort = '8600'

/** `medrec demo`: a whole network on this machine; `medrec demo-step` is one of its own steps. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('run a whole network on this machine, with invented people')
    .option('--port <number>', 'port of the patients’ app (0: any free one)', usualPort)
    .option('--fresh', 'begin anew; everything in the folder is deleted, after asking')
    .option('--yes', 'do not ask')
    .option('--data <folder>', 'people from FHIR R4 bundles instead of invented ones')
    .option('--rpc <url>', 'a chain that runs already; the account in MEDREC_FUNDER_KEY pays')
    .action(async (_, command: Command) => runDemo(command.optsWithGlobals<DemoOptions>()))
  program
    .command('demo-step <step>', { hidden: true })
    .action(async (step: string, _, command: Command) => {
      const { runDemoStep } = await import('@medrec/node/demo')
      await runDemoStep(step, command.optsWithGlobals<GlobalOptions>().home)
    })
}

async function runDemo(options: DemoOptions): Promise<void> {
  const { openHome, removeHome, startDemo } = await import('@medrec/node/demo')
  const { untilStopped } = await import('@medrec/node')
  const output = openOutput(options.json ?? false)
  if (options.fresh) {
    await confirmFresh(options)
    removeHome(options.home)
  }
  const abort = new AbortController()
  const stopped = untilStopped().then(() => abort.abort())
  const port = portOf(options.port)
  const home = await openHome({
    folder: options.home,
    data: options.data,
    chain: options.rpc,
    port,
  })
  try {
    const failure: { error?: MedrecError } = {}
    let giveUp: (() => void) | undefined
    const givenUp = new Promise<void>((resolve) => {
      giveUp = resolve
    })
    const demo = await startDemo({
      ...{ home, port },
      script: process.argv[1] as string,
      say: output.progress,
      signal: abort.signal,
      onGivenUp: (error) => {
        failure.error = error
        giveUp?.()
      },
    })
    output.result({ ready: true, url: demo.url }, `MedRec is ready: ${demo.url}`)
    await Promise.race([stopped, givenUp])
    output.progress('Stopping ...')
    await demo.stop()
    if (failure.error) throw failure.error
  } catch (error) {
    if (!abort.signal.aborted) throw error
    output.progress('Stopped before it was ready; the next start goes on from here.')
  } finally {
    home.unlock()
  }
}

function portOf(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError(`--port: "${text}" is no port. Write a number from 0 to 65535.`)
  return port
}

async function confirmFresh({ home, yes }: DemoOptions): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY)
    throw new UsageError(
      '--fresh deletes everything in the folder. Add --yes to say that you mean it.',
    )
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(`Delete everything in ${home} and begin anew? (yes/no) `)
  terminal.close()
  if (answer.trim().toLowerCase() !== 'yes') throw new UsageError('Nothing was deleted.')
}
