import { untilStopped } from '@medrec/node'
import type { Command } from 'commander'
import type { GlobalOptions } from '../GlobalOptions.ts'
import { openOutput } from '../output.ts'

type StoryOptions = GlobalOptions & {
  readonly data?: string
  readonly rpc?: string
  readonly keep?: boolean
}

/** `medrec story`: the six steps of the paper's Figure 2 on a fresh network, checked. */
export function addStory(program: Command): void {
  program
    .command('story')
    .description('play the six steps of the paper’s Figure 2 on a fresh network, and check them')
    .option('--data <folder>', 'people from FHIR R4 bundles instead of invented ones')
    .option('--rpc <url>', 'a chain that runs already; the account in MEDREC_FUNDER_KEY pays')
    .option('--keep', 'leave the folder of the network')
    .action(async (_, command: Command) => {
      // The usual home is a demonstration's; the story never plays there unless it is named.
      const isNamed = program.getOptionValueSource('home') === 'cli'
      await story(command.optsWithGlobals<StoryOptions>(), isNamed)
    })
}

async function story(options: StoryOptions, isHomeNamed: boolean): Promise<void> {
  const { runStory } = await import('../story/runStory.ts')
  const abort = new AbortController()
  void untilStopped().then(() => abort.abort())
  const isGood = await runStory(
    {
      data: options.data,
      rpc: options.rpc,
      ...(isHomeNamed && { folder: options.home }),
      keep: options.keep ?? false,
      script: process.argv[1] as string,
      signal: abort.signal,
    },
    openOutput(options.json ?? false),
  )
  if (!isGood) process.exitCode = 1
}
